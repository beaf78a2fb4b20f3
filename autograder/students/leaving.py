"""Somebody leaves the class, or comes back: all that the course holds of them is put aside, whole, and put back.

course/removed/STUDENT holds the folders as they lay in the course, and in gradebook.json what the gradebook knew, the
points and comments that people gave among it.
"""
import json
from datetime import datetime
from pathlib import Path

from autograder.collect.roster import CLASS, Roster
from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook
from tito.errors import TitoError
from tito.files import unused, write_whole

STEPS = ("submitted", "collected", "replaced", "rejected", "autograded", "feedback")
GRADE = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade")
COMMENT = ("auto_comment", "manual_comment")


def remove(classroom: Classroom, roster: Roster, student: str) -> Path:
    """Take a student out of the class. Gives the folder in which everything is kept.

    Safe to run again after it was stopped: what was kept is never written over.
    """
    kept, folders = classroom.folder / "removed" / student, folders_of(classroom, student)
    rows = read_rows(classroom, student)
    if student not in roster.class_list() and not folders and rows is None:
        raise TitoError(f"There is no student {student!r} in this class: tito students list shows who is.")
    if rows:
        keep_rows(kept / "gradebook.json", json.dumps(rows, indent=1) + "\n")
    if student not in [line[2] for line in roster.lines(CLASS)]:
        roster.put(CLASS, "", "", student)
    roster.mark(student, f"{datetime.now():%Y-%m-%d}")
    roster.save()
    if rows is not None:
        with gradebook(classroom) as book:
            book.remove_student(student)
    for folder in folders:
        kept.mkdir(parents=True, exist_ok=True)
        folder.rename(unused(kept / folder.parent.name))
    return kept


def keep_rows(path: Path, text: str) -> None:
    """Write them, unless a run that was stopped has done so; other ones that are there stay."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(unused(path), text)


def bring_back(classroom: Classroom, roster: Roster, student: str) -> list[str]:
    """Put back what `remove` kept. Gives a line for what stays aside, because something lies in its place by now."""
    kept, remarks = classroom.folder / "removed" / student, []
    for path in sorted(kept.iterdir()) if kept.is_dir() else []:
        place = classroom.folder / path.name / student
        if path.name in STEPS and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
        elif path.name == "gradebook.json":
            write_rows(classroom, student, json.loads(path.read_text(encoding="utf-8")))
            path.unlink()
        else:
            remarks.append(f"{path} stays there: the course has newer work or points of {student}.")
    if kept.is_dir() and not remarks:
        kept.rmdir()
    roster.mark(student, "")                      # last: until then a run that was stopped can be done again
    roster.save()
    return remarks


def folders_of(classroom: Classroom, student: str) -> list[Path]:
    paths = [classroom.folder / step / student for step in STEPS]
    return [path for path in paths if path.is_symlink() or path.exists()]


def read_rows(classroom: Classroom, student: str) -> list[dict] | None:
    """What the gradebook knows of a student's submissions; None if it does not know the student."""
    from nbgrader.api import MissingEntry

    with gradebook(classroom) as book:
        try:
            submissions = book.find_student(student).submissions
        except MissingEntry:
            return None
        return [{"assignment": submission.assignment.name,
                 "timestamp": submission.timestamp and submission.timestamp.isoformat(),
                 "grades": {grade.name: values(grade, GRADE) for grade in notebook.grades},
                 "comments": {comment.name: values(comment, COMMENT) for comment in notebook.comments}}
                for submission in submissions for notebook in submission.notebooks]


def write_rows(classroom: Classroom, student: str, rows: list[dict]) -> None:
    """Into the gradebook again, as far as its assignments still have these tests and questions."""
    from nbgrader.api import MissingEntry

    with gradebook(classroom) as book:
        book.update_or_create_student(student)
        for row in rows:
            try:
                when = row["timestamp"] and datetime.fromisoformat(row["timestamp"])
                submission = book.update_or_create_submission(row["assignment"], student, timestamp=when)
            except MissingEntry:
                continue
            for notebook in submission.notebooks:
                for entry in [*notebook.grades, *notebook.comments]:
                    kept = row["grades"] if entry in notebook.grades else row["comments"]
                    for name, value in kept.get(entry.name, {}).items():
                        setattr(entry, name, value)
        book.db.commit()


def values(entry, names: tuple[str, ...]) -> dict:
    return {name: getattr(entry, name) for name in names}
