"""Why a cell failed, in words a student can act on."""
import builtins
import re
import sys
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from tito.check import cell_names
from tito.check.assemble import Step
from tito.check.frames import frames, innermost, origin
from tito.check.kernel import Failure
from tito.course import MODULES, Module
from tito.installation import not_installed

UNDEFINED = re.compile(r"name '(\w+)' is not defined")


def explain(failure: Failure, position: int, steps: Sequence[Step], module: Module,
            passed: Collection[str] = ()) -> str:
    """The reason for which `steps[position]` failed: one line, or an assertion's own few.

    passed: the exercises whose tests went well before, so that they are not the first to suspect.
    """
    match failure.name:
        case "CellTimeout":
            return f"it was stopped after {failure.message} seconds: an endless loop, or far too much work"
        case "DeadKernel":
            return "it ended the kernel: the memory ran out, or something called os._exit"
        case "SyntaxError" | "IndentationError" | "TabError":
            return _syntax(failure, steps[position].cell.source)
        case "NameError":
            name = UNDEFINED.search(failure.message)
            return _name(name[1], failure, position, steps) if name else failure.message
        case "NotImplementedError":
            return _not_implemented(failure, position, steps, module)
        case "ModuleNotFoundError" | "ImportError":
            return _import(failure, module)
        case "AssertionError":
            return failure.message or f"this does not hold: {innermost(failure, steps[: position + 1]).text}"
        case "AttributeError" if later := _of_a_later_module(failure, module):
            return later + origin(failure, steps[: position + 1], passed).place(steps[position])
        case "StdinNotImplementedError":
            return "it asks for input(), and nobody is there to answer when a notebook is tested"
    return _raised(failure, position, steps, module, passed)


def culprit(failure: Failure, position: int, steps: Sequence[Step], passed: Collection[str] = ()) -> str | None:
    """The exercise whose own code, or lack of it, made `steps[position]` fail, where the failure tells."""
    ran = steps[: position + 1]
    name = UNDEFINED.search(failure.message) if failure.name == "NameError" else None
    cell = next((step for step in ran[:-1] if name and step.released and name[1] in
                 cell_names.defined(step.released) - cell_names.defined(step.cell.source)), None)
    if cell is None:
        place = innermost(failure, ran) if failure.name == "NotImplementedError" else origin(failure, ran, passed)
        cell = place.step
    return cell.cell.grade_id if cell and cell.cell.role == "answer" else None


def _syntax(failure: Failure, source: str) -> str:
    try:
        compile(cell_names.transformed(source), "cell", "exec")
    except SyntaxError as error:
        line = (error.text or "").strip()
        return f"it is not Python yet, line {error.lineno}: {error.msg}" + (f", in: {line}" if line else "")
    return f"it is not Python yet: {failure.message}"


def _name(name: str, failure: Failure, position: int, steps: Sequence[Step]) -> str:
    """Where a name is missing: the cell that uses it need not be the one that failed, which may only call it."""
    used = frames(failure, steps[: position + 1])[-1:]
    if used and used[0].module:
        return f"`{name}` is not defined in tinytorch/{used[0].module}.py, line {used[0].line}: {used[0].text}"
    place = innermost(failure, steps[: position + 1])
    here = (place.step or steps[position]).cell.source
    for step in steps[position + 1:]:
        if name in cell_names.defined(step.cell.source):
            return (f"`{name}` is defined only further down, in {step.place}: cells must work from top to bottom "
                    "(Restart Kernel and Run All Cells)")
    if name in cell_names.defined(here):
        return f"`{name}` is used above the line that defines it{place.place(steps[position])}"
    for step in steps:
        if cell_names.commented_out(name, step.cell.source):
            return f"`{name}` is missing: its definition in {step.place} is commented out"
        if step.released and name in cell_names.defined(step.released):
            return f"`{name}` is missing: {step.place} should define it and does not"
    return _nowhere(name, here, steps) + place.place(steps[position])


