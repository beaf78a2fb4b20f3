"""`tito olympics verify`: an entry is measured again in the grading sandbox, and asked digits that nobody has seen."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.olympics.arena import enter
from autograder.olympics.fresh import fresh, gap
from autograder.records.reference import reference_source
from autograder.sandbox.process import sandbox_problem
from tito.course import available
from tito.errors import TitoError
from tito.olympics import measuring
from tito.olympics.athlete import Fouled
from tito.olympics.claim import inconsistent, read_claim
from tito.olympics.digits import Photos, published
from tito.olympics.events import EVENTS, judged
from tito.olympics.files import baseline
from tito.olympics.signature import state

TOLERANCE = 1.25  # a claim may be this many times what another machine finds
STEPS = measuring.STEPS + 1


@dataclass(frozen=True)
class Verdict:
    """Claim and re-run. `measured` is None where the entry could not be measured, and `problems` says why."""

    claim: dict
    signed: str
    measured: dict | None
    score: float | None
    unseen: dict[str, tuple[int, int]]  # side -> (correct, asked) on digits that nobody has seen
    gap: float
    problems: list[str]


def verify(
    root: Path, path: Path, key: bytes | None, advance: Callable[[str], None], with_loadgen: bool = True
) -> Verdict:
    """Raises TitoError for a file that is no claim, or where there is no sandbox."""
    if problem := sandbox_problem():
        raise TitoError(problem.replace(", or say --unsafe for code that you trust", ""))
    claim, files = read_claim(path)
    signed, problems = state(claim, key), inconsistent(claim, files)
    if signed.startswith("CHANGED"):
        problems.append("it was changed after signing")
    package = reference_package(root)
    sides = {"baseline": baseline(), "entry": files}
    try:
        drawn = fresh()
        measured = measuring.measure(
            lambda chosen: enter(package, chosen), sides, published(), advance, with_loadgen, timed=drawn
        )
        known, unseen = _right(package, sides, published()), _right(package, sides, drawn)
        advance("unseen digits")
    except Fouled as error:
        return Verdict(claim, signed, None, None, {}, 0.0, [*problems, f"it cannot be measured: {error}"])
    more, suspicious = gap(known, unseen)
    score, fouls = judged(EVENTS[claim["event"]], measured)
    if suspicious:
        problems.append(
            f"it loses {more:.1f} points more than the baseline on digits that nobody has seen: "
            "it knows the published test photos"
        )
    problems += fouls
    if score and claim["score"] and claim["score"] > TOLERANCE * score:
        problems.append(f"it claims {claim['score']:.2f}, the re-run gives {score:.2f}")
    counts = {name: (int(right.sum()), len(right)) for name, right in unseen.items()}
    return Verdict(claim, signed, measured, score, counts, more, problems)


def _right(package: dict[str, bytes], sides: dict[str, dict[str, bytes]], photos: Photos) -> dict[str, np.ndarray]:
    """Which photos each side answers right, (N,) booleans."""
    images, labels = photos
    found = {}
    for name, files in sides.items():
        with enter(package, files) as athlete:
            found[name] = athlete.ask(images) == labels
    return found


def reference_package(root: Path) -> dict[str, bytes]:
    """The course's own tinytorch, by file: weights cannot hide in a package, and ratios are of entries alone."""
    modules = {f"{module.name}.py": reference_source(root, module).encode() for module in available(root)}
    return {"__init__.py": (root / "tinytorch" / "__init__.py").read_bytes(), **modules}
