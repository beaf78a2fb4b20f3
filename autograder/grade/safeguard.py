"""Gradebook and files compared: one may have been deleted, or be yesterday's copy, and then the other knows more."""
from collections.abc import Iterator
from contextlib import contextmanager

from autograder.records.classroom import Classroom
from autograder.records.gradebook import scores_in
from autograder.records.provenance import Provenance
from autograder.records.reconcile import bring_together
from autograder.records.submission import Submission
from tito import console


class Held:
    """What the gradebook held when the run began. lacking: graded before, with other points or none in there."""

    def __init__(self, classroom: Classroom):
        self.scores, self.lacking = scores_in(classroom), []

    def agrees(self, submission: Submission, provenance: Provenance) -> bool:
        """Whether the gradebook has the points that the graded notebook shows. If not, that will be told."""
        same = submission in self.scores and provenance.agrees_with(self.scores[submission])
        if not same:
            self.lacking.append(submission)
        return same


@contextmanager
def safeguarded(classroom: Classroom) -> Iterator[Held]:
    """For a run: hand scores are brought together before and after it, and what the gradebook lacked is told."""
    tell(bring_together(classroom))
    held = Held(classroom)
    yield held
    if held.lacking:
        console.note(f"{len(held.lacking)} submissions were graded again, because the gradebook lacked their points: "
                     "is it a new one, or was it deleted, or restored from a copy?")
    tell(bring_together(classroom))


def tell(lines: list[str]) -> None:
    for line in lines:
        console.note(line)
