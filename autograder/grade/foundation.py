"""The earlier modules under a grade: the student's own, or the reference in their place."""
from collections.abc import Mapping
from dataclasses import dataclass

from autograder.grade.policy import Policy
from autograder.records.provenance import Graded, Stand
from autograder.records.reference import exported_cells, module_source, reference_source
from autograder.records.submission import Submission


@dataclass(frozen=True)
class Foundation:
    """The earlier modules under a grade."""
    stands: list[Stand]
    package: dict[str, str]   # name of a module -> its Python source; what is missing is not in it


def foundation(submission: Submission, policy: Policy) -> Foundation:
    stands, package = [], {}
    for earlier in submission.earlier():
        stand, source = stand_for(earlier, policy)
        stands.append(stand)
        if source is not None:
            package[earlier.module.name] = source
    return Foundation(stands, package)


def without_broken(submission: Submission, base: Foundation, errors: Mapping[str, str]) -> Foundation:
    """With the reference in the place of what was the student's own and did not import; errors: by "tinytorch.NAME"."""
    stands, package = [], dict(base.package)
    for stand, earlier in zip(base.stands, submission.earlier(), strict=True):
        error = errors.get(f"tinytorch.{earlier.module.name}")
        if error is not None and stand.used == "own":
            stand = Stand(stand.module, "reference", f"as a file it does not run: {error.strip().splitlines()[0]:.100}")
            package[earlier.module.name] = reference_source(submission.classroom.root, earlier.module)
        stands.append(stand)
    return Foundation(stands, package)


def stand_for(submission: Submission, policy: Policy) -> tuple[Stand, str | None]:
    """What stands for an earlier module, and its Python source (None if it is missing)."""
    root, module = submission.classroom.root, submission.module
    if policy is Policy.reference:
        return Stand(module.id, "reference"), reference_source(root, module)
    graded = submission.graded()
    why = what_is_wrong(submission, graded)
    if graded and (policy is Policy.own or not why):
        return Stand(module.id, "own"), module_source(exported_cells(graded.notebook))
    if policy is Policy.own:
        return Stand(module.id, "missing", why), None
    return Stand(module.id, "reference", why), reference_source(root, module)


def what_is_wrong(submission: Submission, graded: Graded | None) -> str:
    """Why the student's own version cannot carry a later module; empty if it can."""
    if graded is None:
        return "it could not be graded" if submission.exists() else "it was not submitted"
    provenance = graded.provenance
    if provenance.cell_errors:
        cell, error = next(iter(provenance.cell_errors.items()))
        return f"its cell {cell} does not run: {error.strip().splitlines()[0]:.100}"
    if provenance.lost:
        return f"it lost {provenance.lost:g} of {provenance.maximum:g} automatically graded points"
    return ""
