"""`tito grades`: the gradebook on screen, as CSV, and in the layouts that Canvas and Moodle import."""
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.collect.roster import Roster
from autograder.grade.lateness import duration, how_late
from autograder.records.classroom import Classroom
from autograder.records.gradebook import entry, gradebook
from autograder.records.provenance import UNSAFE
from autograder.records.settings import Settings, read_settings
from autograder.records.submission import Submission
from autograder.records.tables import Table, guarded
from autograder.report.readings import grades_of, waiting_in
from autograder.students.attendance import is_missing
from tito import console
from tito.course import Module
from tito.errors import TitoError
from tito.files import unused

WAITING = "written answers wait for a person"
NOT_YET = "not graded yet"
MISSING = "missing"
OPEN = "not handed in yet"    # and not missing either


@dataclass(frozen=True)
class Row:
    """One student's result in one module. Without a grade, `score` is None, which is not a score of 0.

    `score` is final: the penalty for lateness is taken off.
    """
    student: str
    assignment: str
    score: float | None
    max_score: float
    status: str               # graded, MISSING, OPEN, NOT_YET, failed: reason
    remarks: str = ""
    name: str = ""
    late_by: str = ""
    late: str = ""            # what there is to say about that
    penalty: float = 0.0

    @property
    def waiting(self) -> bool:
        return WAITING in self.remarks

    @property
    def comment(self) -> str:
        """What the student should read beside the score."""
        return "; ".join(filter(None, [WAITING if self.waiting else "", self.late]))


def read_grades(classroom: Classroom, modules: list[Module]) -> list[Row]:
    """A row per student of the class and module that is registered in the gradebook."""
    from nbgrader.api import MissingEntry

    rows, settings = [], read_settings(classroom.folder)
    roster = Roster(classroom.folder / "roster.csv")
    names = roster.called()
    with gradebook(classroom) as book:
        students = sorted({*classroom.students(), *roster.class_list(), *(student.id for student in book.students)})
        for module in modules:
            try:
                max_score = book.find_assignment(module.id).max_score
            except MissingEntry:
                continue
            submissions = [Submission(classroom, student, module) for student in students]
            begun = any(submission.exists() for submission in submissions)
            rows += [replace(row_of(submission, book, max_score, settings, begun),
                             name=names.get(submission.student, "")) for submission in submissions]
    return sorted(rows, key=lambda row: (row.student, row.assignment))


def row_of(submission: Submission, book, max_score: float, settings: Settings, begun: bool) -> Row:
    def without_score(status: str) -> Row:
        return Row(submission.student, submission.module.id, None, max_score, status)

    if submission.failure.is_file():
        return without_score(f"failed: {submission.failure.read_text(encoding='utf-8').strip()}")
    graded = submission.graded()
    if not graded:
        if submission.exists():
            return without_score(NOT_YET)
        return without_score(MISSING if is_missing(settings.rule(submission.student, submission.module).due, begun)
                             else OPEN)
    try:
        waiting = waiting_in(grades_of(book, submission))
    except TitoError as error:
        return without_score(str(error))
    notebook, provenance = entry(book, submission), graded.provenance
    stands = [stand.module for stand in provenance.stands if stand.used == "reference" and stand.why]
    remarks = [f"{WAITING}: {waiting}"] if waiting else []
    remarks += [f"reference stood in for {', '.join(stands)}"] if stands else []
    remarks += [] if provenance.sandboxed else [UNSAFE]
    late = how_late(submission, settings)
    remarks += [late.says] if late.says else []
    penalty = late.penalty(notebook.score)
    return Row(submission.student, submission.module.id, notebook.score - penalty, max_score, "graded",
               "; ".join(remarks + provenance.remarks), late_by=duration(late.by), late=late.says,
               penalty=penalty)


def show_grades(rows: list[Row]) -> None:
    if not rows:
        console.say("The gradebook is empty: tito collect, then tito grade.")
        return
    console.table([(row.student, row.name, row.assignment, number(row.score), number(row.max_score), row.status,
                    row.late_by, number(row.penalty or None), row.remarks) for row in rows],
                  ("student", "name", "module", "score", "of", "status", "late", "penalty", "remarks"))


