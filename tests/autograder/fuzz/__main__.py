"""python -m tests.autograder.fuzz [FRAMES] [SEED]"""
import random
import sys

from tests.autograder.fuzz.conversations import record
from tests.autograder.fuzz.driver import fuzz
from tito import console


def main() -> int:
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10 ** 6)
    console.say(f"{frames:,} frames, seed {seed}")
    with console.progress(frames, "frames") as advance:
        def tell(heard: int) -> None:
            for _ in range(heard):
                advance("")
        report = fuzz(record(), frames, seed, tell)
    for outcome, count in report.outcomes.most_common():
        console.say(f"{count:9,}  {outcome}")
    console.say(f"{report.frames:,} frames in {report.seconds:.0f} s, {report.frames / report.seconds:,.0f} a second; "
                f"the slowest conversation took {report.slowest:.2f} s; {report.megabytes:.0f} MB more than before")
    for line in report.faults[:50]:
        console.problem(line)
    return bool(report.faults)


if __name__ == "__main__":
    sys.exit(main())
