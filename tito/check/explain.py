"""Why a cell failed, in words a student can act on."""
import re
from collections.abc import Sequence

from tito.check import cell_names
from tito.check.assemble import Step
from tito.check.kernel import Failure
from tito.course import MODULES, Module


def explain(failure: Failure, position: int, steps: Sequence[Step], module: Module) -> str:
    """The reason for which `steps[position]` failed: one line, or an assertion's own few."""
    match failure.name:
        case "CellTimeout":
            return f"it was stopped after {failure.message} seconds: an endless loop, or far too much work"
        case "DeadKernel":
            return "it ended the kernel: the memory ran out, or something called os._exit"
        case "SyntaxError" | "IndentationError" | "TabError":
            return _syntax(failure, steps[position].cell.source)
        case "NameError":
            name = re.search(r"name '(\w+)' is not defined", failure.message)
            return _name(name[1], position, steps) if name else failure.message
        case "NotImplementedError":
            return _not_implemented(failure, position, steps, module)
        case "ModuleNotFoundError" | "ImportError":
            return _import(failure, module)
        case "AssertionError":
            return failure.message or f"this does not hold: {_innermost(failure)[1]}"
        case "StdinNotImplementedError":
            return "it asks for input(), and nobody is there to answer when a notebook is tested"
    return _raised(failure, position, steps)


def culprit(failure: Failure, position: int, steps: Sequence[Step]) -> str | None:
    """The exercise whose own code, or lack of it, made `steps[position]` fail, where the failure tells."""
    if failure.name == "NameError" and (name := re.search(r"name '(\w+)' is not defined", failure.message)):
        cell = next((step for step in steps[:position] if step.released and name[1] in
                     cell_names.defined(step.released) - cell_names.defined(step.cell.source)), None)
    else:
        cell = _innermost(failure, steps[: position + 1], own=failure.name != "NotImplementedError")[0]
    return cell.cell.grade_id if cell and cell.cell.role == "answer" else None


def _syntax(failure: Failure, source: str) -> str:
    try:
        compile(cell_names.transformed(source), "cell", "exec")
    except SyntaxError as error:
        line = (error.text or "").strip()
        return f"it is not Python yet, line {error.lineno}: {error.msg}" + (f", in: {line}" if line else "")
    return f"it is not Python yet: {failure.message}"


def _name(name: str, position: int, steps: Sequence[Step]) -> str:
    here = steps[position].cell.source
    for step in steps[position + 1:]:
        if name in cell_names.defined(step.cell.source):
            return (f"`{name}` is defined only further down, in {step.place}: cells must work from top to bottom "
                    "(Restart Kernel and Run All Cells)")
    if name in cell_names.defined(here):
        return f"`{name}` is used above the line that defines it"
    for step in steps:
        if cell_names.commented_out(name, step.cell.source):
            return f"`{name}` is missing: its definition in {step.place} is commented out"
        if step.released and name in cell_names.defined(step.released):
            return f"`{name}` is missing: {step.place} should define it and does not"
    return f"`{name}` is defined nowhere in this notebook: a slip of the pen, or a cell that was deleted?"


def _not_implemented(failure: Failure, position: int, steps: Sequence[Step], module: Module) -> str:
    last = re.split(r"^(?=Cell In\[|File )", failure.traceback, flags=re.MULTILINE)[-1]
    raised_in = re.match(r"File .*tinytorch[/\\](\w+)\.py", last)
    before = next((m for m in module.earlier() if raised_in and m.name == raised_in[1]), None)
    if before and (not failure.message or "not solved yet" in failure.message):
        return f"{_needs(module, before)}: something it uses is not solved there yet"
    cell, line = _innermost(failure, steps[: position + 1])
    step = cell or steps[position]
    if step.cell.role == "answer":
        function = re.search(r", in ([\w.]+)\(", failure.traceback[failure.traceback.rfind("Cell In["):])
        where = f": {function[1]} still ends in `raise NotImplementedError`" if function else ""
        return f"exercise `{step.cell.grade_id}` is not solved yet{where}"
    return failure.message or f"{step.place} raises NotImplementedError: {line}"


def _import(failure: Failure, module: Module) -> str:
    found = re.search(r"tinytorch\.(\w+)", failure.message)
    before = next((m for m in MODULES if found and m.name == found[1]), None)
    if before and before.number < module.number:
        return _needs(module, before)
    missing = re.search(r"No module named '([\w.]+)'", failure.message)
    if missing and not missing[1].startswith("tinytorch"):
        return f"{missing[1]} is not installed here: tito doctor shows what the course needs"
    if "tinytorch" in failure.message and module.number > 1:
        return f"{failure.message}: complete the earlier modules first (tito checkpoint status shows them)"
    return failure.message


def _needs(module: Module, before: Module) -> str:
    return (f"module {module.number:02} needs tinytorch.{before.name}: complete {before.id} first "
            f"(tito module complete {before.number:02})")


def _raised(failure: Failure, position: int, steps: Sequence[Step]) -> str:
    cell, line = _innermost(failure, steps[: position + 1], own=True)
    said = f"{failure.name}: {failure.message}" if failure.message else failure.name
    if failure.name == "RecursionError":
        said = "RecursionError: a function calls itself without end"
    if "'NoneType'" in failure.message:
        said += " (None: did a function forget to return?)"
    where = f", in {cell.place}" if cell and cell is not steps[position] else ""
    return said + (f"{where}, at: {line}" if line else where)


def _innermost(failure: Failure, steps: Sequence[Step] = (), own: bool = False) -> tuple[Step | None, str]:
    """The notebook cell and line deepest in the traceback; the kernel counts cells in the order in which they ran.

    own: the deepest line that the student wrote, where there is one: given code only passes a mistake on.
    """
    deepest, mine = (None, ""), None
    ran = [step for step in steps if step.cell.source.strip()]
    for frame in re.split(r"^(?=Cell In\[|File )", failure.traceback, flags=re.MULTILINE):
        if match := re.match(r"Cell In\[(\d+)\], line \d+", frame):
            index = int(match[1]) - 1
            cell = ran[index] if index < len(ran) else None
            arrow = re.search(r"^-+> ?\d+ (.*)$", frame, re.MULTILINE)
            line = arrow[1].strip() if arrow else ""
            deepest = cell, line
            if cell and line and line not in map(str.strip, (cell.released or cell.cell.source).split("\n")):
                mine = deepest
    return mine or deepest if own else deepest