def _nowhere(name: str, here: str, steps: Sequence[Step]) -> str:
    """What to say of a name that no cell defines; `here`: the cell that uses it."""
    if name in sys.stdlib_module_names or name in ("np", "numpy"):
        line = "import numpy as np" if name == "np" else f"import {name}"
        return f"`{name}` is not imported: write `{line}` at the top of this cell"
    if name == "self":
        return "`self` is defined nowhere: the method lacks it as its first parameter, as in `def name(self, …)`"
    known = cell_names.words(here).union(*(cell_names.defined(step.cell.source) for step in steps))
    near = get_close_matches(name, known - {name}, n=1) or get_close_matches(name, dir(builtins), n=1, cutoff=0.8)
    meant = f"is `{near[0]}` meant?" if near else "a slip of the pen, or a cell that was deleted?"
    return f"`{name}` is defined nowhere in this notebook ({meant})"


def _not_implemented(failure: Failure, position: int, steps: Sequence[Step], module: Module) -> str:
    raised_in = [frame.module for frame in frames(failure, steps[: position + 1])[-1:]]
    before = next((m for m in module.earlier() if m.name in raised_in), None)
    if before and (not failure.message or "not solved yet" in failure.message):
        return f"{_needs(module, before)}: something it uses is not solved there yet"
    place = innermost(failure, steps[: position + 1])
    step = place.step or steps[position]
    if step.cell.role == "answer":
        function = re.search(r", in ([\w.]+)\(", failure.traceback[failure.traceback.rfind("Cell In["):])
        here = steps[position]
        name = "" if step is here or f"({step.title.split(',')[0]})" in here.place else f"{step.title}: "
        if function and cell_names.code_below(step.cell.source, place.line):
            return f"{name}delete the line with `raise NotImplementedError` in {function[1]}: nothing below it is run"
        where = f": {function[1]} still ends in `raise NotImplementedError`" if function else ""
        return f"{name}it is not solved yet{where}"
    return failure.message or f"{step.place} raises NotImplementedError: {place.text}"


def _import(failure: Failure, module: Module) -> str:
    found = re.search(r"tinytorch\.(\w+)", failure.message)
    before = next((m for m in MODULES if found and m.name == found[1]), None)
    if before and before.number < module.number:
        return _needs(module, before)
    missing = re.search(r"No module named '([\w.]+)'", failure.message)
    if missing and not missing[1].startswith("tinytorch"):
        return not_installed(missing[1])
    if "tinytorch" in failure.message and module.number > 1:
        return f"{failure.message}: complete the earlier modules first (tito checkpoint status shows them)"
    return failure.message


def _needs(module: Module, before: Module) -> str:
    return (f"module {module.number:02} needs tinytorch.{before.name}: complete {before.id} first "
            f"(tito module complete {before.number:02})")


def _of_a_later_module(failure: Failure, module: Module) -> str:
    """What tinytorch/__init__.py says of a name whose notebook comes later sends there: not the way from here."""
    found = re.search(r"(tinytorch\.\w+) is written in notebook ((\d\d)_\w+)", failure.message)
    if not found or int(found[3]) <= module.number:
        return ""
    return f"{found[1]} is written in notebook {found[2]}, which comes after this one: do without it here"


def _raised(failure: Failure, position: int, steps: Sequence[Step], module: Module, passed: Collection[str]) -> str:
    message = re.sub(r"( of shapes .*: operands could not be broadcast together) with .*", r"\1", failure.message)
    said = f"{failure.name}: {message.strip()}" if message else failure.name
    if failure.name == "RecursionError":
        said = "RecursionError: a function calls itself without end"
    if "'NoneType'" in failure.message:
        said += " (None: did a function forget to return?)"
    place = origin(failure, steps[: position + 1], passed)
    function = re.match(r"Operators\.(\w+)\(\) (?:got an unexpected|missing)", failure.message)
    if function and f"np.{function[1]}(" in place.text:
        said += f" (np.{function[1]} takes no Tensor: x.{function[1]}(…) does, and keeps the computation graph)"
    return said + place.place(steps[position]) + _package(failure, steps[: position + 1], module)


def _package(failure: Failure, ran: Sequence[Step], module: Module) -> str:
    """Where an earlier module's code stopped without saying so itself: the mistake may be in its file."""
    frame = next((frame for frame in reversed(frames(failure, ran)) if frame.step or frame.module), None)
    before = next((m for m in module.earlier() if frame and m.name == frame.module), None)
    if before is None or frame.text.startswith("raise"):
        return ""
    return (f"; it stopped in tinytorch/{before.name}.py, line {frame.line}: {frame.text} "
            f"(written in {before.id}: mend it there if that is wrong)")
