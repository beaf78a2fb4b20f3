"""Rows into the gradebook: in one process, through one session, in one transaction a submission.

Last of all comes the graded notebook. A submission counts as graded when the gradebook knows it *and* a notebook with
the right fingerprint lies there, so wherever a run is killed, the next one does this submission again, to the same end.
"""
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from nbgrader.api import BaseCell, Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook, new_uuid
from sqlalchemy import insert, select, update

from autograder.grade.hand_scores import Hand, settle_hand_scores
from autograder.grade.job import Job, Row
from autograder.records.provenance import read_provenance, stamp
from autograder.records.submission import Submission
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.notebooks import as_bytes


class Merger:
    """Writes the rows of one run. book: the open gradebook, in which the modules are registered."""

    def __init__(self, book):
        self.book, self.db = book, book.db
        self.registered: dict[Module, Registered] = {}

    def merge(self, submission: Submission, job: Job, row: Row) -> None:
        """Raises TitoError with the row's failure, if it has no grade."""
        if row.failure:
            raise TitoError(row.failure)
        try:
            remarks = self._save(submission, submission.handed_in_at(job.handed_in), row)
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise
        write_whole(submission.autograded, with_remarks(row.notebook, remarks))
        submission.failure.unlink(missing_ok=True)

    def _save(self, submission: Submission, when: datetime | None, row: Row) -> list[str]:
        if submission.module not in self.registered:
            self.registered[submission.module] = Registered(self.book, submission.module)
        module = self.registered[submission.module]
        student = self._entry(Student, id=submission.student)
        handed_in = self._entry(SubmittedAssignment, assignment_id=module.assignment, student_id=student)
        self.db.execute(update(SubmittedAssignment).where(SubmittedAssignment.id == handed_in)
                        .values(timestamp=when and when.replace(tzinfo=None)))
        notebook = self._entry(SubmittedNotebook, notebook_id=module.notebook, assignment_id=handed_in)
        remarks = self._save_scores(submission, notebook, module.graded, row)
        comments = self._ids(Comment, notebook)
        self._write(Comment, notebook, comments, {cell: {"auto_comment": row.comments.get(name)}
                                                  for name, cell in module.answers.items()})
        return remarks

    def _save_scores(self, submission: Submission, notebook: str, cells: Mapping[str, str], row: Row) -> list[str]:
        columns = Grade.cell_id, Grade.id, Grade.manual_score, Grade.extra_credit
        found = {cell: entry for cell, *entry in self.db.execute(select(*columns).where(Grade.notebook_id == notebook))}
        hands = {name: Hand(*found.get(cell, (None, None, None))[1:], waits=row.scores.get(name) is None)
                 for name, cell in cells.items()}
        settled, remarks = settle_hand_scores(submission, row, hands)
        values = {cells[name]: {"auto_score": row.scores.get(name), "manual_score": hand.score,
                                "extra_credit": hand.extra, "needs_manual_grade": hand.waits}
                  for name, hand in settled.items()}
        self._write(Grade, notebook, {cell: entry for cell, (entry, *_) in found.items()}, values)
        return remarks

    def _entry(self, table, **columns: str) -> str:
        """The id of the entry with these columns, made if there is none."""
        found = self.db.execute(select(table.id).filter_by(**columns)).scalar()
        if found is None:
            found = columns.setdefault("id", new_uuid())
            self.db.execute(insert(table).values(**columns))
        return found

    def _ids(self, table, notebook: str) -> dict[str, str]:
        return {cell: entry for cell, entry in
                self.db.execute(select(table.cell_id, table.id).where(table.notebook_id == notebook))}

    def _write(self, table, notebook: str, ids: Mapping[str, str], values: Mapping[str, dict]) -> None:
        """The values of each cell, by its id, into the entry that it has or gets."""
        old = [{"id": ids[cell], **columns} for cell, columns in values.items() if cell in ids]
        new = [{"id": new_uuid(), "notebook_id": notebook, "cell_id": cell, **columns}
               for cell, columns in values.items() if cell not in ids]
        if old:
            self.db.execute(update(table), old)
        if new:
            self.db.execute(insert(table), new)


class Registered:
    """A module's ids in the gradebook, read once a run."""

    def __init__(self, book, module: Module):
        entry = book.find_notebook(module.id, module.id)
        self.notebook, self.assignment = entry.id, entry.assignment_id
        cells = book.db.execute(select(BaseCell.name, BaseCell.id, BaseCell.type)
                                .where(BaseCell.notebook_id == entry.id)).all()
        self.graded = {name: cell for name, cell, kind in cells if kind in ("GradeCell", "TaskCell")}
        self.answers = {name: cell for name, cell, kind in cells if kind in ("SolutionCell", "TaskCell")}


def with_remarks(notebook: bytes, remarks: list[str]) -> bytes:
    """The graded notebook, and in its provenance what only the gradebook knew."""
    if not remarks:
        return notebook
    loaded = json.loads(notebook)
    provenance = read_provenance(loaded)
    stamp(loaded, replace(provenance, remarks=[*provenance.remarks, *remarks]))
    return as_bytes(loaded)
