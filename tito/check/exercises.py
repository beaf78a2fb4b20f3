"""What can be said about a student's answer cells without running them."""
import builtins
from collections.abc import Iterator, Sequence
from contextlib import suppress

from tito.check import cell_names
from tito.check.assemble import Assembled, Step
from tito.notebooks import CODE_STUB, TEXT_STUB, cells_of, is_exported
from tito.plain import plain

NOT_SOLVED = "it is not solved yet"
STUB = [line.split("(")[0] for line in CODE_STUB.split("\n")]


def blank(step: Step) -> str | None:
    """Why nothing is written in this answer cell: it is empty or still as released. None if something is."""
    source, released = step.cell.source, step.released
    if not cell_names.has_code(source) and (released is None or cell_names.has_code(released)):
        return None if cell_names.has_commented_code(source) else "its code is gone: the cell is empty"
    if cell_names.same_code(source, released) if released is not None else all(line in source for line in STUB):
        return NOT_SOLVED
    return None


def unsolved(step: Step) -> str | None:
    """Why this answer cell cannot count: blank, commented out or without its names. None if it may be an answer."""
    source, released = step.cell.source, step.released
    if reason := blank(step):
        return reason
    if not cell_names.has_code(source) and (released is None or cell_names.has_code(released)):
        return "its code is commented out"
    if released is not None and cell_names.parses(source):
        lost = sorted(cell_names.defined(released) - cell_names.defined(source))
        if lost:
            state = "is commented out" if cell_names.commented_out(lost[0], source) else "is no longer there"
            return f"`{lost[0]}`, which it defines, {state}"
    return None


def misplaced(step: Step, steps: Sequence[Step]) -> str | None:
    """Where what an unsolved answer should define stands in a cell of the student's own, which nobody reads."""
    wanted = cell_names.defined(step.released or "")
    lost = wanted if blank(step) else wanted - cell_names.defined(step.cell.source)
    for other in steps:
        if other.own and (found := sorted(lost & cell_names.defined(other.cell.source))):
            to = f"[{step.number}]" if step.number else "the cell of the exercise"
            return f"`{found[0]}` stands in [{other.number}], a cell of your own: move it into {to}"
    return None


def answered(assembled: Assembled) -> int:
    """How many exercises have an answer that may count."""
    found = {step.cell.grade_id for step in assembled.answers}
    return len(found - {step.cell.grade_id for step in assembled.answers if unsolved(step)})


def not_exported(step: Step) -> str | None:
    """An answer whose `#| export` line is gone would be missing from the package."""
    if step.released is not None and is_exported(step.released) and not step.cell.exported:
        return "its first line must be `#| export` again, or the package lacks it"
    return None


def notebook_only(step: Step) -> str | None:
    """An exported line that IPython understands and Python does not, and that cannot just be left out."""
    if not step.cell.exported or not cell_names.parses(step.cell.source):
        return None
    try:
        plain(step.cell.source)
    except SyntaxError as error:
        line = step.cell.source.split("\n")[error.lineno - 1].strip()
        return (f"line {error.lineno} works only in a notebook: {line}: write it in plain Python, or move it to a cell "
                "of your own")
    return None


def remarks(step: Step, problem: str = "") -> Iterator[str]:
    """What is left out of an answer, and what it uses that grading does not have, if the problem does not say so."""
    with suppress(SyntaxError):
        if lines := plain(step.cell.source)[1]:
            numbers = ", ".join(map(str, lines))
            yield (f"{step.title}, line{'s' * (len(lines) > 1)} {numbers}: for notebooks only, so "
                   "left out of your package and in grading")
    if foreign := [name for name in cell_names.foreign(step.cell.source) if f"{name} is not installed" not in problem]:
        yield (f"{step.title}: it imports {', '.join(foreign)}, which grading does not have: it loses points where it "
               "is used")


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
        return [name for name, text in texts.items() if TEXT_STUB in text]
    questions = [cell for cell in cells_of(released) if cell.role == "written"]
    return [cell.grade_id for cell in questions if _words(texts.get(cell.grade_id, "")) in _words(cell.source)]


def _words(text: str) -> str:
    return " ".join(text.replace(TEXT_STUB, "").split())


def problems(steps: Sequence[Step]) -> dict[int, str]:
    """The positions of the cells that cannot count, each with the reason."""
    found = {}
    for position, step in enumerate(steps):
        answer = step.cell.role == "answer"
        unready = unsolved(step) if answer else None
        reason = (unready and misplaced(step, steps)) or unready \
            or (not_exported(step) or notebook_only(step) if answer else None) or leaning(step, steps)
        if reason:
            found[position] = reason
    return found
