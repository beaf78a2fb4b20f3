"""Whose earlier modules does a grade stand on?

`fallback` puts the reference in for a module that is missing, does not load, or lost any automatically graded point, so
that one slip is not paid for twice; `own` never does; `reference` always does.
"""
from enum import StrEnum

from autograder.records.classroom import Classroom
from autograder.records.provenance import Stand, read_provenance
from autograder.records.reference import exported_cells, module_source, reference_source
from tito.course import Module


class Policy(StrEnum):
    fallback = "fallback"
    own = "own"
    reference = "reference"


def stand_for(classroom: Classroom, student: str, module: Module, policy: Policy) -> tuple[Stand, str | None]:
    """What stands for an earlier module, and its Python source (None if it is missing)."""
    if policy is Policy.reference:
        return Stand(module.id, "reference"), reference_source(classroom.root, module)
    graded = read_provenance(classroom, student, module)
    why = what_is_wrong(classroom, student, module, graded and graded[0])
    if graded and (policy is Policy.own or not why):
        return Stand(module.id, "own"), module_source(exported_cells(graded[1]))
    if policy is Policy.own:
        return Stand(module.id, "missing", why), None
    return Stand(module.id, "reference", why), reference_source(classroom.root, module)


def what_is_wrong(classroom: Classroom, student: str, module: Module, provenance) -> str:
    """Why the student's own version cannot carry a later module; empty if it can."""
    if provenance is None:
        return "it could not be graded" if classroom.has_submitted(student, module) else "it was not submitted"
    if provenance.cell_errors:
        cell, error = next(iter(provenance.cell_errors.items()))
        return f"its cell {cell} does not run: {error.strip().splitlines()[0]:.100}"
    if provenance.lost:
        return f"it lost {provenance.lost:g} of {provenance.maximum:g} automatically graded points"
    return ""
