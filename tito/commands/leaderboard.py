"""`tito olympics leaderboard`: the entries of a class, ranked."""

from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.course import find_root
from tito.errors import TitoError
from tito.files import refuse_folder, write_whole

Key = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="FILE", help="The class's key [default: olympics.key in the course folder, if it is there]."
    ),
]


def leaderboard(
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="A folder of claims [default: olympics in the course folder]."),
    ] = None,
    event: Annotated[str | None, typer.Option("--event", metavar="NAME", help="Only this event.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also as a page, with a Pareto plot.")
    ] = None,
    gradebook: Annotated[
        bool, typer.Option("--gradebook", help="Instead, what tito olympics verify has recorded.")
    ] = False,
    course: Annotated[
        Path | None, typer.Option("--course", metavar="DIR", help="The course folder of --gradebook.")
    ] = None,
    db: Annotated[
        str | None, typer.Option("--db", metavar="URL", envvar="TINYTORCH_DB", help="The database of --gradebook.")
    ] = None,
    key: Key = None,
) -> None:
    """Rank the entries of a class, from a folder of claims or from the gradebook.

    \b
    Example: tito olympics leaderboard --from claims --html ranking.html
    """
    from tito.olympics.board import events_of, ranked, rows_in
    from tito.olympics.events import check_event
    from tito.olympics.page import page
    from tito.olympics.show import show_board
    from tito.olympics.signature import find_key

    if event is not None:
        check_event(event)
    if gradebook and (source or key):
        raise TitoError("--gradebook ranks what verify has recorded: leave out --from and --key.", exit_code=2)
    if not gradebook and (course or db):
        raise TitoError("--course and --db belong to --gradebook: add it, or leave them out.", exit_code=2)
    if html:
        refuse_folder(html, "ranking.html")
    root, refused = find_root(), []
    if gradebook:
        rows = _recorded(root, course, db)
    else:
        rows, refused = rows_in(source or root / "olympics", find_key(root, key))
    rows = [row for row in rows if event in (None, row.event)]
    for name in events_of(rows):
        show_board(name, ranked(rows, name))
    if not rows:
        console.say("No entry yet.")
    if html:
        write_whole(html, page(rows))
        console.say(f"{html} written.")
    for line in refused:
        console.problem(console.one_line(line))
    if refused:
        console.note("Where another version of tito wrote the claim: submit the entry again with this one.")
        raise typer.Exit(1)


def _recorded(root: Path, course: Path | None, db: str | None) -> list:
    try:
        from autograder.olympics.records import read_rows
    except ModuleNotFoundError:
        raise TitoError("Only the instructor's edition has a gradebook: say --from DIR.", exit_code=2) from None
    from autograder.records.classroom import Classroom

    return read_rows(Classroom.at(root, course, db))
