"""Submissions that are the course's solution, handed in after students got it: told, for a person to judge.

No points are taken for it: what late work is worth is course.toml's to say.
"""
import json
from functools import cache

from autograder.grade.job import Job, Row
from autograder.records.classroom import Classroom
from autograder.records.given import given
from autograder.records.submission import Submission
from tito.course import Module
from tito.notebooks import Cell, cells_of, read_cells
from tito.update.solutions import same_answers


class Copies:
    """Finds them in one run."""

    def __init__(self, classroom: Classroom):
        self.since, self.reference = given(classroom), cache(lambda module: answers_in(classroom, module))

    def find(self, submission: Submission, job: Job, row: Row) -> list[str]:
        """A line for a submission most of whose answers are the solution's, word for word."""
        since = self.since.get(submission.module.id)
        when = submission.handed_in_at(job.handed_in)
        if since is None or when and when < since:
            return []
        same, of = same_answers(self.reference(submission.module), cells_of(json.loads(row.notebook)))
        return [f"{submission}: {same} of {of} answers are the solution that students have had since "
                f"{since:%Y-%m-%d}, word for word."] if 2 * same > of else []


def answers_in(classroom: Classroom, module: Module) -> list[Cell]:
    return read_cells(module.notebook(classroom.root))
