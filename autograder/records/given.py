"""Which solutions students have been given, and since when: solutions_given.csv in the course folder."""
from collections.abc import Iterable
from datetime import datetime

from autograder.records.classroom import Classroom
from autograder.records.tables import Table, read_table
from tito.course import Module

FILE = "solutions_given.csv"


def note_given(classroom: Classroom, modules: Iterable[Module], now: datetime) -> None:
    """The first time counts."""
    path, known = classroom.folder / FILE, given(classroom)
    table = read_table(path) if known else Table(["module", "since"])
    new = [[module.id, now.isoformat(timespec="seconds")] for module in modules if module.id not in known]
    if new:
        table.lines += new
        table.write(path)


def given(classroom: Classroom) -> dict[str, datetime]:
    """By the module's id."""
    path = classroom.folder / FILE
    return {line[0]: datetime.fromisoformat(line[1]) for line in read_table(path).lines} if path.exists() else {}
