"""What can be said about a student's answer cells without running them."""
import builtins
from collections.abc import Sequence

from tito import names
from tito.assemble import Step

STUB = "raise NotImplementedError"
PLACEHOLDER = "YOUR CODE HERE"


def unsolved(step: Step) -> str | None:
    """Why this answer cell cannot count: blank, commented out or still as released. None if it may be an answer."""
    source, released, name = step.cell.source, step.released, step.cell.grade_id
    if not names.has_code(source) and (released is None or names.has_code(released)):
        state = "commented out" if names.has_commented_code(source) else "gone: the cell is empty"
        return f"the code of exercise `{name}` is {state}"
    if names.same_code(source, released) if released is not None else PLACEHOLDER in source and STUB in source:
        return f"exercise `{name}` is not solved yet"
    if released is not None and names.parses(source):
        lost = sorted(names.defined(released) - names.defined(source))
        if lost:
            state = "is commented out" if names.commented_out(lost[0], source) else "is no longer there"
            return f"`{lost[0]}`, which exercise `{name}` defines, {state}"
    return None


def not_exported(step: Step) -> str | None:
    """An answer whose `#| export` line is gone would be missing from the package."""
    exported_as_released = step.released is not None and step.released.lstrip().replace(" ", "").startswith("#|export")
    if exported_as_released and not step.cell.exported:
        return f"the first line of exercise `{step.cell.grade_id}` must be `#| export` again, or the package lacks it"
    return None


def leaning(step: Step, steps: Sequence[Step]) -> str | None:
    """An exported cell may use only what other exported cells define: nothing else reaches the package."""
    if not step.cell.exported:
        return None
    exported = set().union(*(names.defined(other.cell.source) for other in steps if other.cell.exported))
    for name in sorted(names.used(step.cell.source) - exported - set(dir(builtins))):
        for other in steps:
            if not other.cell.exported and name in names.defined(other.cell.source):
                return (f"it uses `{name}` from {other.place}, which is not exported: define `{name}` in this cell, "
                        "or begin that one with `#| export`")
    return None


def first_problem(steps: Sequence[Step]) -> tuple[int, str] | None:
    """The position of the first cell that cannot count, and why."""
    for position, step in enumerate(steps):
        answer = step.cell.role == "answer"
        reason = (unsolved(step) or not_exported(step) if answer else None) or leaning(step, steps)
        if reason:
            return position, reason
    return None
