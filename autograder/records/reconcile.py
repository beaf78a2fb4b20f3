"""Hand scores in the gradebook and in the course folder, brought together.

That happens at the beginning and end of every run, and after every change in Formgrader. Both say how far they are. The
one that is behind, because it was deleted or restored from a copy, gets what the other has, where the answer is still
the one that the person saw; and nothing newer is ever overwritten.
"""
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property

from autograder.records.answers import seen_in
from autograder.records.classroom import Classroom
from autograder.records.database import course_table
from autograder.records.gradebook import gradebook
from autograder.records.hand_scores import HandScore, Key, folder_of, locked, path_of, read_kept, write_kept
from autograder.records.submission import Submission
from tito.course import MODULES, Module
from tito.files import write_whole


def bring_together(classroom: Classroom, only: Module | None = None) -> list[str]:
    """The gradebook's hand scores into the files, or back from there. Gives lines that say what was put back.

    only: the module in which a person has just changed something.
    """
    with gradebook(classroom) as book, locked(folder_of(classroom)):
        table, stamp = course_table(), folder_of(classroom) / "exported.txt"
        in_book = book.db.execute(table.select()).first().exported or ""
        in_files = stamp.read_text(encoding="ascii").strip() if stamp.is_file() else ""
        exported_at = stamp.stat().st_mtime if stamp.is_file() else 0.0
        ahead, told, changed = in_files > in_book, [], in_book != in_files
        modules = [only] if only and not ahead and exported_at else MODULES
        for module in modules:
            meeting = Meeting(classroom, module, book, ahead, exported_at)
            changed |= meeting.settle()
            if meeting.put_back:
                told.append(f"{module.id}: the gradebook lacked {len(meeting.put_back)} points or comments that people "
                            f"gave, they were put back from {meeting.path.relative_to(classroom.folder)}: "
                            f"{', '.join(sorted({student for student, *_ in meeting.put_back}))}.")
        now = datetime.now(UTC).isoformat() if changed or not in_files else in_files
        write_whole(stamp, now + "\n")
        if len(modules) < len(MODULES):           # its date says when everything that is graded by then was looked at
            os.utime(stamp, (exported_at, exported_at))
        book.db.execute(table.update().values(exported=now))
        book.db.commit()
    return told


class Meeting:
    """One module's hand scores, in the gradebook and in the file."""

    def __init__(self, classroom: Classroom, module: Module, book, files_are_ahead: bool, exported_at: float):
        self.classroom, self.module, self.book = classroom, module, book
        self.files_are_ahead, self.exported_at = files_are_ahead, exported_at
        self.path, self.put_back = path_of(classroom, module), []
        self.kept = dict(read_kept(classroom, module))
        self.given = read_given(book, module)
        self.seen: dict[str, dict[str, str]] = {}

    def settle(self) -> bool:
        """Whether the file has changed."""
        before = dict(self.kept)
        for key, kept in before.items():
            if key in self.given or key in self.places:       # else a cell or a submission that is not there now
                self.compare(key, kept, self.given.get(key))
        for key in self.given.keys() - self.kept.keys():
            self.keep(key)
        if self.kept != before:
            write_kept(self.path, self.kept)
        return self.kept != before

    @cached_property
    def places(self) -> dict[Key, tuple]:
        """Where the gradebook has each cell: the class of its entry, and its id."""
        return {key: place for key, place, _ in entries(self.book, self.module, only_given=False)}

    def compare(self, key: Key, kept: HandScore, given: HandScore | None) -> None:
        student, cell, comment = key
        regraded = self.graded_at(student) >= self.exported_at
        if given and given.value == kept.value:
            if regraded and not comment:
                self.keep(key)                    # an exercise more or less changes what a test looks at
        elif given and not self.files_are_ahead:
            self.keep(key)
        elif self.answer(student, cell) == kept.answer:
            if given or self.files_are_ahead or regraded:
                self.give(key, kept)
            else:
                del self.kept[key]                # a person took it away
        elif given:
            self.keep(key)

    def keep(self, key: Key) -> None:
        student, cell, _ = key
        self.kept[key] = HandScore(*self.given[key].value, self.answer(student, cell))

    def give(self, key: Key, kept: HandScore) -> None:
        entry = self.book.db.get(*self.places[key])
        if key[2]:
            entry.manual_comment = kept.comment
        else:
            entry.manual_score, entry.extra_credit, entry.needs_manual_grade = kept.points, kept.extra_credit, False
        self.put_back.append(key)

    def answer(self, student: str, cell: str) -> str:
        """The checksum of what a person sees now; empty if nothing is graded."""
        if student not in self.seen:
            graded = Submission(self.classroom, student, self.module).graded()
            self.seen[student] = seen_in(graded.notebook) if graded else {}
        return self.seen[student].get(cell, "")

    def graded_at(self, student: str) -> float:
        path = Submission(self.classroom, student, self.module).autograded
        return path.stat().st_mtime if path.is_file() else 0.0


def read_given(book, module: Module) -> dict[Key, HandScore]:
    """What people gave, by the gradebook."""
    given = {key: HandScore(None, None, value[0] or "") if key[2] else HandScore(*value, "")
             for key, _, value in entries(book, module, only_given=True)}
    return {key: score for key, score in given.items()
            if score.points is not None or score.extra_credit or score.comment}


def entries(book, module: Module, only_given: bool) -> Iterator[tuple[Key, tuple, list]]:
    """The gradebook's grades and comments: whose, the class and id of the entry, and what a person put there."""
    from nbgrader.api import Assignment, BaseCell, Comment, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import or_, select

    for table, values in ((Grade, (Grade.manual_score, Grade.extra_credit)), (Comment, (Comment.manual_comment,))):
        rows = select(table.id, SubmittedAssignment.student_id, BaseCell.name, *values) \
            .join(BaseCell, BaseCell.id == table.cell_id) \
            .join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id) \
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id) \
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id).where(Assignment.name == module.id)
        if only_given:
            rows = rows.where(or_(*(value.is_not(None) for value in values)))
        for entry, student, cell, *value in book.db.execute(rows):
            yield (student, cell, table is Comment), (table, entry), value
