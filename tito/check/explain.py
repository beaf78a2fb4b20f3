"""Why a cell failed, in words a student can act on."""
import builtins
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from tito.check import cell_names
from tito.check.assemble import Step
from tito.check.kernel import Failure
from tito.course import MODULES, Module
from tito.installation import not_installed

RETURNED_NONE = re.compile(r"(\w+)\.(\w+) returned None")
UNDEFINED = re.compile(r"name '(\w+)' is not defined")


class Frame(NamedTuple):
    """A line that was running when a cell failed."""
    step: Step | None         # the cell that it stands in; None: in a file
    module: str               # the NAME of tinytorch/NAME.py, if it stands there
    line: int
    text: str

    def place(self, here: Step) -> str:
        """Cell, line and text, as the rest of a sentence about the cell `here`."""
        cell = f", in {self.step.place}" if self.step and self.step is not here else ""
        return cell + (f", line {self.line}: {self.text}" if self.text else "")


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
            name = UNDEFINED.search(failure.message)
            return _name(name[1], failure, position, steps) if name else failure.message
        case "NotImplementedError":
            return _not_implemented(failure, position, steps, module)
        case "ModuleNotFoundError" | "ImportError":
            return _import(failure, module)
        case "AssertionError":
            return failure.message or f"this does not hold: {_innermost(failure, steps[: position + 1]).text}"
        case "AttributeError" if later := _of_a_later_module(failure, module):
            return later + _origin(failure, steps[: position + 1]).place(steps[position])
        case "StdinNotImplementedError":
            return "it asks for input(), and nobody is there to answer when a notebook is tested"
    return _raised(failure, position, steps)


def culprit(failure: Failure, position: int, steps: Sequence[Step]) -> str | None:
    """The exercise whose own code, or lack of it, made `steps[position]` fail, where the failure tells."""
    ran = steps[: position + 1]
    name = UNDEFINED.search(failure.message) if failure.name == "NameError" else None
    cell = next((step for step in ran[:-1] if name and step.released and name[1] in
                 cell_names.defined(step.released) - cell_names.defined(step.cell.source)), None)
    if cell is None:
        cell = (_innermost if failure.name == "NotImplementedError" else _origin)(failure, ran).step
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
    used = _frames(failure, steps[: position + 1])[-1:]
    if used and used[0].module:
        return f"`{name}` is not defined in tinytorch/{used[0].module}.py, line {used[0].line}: {used[0].text}"
    place = _innermost(failure, steps[: position + 1])
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
    known = cell_names.words(here).union(dir(builtins), *(cell_names.defined(step.cell.source) for step in steps))
    near = get_close_matches(name, known - {name}, n=1)
    meant = f"is `{near[0]}` meant?" if near else "a slip of the pen, or a cell that was deleted?"
    return f"`{name}` is defined nowhere in this notebook ({meant}){place.place(steps[position])}"


def _not_implemented(failure: Failure, position: int, steps: Sequence[Step], module: Module) -> str:
    raised_in = [frame.module for frame in _frames(failure, steps[: position + 1])[-1:]]
    before = next((m for m in module.earlier() if m.name in raised_in), None)
    if before and (not failure.message or "not solved yet" in failure.message):
        return f"{_needs(module, before)}: something it uses is not solved there yet"
    place = _innermost(failure, steps[: position + 1])
    step = place.step or steps[position]
    if step.cell.role == "answer":
        function = re.search(r", in ([\w.]+)\(", failure.traceback[failure.traceback.rfind("Cell In["):])
        where = f": {function[1]} still ends in `raise NotImplementedError`" if function else ""
        name = "" if step is steps[position] else f"{step.title}: "
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


def _raised(failure: Failure, position: int, steps: Sequence[Step]) -> str:
    said = f"{failure.name}: {failure.message}" if failure.message else failure.name
    if failure.name == "RecursionError":
        said = "RecursionError: a function calls itself without end"
    if "'NoneType'" in failure.message:
        said += " (None: did a function forget to return?)"
    place = _origin(failure, steps[: position + 1])
    function = re.match(r"Operators\.(\w+)\(\) (?:got an unexpected|missing)", failure.message)
    if function and f"np.{function[1]}(" in place.text:
        said += f" (np.{function[1]} takes no Tensor: x.{function[1]}(…) does, and keeps the computation graph)"
    return said + place.place(steps[position])


def _frames(failure: Failure, ran: Sequence[Step]) -> list[Frame]:
    """The traceback, innermost last; the kernel counts cells in the order in which they ran."""
    return [*_read(failure.traceback, [step for step in ran if step.cell.source.strip()])]


def _read(traceback: str, ran: Sequence[Step]) -> Iterator[Frame]:
    for frame in re.split(r"^(?=Cell In\[|File )", traceback, flags=re.MULTILINE):
        arrow = re.search(r"^-+> ?(\d+) (.*)$", frame, re.MULTILINE)
        line, text = (int(arrow[1]), arrow[2].strip()) if arrow else (0, "")
        if cell := re.match(r"Cell In\[(\d+)\], line \d+", frame):
            number = int(cell[1])
            yield Frame(ran[number - 1] if number <= len(ran) else None, "", line, text)
        elif frame.startswith("File "):
            file = re.match(r"File .*tinytorch[/\\](\w+)\.py:?(\d*)", frame)
            yield Frame(None, file[1] if file else "", line or int(file and file[2] or 0), text)


def _innermost(failure: Failure, ran: Sequence[Step]) -> Frame:
    """The deepest line that stands in the notebook."""
    return next((frame for frame in reversed(_frames(failure, ran)) if frame.step), Frame(None, "", 0, ""))


def _origin(failure: Failure, ran: Sequence[Step]) -> Frame:
    """The student's own line that is wrong: the deepest, where there is one, for given code only passes a mistake on.

    What returns None is over when that is noticed, so it is looked for by its name.
    """
    if missing := RETURNED_NONE.match(failure.message):
        for step in reversed(ran):
            if line := cell_names.method_line(step.cell.source, missing[1], missing[2]):
                return Frame(step, "", line, step.cell.source.split("\n")[line - 1].strip())
    own = (frame for frame in reversed(_frames(failure, ran)) if frame.step and frame.text and frame.text not in
           map(str.strip, (frame.step.released or frame.step.cell.source).split("\n")))
    return next(own, _innermost(failure, ran))
