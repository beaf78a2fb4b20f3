"""What can be said about a student's answer cells without running them."""
import builtins
from collections.abc import Sequence

from tito.check import cell_names
from tito.check.assemble import Step
from tito.notebooks import cells_of, is_exported

STUB = "raise NotImplementedError"
PLACEHOLDER = "YOUR CODE HERE"
UNWRITTEN = "*Write your answer here.*"


def unsolved(step: Step) -> str | None:
    """Why this answer cell cannot count: blank, commented out or still as released. None if it may be an answer."""
    source, released, name = step.cell.source, step.released, step.cell.grade_id
    if not cell_names.has_code(source) and (released is None or cell_names.has_code(released)):
        state = "commented out" if cell_names.has_commented_code(source) else "gone: the cell is empty"
        return f"the code of exercise `{name}` is {state}"
    if cell_names.same_code(source, released) if released is not None else PLACEHOLDER in source and STUB in source:
        return f"exercise `{name}` is not solved yet"
    if released is not None and cell_names.parses(source):
        lost = sorted(cell_names.defined(released) - cell_names.defined(source))
        if lost:
            state = "is commented out" if cell_names.commented_out(lost[0], source) else "is no longer there"
            return f"`{lost[0]}`, which exercise `{name}` defines, {state}"
    return None


def blank(answers: Sequence[Step]) -> int:
    """How many of these answer cells cannot count."""
    return sum(unsolved(step) is not None for step in answers)


def not_exported(step: Step) -> str | None:
    """An answer whose `#| export` line is gone would be missing from the package."""
    if step.released is not None and is_exported(step.released) and not step.cell.exported:
        return f"the first line of exercise `{step.cell.grade_id}` must be `#| export` again, or the package lacks it"
    return None


def leaning(step: Step, steps: Sequence[Step]) -> str | None:
    """An exported cell may use only what reaches the package; an answer only what grading has, too."""
    if not step.cell.exported or step.locked:
        return None
    lasting = [other for other in steps if other.cell.exported and (other.graded or not step.graded)]
    there = set(dir(builtins)).union(*(cell_names.defined(other.cell.source) for other in lasting))
    for name in sorted(cell_names.used(step.cell.source) - there):
        for other in steps:
            if name in cell_names.defined(other.cell.source):
                lost = "grading does not read" if other.cell.exported else "is not exported"
                verb = "import" if name in cell_names.imported(other.cell.source) else "define"
                return (f"it uses `{name}` from {other.place}, which {lost}: {verb} `{name}` inside your function, "
                        "or at the top of this cell, below `#| export`")
    return None


def unwritten(student: dict, released: dict | None) -> list[str]:
    """The written questions to which the notebook adds no word."""
    texts = {cell.grade_id: cell.source for cell in cells_of(student) if cell.role == "written"}
    if released is None:
        return [name for name, text in texts.items() if UNWRITTEN in text]
    questions = [cell for cell in cells_of(released) if cell.role == "written"]
    return [cell.grade_id for cell in questions if _words(texts.get(cell.grade_id, "")) in _words(cell.source)]


def _words(text: str) -> str:
    return " ".join(text.replace(UNWRITTEN, "").split())


def first_problem(steps: Sequence[Step]) -> tuple[int, str] | None:
    """The position of the first cell that cannot count, and why."""
    for position, step in enumerate(steps):
        answer = step.cell.role == "answer"
        reason = (unsolved(step) or not_exported(step) if answer else None) or leaning(step, steps)
        if reason:
            return position, reason
    return None
