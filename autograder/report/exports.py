"""Grades back to a learning platform: into the file that it exported, by the ids under which it knows its students.

Each function returns what an instructor must be told: who was left out, and which points do not agree.
"""
import json
import re
from collections import Counter
from pathlib import Path

from autograder.collect.platforms import spelling
from autograder.collect.roster import Roster
from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook
from autograder.records.submission import Submission
from autograder.records.tables import Table, guarded
from autograder.report.grades import WAITING, Row, by_student, number
from autograder.report.readings import grades_of
from tito.course import MODULES, Module
from tito.errors import TitoError
from tito.files import write_whole


def fill_canvas(rows: list[Row], table: Table, path: Path, roster: Roster) -> list[str]:
    """Every assignment's column, matching `ID` by the roster; who is not in that, by an SIS login that is the id.

    Lines and columns of Canvas's own stay: one more column would become an assignment there.
    """
    place = table.column("ID", path)
    login = table.header.index("SIS Login ID") if "SIS Login ID" in table.header else place
    ids = {number: student for _, number, student in roster.lines("canvas") if student}
    students = [ids.get(line[place].strip()) or line[login].strip() for line in table.lines]
    students = [student if line[place].strip() in ids or student not in ids.values() else ""
                for student, line in zip(students, table.lines)]
    modules, scores = by_student(rows)
    columns = {module: column for module in modules if (column := column_of(module, table, path)) is not None}
    if not columns:
        raise TitoError(f"{path} has no column of {', '.join(modules)}: call the assignment {next(iter(modules), '…')} "
                        "in Canvas and export the gradebook again.")
    notes = [f"{module} has no column in {path}." for module in modules if module not in columns]
    for module, column in columns.items():
        fill(table, column, students, {student: row.get(module) for student, row in scores.items()})
        points = [line[column].strip() for line in table.lines if "Points Possible" in line[0]]
        notes += differing(module, modules[module], points)
    return notes + absent(rows, students, f"no line in {path} that roster.csv or a login assigns to them")


def fill_moodle(rows: list[Row], table: Table, path: Path, roster: Roster) -> list[str]:
    """The column `Grade` of one assignment's grading worksheet, matching the number in `Identifier` by the roster.

    Moodle counts anew in each assignment, so a line of the roster without a number holds for a full name that is there
    once.
    """
    place, column = table.column("Identifier", path), table.column("Grade", path)
    modules, scores = by_student(rows)
    if len(modules) != 1:
        raise TitoError(f"{path} is the worksheet of one assignment: name its module, such as 01.", exit_code=2)
    module, = modules
    ids = {number: student for _, number, student in roster.lines("moodle") if student}
    names = {name: student for name, number, student in roster.lines("moodle") if student and not number}
    called = [guarded(line[table.column("Full name", path)].strip()) if names else "" for line in table.lines]
    times = Counter(called)
    students = [ids.get(re.search(r"\d*$", line[place].strip()).group())
                or (names.get(name, "") if times[name] == 1 else "") for line, name in zip(table.lines, called)]
    fill(table, column, students, {student: row.get(module) for student, row in scores.items()})
    if "Feedback comments" in table.header:
        place, comments = table.header.index("Feedback comments"), {row.student: guarded(row.comment) for row in rows}
        for line, student in zip(table.lines, students):
            line[place] = line[place] or comments.get(student, "")
    points = table.header.index("Maximum Grade") if "Maximum Grade" in table.header else None
    notes = differing(module, modules[module], [line[points] for line in table.lines] if points is not None else [])
    return notes + absent(rows, students, f"no line in {path} that roster.csv assigns to them")


FILL = {"canvas": fill_canvas, "moodle": fill_moodle}


def write_results(rows: list[Row], classroom: Classroom, folder: Path, roster: Roster) -> list[str]:
    """Gradescope's results.json for everybody who is graded: FOLDER/MODULE/NUMBER, the number being the roster's.

    Raises TitoError where that is nobody.
    """
    numbers = {student: number for _, number, student in roster.lines("gradescope")
               if student and re.fullmatch(r"\w[\w.@+-]*", number)}
    if not any(row.score is not None and row.student in numbers for row in rows):
        raise TitoError(f"Nothing was written: nobody with a grade has a number of Gradescope's in {roster.path}. "
                        "tito students import roster.csv first, the roster that Gradescope exports.")
    with gradebook(classroom) as book:
        for row in rows:
            if row.score is None or row.student not in numbers:
                continue
            cells = grades_of(book, Submission(classroom, row.student, find(row.assignment)))
            tests = [{"name": cell.name, "score": cell.score or 0.0, "max_score": cell.max_score,
                      "output": WAITING if cell.needs_manual_grade else ""} for cell in cells]
            results = {"score": row.score, "output": row.remarks, "tests": tests}
            path = folder / row.assignment / numbers[row.student] / "results.json"
            write_whole(path, json.dumps(results, indent=1) + "\n")
    return absent(rows, list(numbers), f"no number of Gradescope's that can name a folder in {roster.path}")


def column_of(module: str, table: Table, path: Path) -> int | None:
    """The column whose title names the module, such as `01_tensor (87568490)`."""
    name = spelling(find(module))
    titled = re.compile(rf"(?<![^\W_]){name}(?![^\W_])", re.I)
    found = [place for place, title in enumerate(table.header) if titled.search(title)]
    if len(found) > 1:
        raise TitoError(f"{path} has {len(found)} columns of {module}, {' and '.join(table.header[i] for i in found)}: "
                        "delete those that are not meant from a copy of the file.")
    return found[0] if found else None


def find(module: str) -> Module:
    return next(known for known in MODULES if known.id == module)


def fill(table: Table, column: int, students: list[str], scores: dict[str, float | None]) -> None:
    """Write the scores there are; what a platform has for people without one stays."""
    for line, student in zip(table.lines, students):
        if scores.get(student) is not None:
            line[column] = number(scores[student])


def differing(module: str, max_score: float, points: list[str]) -> list[str]:
    numbers = {text for text in points if re.fullmatch(r"\d+([.,]\d+)?", text)}
    other = [text for text in sorted(numbers) if float(text.replace(",", ".")) != max_score]
    return [f"{module} has {number(max_score)} points here, {' and '.join(other)} there: change it there, or "
            "the scores are shares of the wrong sum."] if other else []


def absent(rows: list[Row], students: list[str], why: str) -> list[str]:
    left = sorted({row.student for row in rows if row.score is not None} - {*students})
    return [f"not exported, {why}: {', '.join(left)}."] if left else []
