"""A mistake in a test would take points from the whole class: so the reference is graded by new tests before anybody.

Once for each version of them: `.proved` in the course folder keeps the fingerprint of what it last had all points by.
"""
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from autograder.grade.fan_out import fan_out
from autograder.grade.job import Foundation, Job, Row
from autograder.grade.plan import Planner
from autograder.grade.policy import Policy
from autograder.grade.workers import Here, OnDask, WorkerLost
from autograder.records.provenance import fingerprint, first_line, read_provenance
from autograder.release.notebook import with_solutions
from tito import console
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.notebooks import cells_of


def prove(pool: Here | OnDask, planner: Planner, modules: Iterable[Module]) -> None:
    """Raises TitoError, before anything is graded, where the reference loses points."""
    proofs, problems = [Proof(planner, module) for module in modules], {}
    wanted = [[proof] for proof in proofs if not proof.is_known()]

    def settle(proof: Proof, _: Job, row: Row | WorkerLost) -> None:
        advance(proof.module.id)
        if isinstance(row, WorkerLost) or row.failure:
            return                # the grader's own trouble takes no points, and is told of each submission that has it
        if lost := losses(json.loads(row.notebook)):
            problems[proof.module] = f"{proof.module.id}: the reference {lost}"
        else:
            write_whole(proof.kept, proof.mark)

    with console.progress(len(wanted), "proving the tests") as advance:
        fan_out(pool, wanted, Proof.job, settle)
    if problems:
        numbers = " ".join(f"{module.number:02}" for module in problems)
        raise TitoError(f"{'; '.join(problems.values())}: mend the test, tito audit {numbers} shows all. "
                        "Nothing was graded.")


class Proof:
    """That the reference of one module has all points by its tests, as they now read."""

    def __init__(self, planner: Planner, module: Module):
        self.module, self.classroom, self.sandboxed = module, planner.classroom, planner.sandboxed
        self.assignment, version = planner.assignment(module)
        self.mark = fingerprint(version["reference"], self.assignment.references, self.sandboxed)

    @property
    def kept(self) -> Path:
        return self.classroom.folder / ".proved" / self.module.id

    def is_known(self) -> bool:
        return self.kept.exists() and self.kept.read_text(encoding="utf-8") == self.mark

    def job(self) -> Job:
        """The reference as a submission, on the references of the earlier modules."""
        handed_in = with_solutions(self.assignment.release.decode(), self.classroom, self.module).encode()
        return Job(self.assignment, handed_in, Foundation((), self.assignment.references), Policy.reference,
                   self.sandboxed, (), self.mark, datetime.now(UTC).strftime("%Y-%m-%d %H:%M"))


def losses(notebook: dict) -> str:
    """What a graded notebook lost first, and why; empty if it has all points."""
    lost = {test: most - points for test, (points, most) in read_provenance(notebook).scores.items() if points < most}
    if not lost:
        return ""
    test, points = next(iter(lost.items()))
    cell = next(cell for cell in cells_of(notebook) if cell.grade_id == test)
    said = notebook["cells"][cell.index]["outputs"][0]
    more = f" and points in {len(lost) - 1} more" if len(lost) > 1 else ""
    return f"loses {points:g} points in {test} ({first_line(said.get('evalue') or said['text'])}){more}"
