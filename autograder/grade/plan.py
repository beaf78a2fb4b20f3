"""What is to be graded: reads course and gradebook, in the one process that may, and makes small jobs of it."""
import hashlib
from datetime import UTC, datetime

from autograder.grade.foundation import foundation
from autograder.grade.job import Assignment, Job, Kept
from autograder.grade.policy import Policy
from autograder.grade.safeguard import Held
from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook
from autograder.records.provenance import fingerprint
from autograder.records.reference import public_names, reference_source
from autograder.records.submission import Submission
from tito.course import Module, available
from tito.handed_in import MAX_BYTES
from tito.notebooks import as_bytes
from tito.student_id import student_id


def to_grade(classroom: Classroom, student: str, wanted: list[Module], policy: Policy) -> list[Submission]:
    """What the student submitted of the wanted modules, and of the earlier ones that their grades stand on."""
    every = [Submission(classroom, student, module) for module in available(classroom.root)]
    there = [submission for submission in every if submission.exists()]
    last = max((one.module.number for one in there if one.module in wanted), default=0)
    return [one for one in there if one.module in wanted
            or policy is not Policy.reference and one.module.number < last]


class Planner:
    """Makes the jobs of one run. book: the open gradebook, in which the modules are registered; held: what is in it.

    again: of what is graded already, too.
    """

    def __init__(self, classroom: Classroom, book, held: Held, policy: Policy, sandboxed: bool, again: bool):
        self.classroom, self.book, self.held, self.policy, self.sandboxed = classroom, book, held, policy, sandboxed
        self.again = again
        self.assignments: dict[Module, tuple[Assignment, dict]] = {}

    def job(self, submission: Submission) -> Job | None:
        """None if it is graded already: nothing that decides its grade has changed, and the gradebook has its points.

        What it stands on is read now, so the student's earlier modules are to be graded before.
        Raises TitoError for a file that cannot be read and for an impossible student.
        """
        student_id(submission.student)
        handed_in = submission.read(MAX_BYTES)
        assignment, version = self.assignment(submission.module)
        base = foundation(submission, self.policy, assignment.references)
        receipt = submission.receipt(handed_in)
        remarks = receipt.remarks if receipt else []
        mark = fingerprint(hashlib.sha256(handed_in).hexdigest(), version, self.policy.value, self.sandboxed,
                           base.package, [str(stand) for stand in base.stands], remarks)
        before = submission.graded()
        if not self.again and before and before.provenance.fingerprint == mark and not submission.failure.exists() \
                and self.held.agrees(submission, before.provenance):
            return None
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        return Job(assignment, handed_in, base, self.policy, self.sandboxed, tuple(remarks), mark, now)

    def assignment(self, module: Module) -> tuple[Assignment, dict]:
        """What is the same for everybody, read once a run, and which version of the release it is."""
        if module not in self.assignments:
            release = read_notebook(self.classroom.released(module))
            earlier = [m for m in available(self.classroom.root) if m.number < module.number]
            references = {m.name: reference_source(self.classroom.root, m) for m in earlier}
            names = tuple(public_names(self.classroom.root, [*earlier, module]))
            made = Assignment(module.name, as_bytes(release), kept_cells(self.book, module), names, references)
            self.assignments[module] = made, release["metadata"]["tinytorch"]
        return self.assignments[module]


def kept_cells(book, module: Module) -> dict[str, Kept]:
    return {cell.name: Kept(cell.source, cell.locked, cell.checksum)
            for cell in book.find_notebook(module.id, module.id).source_cells}
