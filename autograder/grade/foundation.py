"""The earlier modules under a grade: the student's own, or the reference in their place."""
from collections.abc import Mapping

from autograder.grade.job import Foundation
from autograder.grade.policy import Policy
from autograder.records.provenance import Graded, Stand, first_line
from autograder.records.reference import exported_cells, module_source
from autograder.records.submission import Submission


def foundation(submission: Submission, policy: Policy, references: Mapping[str, str]) -> Foundation:
    """What stands under a submission, from the student's graded notebooks; references: source by module name."""
    stands, package = [], {}
    for earlier in submission.earlier():
        stand, source = stand_for(earlier, policy, references[earlier.module.name])
        stands.append(stand)
        if source is not None:
            package[earlier.module.name] = source
    return Foundation(tuple(stands), package)


def stand_for(submission: Submission, policy: Policy, reference: str) -> tuple[Stand, str | None]:
    """What stands for an earlier module, and its Python source (None if it is missing)."""
    module = submission.module
    if policy is Policy.reference:
        return Stand(module.id, "reference"), reference
    graded = submission.graded()
    why = what_is_wrong(submission, graded)
    if graded and (policy is Policy.own or not why):
        return Stand(module.id, "own"), module_source(exported_cells(graded.notebook))
    if policy is Policy.own:
        return Stand(module.id, "missing", why), None
    return Stand(module.id, "reference", why), reference


def what_is_wrong(submission: Submission, graded: Graded | None) -> str:
    """Why the student's own version cannot carry a later module; empty if it can."""
    if graded is None:
        return "it could not be graded" if submission.exists() else "it was not submitted"
    provenance = graded.provenance
    if provenance.cell_errors:
        cell, error = next(iter(provenance.cell_errors.items()))
        return f"its cell {cell} does not run: {first_line(error)}"
    if provenance.lost:
        return f"it lost {provenance.lost:g} of {provenance.maximum:g} automatically graded points"
    return ""
