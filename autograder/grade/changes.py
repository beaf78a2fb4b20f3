"""Who won and lost what when a submission was graded again: told after the run, and kept in changes.csv."""
import csv
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields

from autograder.records.classroom import Classroom
from autograder.records.provenance import Provenance
from autograder.records.submission import Submission

FILE = "changes.csv"          # in the course folder


@dataclass(frozen=True)
class Change:
    """The points of one test."""
    graded_at: str            # UTC
    student: str
    assignment: str
    test: str
    before: float
    after: float
    why: str                  # "regraded": the same submission; "resubmitted": another one

    def __str__(self) -> str:
        return f"{self.student} {self.assignment}: {self.test} {self.before:g} -> {self.after:g}"


def changes(submission: Submission, before: Provenance, after: Mapping[str, float | None], handed_in: str,
            graded_at: str) -> list[Change]:
    """after: the new points by test; handed_in: the checksum of what was graded now. A test that is gone has 0 now."""
    same = before.handed_in in ("", handed_in)             # "": graded by a version that did not keep it
    now = {test: after.get(test) or 0.0 for test in before.scores}
    return [Change(graded_at, submission.student, submission.module.id, test, points, now[test],
                   "regraded" if same else "resubmitted")
            for test, (points, _) in before.scores.items() if now[test] != points]


def keep(classroom: Classroom, found: list[Change]) -> None:
    """Add them to the file, before the new grade takes the old one's place: a run may be stopped in between."""
    path = classroom.folder / FILE
    new = not path.exists()
    with open(path, "a", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerows([[field.name for field in fields(Change)]] * new + [astuple(change) for change in found])