def export_grades(rows: list[Row], layout: str, out: Path) -> Path | None:
    """Write the file; where one was there already, it is kept under another name, which is returned."""
    header, *lines = [[guarded(value) for value in line] for line in LAYOUTS[layout](rows)]
    kept = keep_older(out)
    Table(header, lines).write(out)
    return kept


def keep_older(path: Path) -> Path | None:
    """Move a file that is about to be overwritten aside: a folder stays, and no file can be written in its place."""
    if not path.is_file():
        return None
    when = f"{datetime.fromtimestamp(path.stat().st_mtime):%Y%m%d-%H%M%S}"
    return path.replace(unused(path.with_name(f"{path.stem}-{when}{path.suffix}")))


def unfinished(rows: list[Row]) -> list[str]:
    """A line for each module in which hand grading is not finished."""
    return [f"{module}: {WAITING}, so these scores are not final: {', '.join(students)}. tito formgrader opens them."
            for module, students in by_module(row for row in rows if row.waiting)]


def require_grades(rows: list[Row]) -> None:
    """Raises TitoError where nobody has one: an empty file or no page at all would look like a result."""
    if any(row.score is not None for row in rows):
        return
    if waiting := sum(row.status == NOT_YET for row in rows):
        raise TitoError(f"There are no grades yet, and {waiting} submission{'s wait' if waiting > 1 else ' waits'}: "
                        "tito grade first.")
    if any(row.status not in (MISSING, OPEN) for row in rows):
        raise TitoError("There are no grades, because nothing could be graded: tito grades show says why.")
    raise TitoError("There are no grades, because nobody has handed in anything of these modules: tito collect first, "
                    "then tito grade.")


def without_grade(rows: list[Row]) -> list[str]:
    """A line for each module of which something was handed in that has no grade."""
    waiting = by_module(row for row in rows if row.status == NOT_YET)
    failed = by_module(row for row in rows if row.score is None and row.status not in (NOT_YET, MISSING, OPEN))
    return [f"{module}: {what}: {', '.join(students)}. {mend}."
            for found, what, mend in ((waiting, NOT_YET, "tito grade grades them"),
                                      (failed, "without a grade", "tito grades show says why"))
            for module, students in found]


def by_module(rows: Iterable[Row]) -> Iterable[tuple[str, list[str]]]:
    """Each module with the students of these rows."""
    students: dict[str, list[str]] = {}
    for row in rows:
        students.setdefault(row.assignment, []).append(row.student)
    return students.items()


def plain_csv(rows: list[Row]) -> Iterable[list]:
    """One line per student and module."""
    yield ["student_id", "assignment", "score", "max_score", "status", "remarks", "name", "late_by", "penalty"]
    for row in rows:
        yield [row.student, row.assignment, number(row.score), number(row.max_score), row.status, row.remarks, row.name,
               row.late_by, number(row.penalty)]


def canvas(rows: list[Row]) -> Iterable[list]:
    """Canvas: five columns that identify the student, a column per assignment, and a second line of possible points.

    Canvas matches by SIS Login ID where ID is empty; an empty score changes nothing there.
    """
    modules, scores = by_student(rows)
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *modules]
    yield ["    Points Possible", "", "", "", "", *map(number, modules.values())]
    for student, row in scores.items():
        yield [student, "", "", student, "", *(number(row.get(module)) for module in modules)]


def moodle(rows: list[Row]) -> Iterable[list]:
    """Moodle: the user name, by which its import maps users, a column per grade item, and one that no item takes."""
    modules, scores = by_student(rows)
    yield ["username", *modules, "remarks"]
    for student, row in scores.items():
        remarks = [f"{one.assignment}: {one.comment}" for one in rows if one.student == student and one.comment]
        yield [student, *(number(row.get(module)) for module in modules), "; ".join(remarks)]


LAYOUTS = {"csv": plain_csv, "canvas": canvas, "moodle": moodle}


def by_student(rows: list[Row]) -> tuple[dict[str, float], dict[str, dict[str, float | None]]]:
    modules = {row.assignment: row.max_score for row in sorted(rows, key=lambda row: row.assignment)}
    scores: dict[str, dict[str, float | None]] = {}
    for row in rows:
        scores.setdefault(row.student, {})[row.assignment] = row.score
    return modules, scores


def number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
