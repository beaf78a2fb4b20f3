"""`tito olympics verify`, the instructor's part of the Olympics."""

from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.course import find_root

Claims = Annotated[
    list[Path], typer.Argument(metavar="CLAIM...", help="Claims, files that tito olympics submit wrote.")
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="FILE", help="The class's key [default: olympics.key in the course folder, if it is there]."
    ),
]
Course = Annotated[Path | None, typer.Option("--course", metavar="DIR", help="The course folder [default: course].")]
Database = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="The gradebook [default: gradebook.db in the course folder, SQLite]."),
]


def verify(
    claims: Claims,
    record: Annotated[
        bool,
        typer.Option(
            "--record", help="Keep the re-run's figures in the gradebook, for tito olympics leaderboard --gradebook."
        ),
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Without LoadGen.")] = False,
    key: Key = None,
    course: Course = None,
    db: Database = None,
) -> None:
    """Measure claimed entries again in the grading sandbox, claim and re-run side by side.

    \b
    The entry runs on the course's own tinytorch, without network, data or labels, beside the baseline. What ranks is
    measured on digits that are drawn at this moment: whoever knows the published test photos gains nothing. Exit code 1
    if anything is amiss.
    Example: tito olympics verify claims/*.json --record
    """
    from autograder.olympics import verify as verifying
    from autograder.olympics.records import record as keep
    from autograder.records.classroom import Classroom
    from tito.errors import TitoError
    from tito.olympics.signature import find_key

    root, amiss = find_root(), 0
    secret = find_key(root, key)
    for path in claims:
        try:
            with console.progress(verifying.STEPS, f"verifying {path.name}") as advance:
                verdict = verifying.verify(root, path, secret, advance, not quick)
        except TitoError as error:
            console.problem(console.one_line(str(error)))
            amiss += 1
            continue
        show(path, verdict)
        amiss += bool(verdict.problems)
        if record and secret and verdict.signed != "signed":
            console.problem(f"{path.name} is not recorded: the class has a key, and this claim is not signed by it.")
            amiss += 1
        elif record and not keep(Classroom.at(root, course, db), verdict):
            console.say(console.one_line(f"The earlier result of {verdict.claim['team']} is better and stays."))
    if amiss:
        raise typer.Exit(1)


def show(path: Path, verdict) -> None:
    """Claim and re-run, then what is amiss."""
    from autograder.olympics.fresh import percent
    from tito.olympics.show import UNITS, interval
    from tito.olympics.show import verdict as official

    claim, again = verdict.claim, verdict.measured
    console.say(console.one_line(f"{path.name}: {claim['team']}, {claim['event']}, {verdict.signed}"))
    if again:
        claimed = claim["measured"]
        rows = [
            (
                name,
                interval(claimed["ratios"][name]),
                interval(again["ratios"][name]),
                unit(claimed["entry"]),
                unit(again["entry"]),
            )
            for name, unit in UNITS.items()
        ]
        rows.append(
            ("score", *("" if score is None else f"{score:.2f}" for score in (claim["score"], verdict.score)), "", "")
        )
        console.table(rows, header=("", "ratio claimed", "ratio re-run", "entry claimed", "entry re-run"))
        if again["loadgen"]:
            single, offline = again["loadgen"]["single_stream"], again["loadgen"]["offline"]
            console.say(
                f"LoadGen: SingleStream {official(single)}, median {single['median_s'] * 1e6:,.0f} µs; "
                f"Offline {official(offline)}, {offline['photos_per_s']:,.0f} photos/s"
            )
        right = {side: f"{percent(count):.1f}%" for side, count in verdict.known.items()}
        console.say(
            f"The re-run's accuracy is that of {again['entry']['asked']:,} digits drawn for it. "
            f"Published photos: entry {right['entry']}, baseline {right['baseline']}. "
            f"The entry's gap, published less drawn: {verdict.gap:+.1f} points."
        )
    for line in verdict.problems:
        console.problem(console.one_line(line))
    if not verdict.problems:
        console.say("The claim holds.", "green")
    console.say()
