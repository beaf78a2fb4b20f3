"""Which line of which cell was running when a cell failed, and which of these is to blame."""
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from tito.check import cell_names
from tito.check.assemble import Step
from tito.check.kernel import Failure

RETURNED_NONE = re.compile(r"(\w+)\.(\w+) returned None")


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


def frames(failure: Failure, ran: Sequence[Step]) -> list[Frame]:
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


def innermost(failure: Failure, ran: Sequence[Step]) -> Frame:
    """The deepest line that stands in the notebook."""
    return next((frame for frame in reversed(frames(failure, ran)) if frame.step), Frame(None, "", 0, ""))


def origin(failure: Failure, ran: Sequence[Step], passed: Collection[str]) -> Frame:
    """The student's own line that is wrong: the deepest, where there is one, for given code only passes a mistake on.

    So does an exercise that passed its tests, such as Op.apply: a line outside of these is preferred, else one of the
    latest cell. What returns None is over when that is noticed, so it is looked for by its name.
    """
    if missing := RETURNED_NONE.match(failure.message):
        for step in reversed(ran):
            if line := cell_names.method_line(step.cell.source, missing[1], missing[2]):
                return Frame(step, "", line, step.cell.source.split("\n")[line - 1].strip())
    own = [frame for frame in frames(failure, ran) if frame.step and _is_own(frame)]
    latest = max((ran.index(frame.step) for frame in own), default=0)
    suspect = [frame for frame in own if frame.step.cell.grade_id not in passed] or \
              [frame for frame in own if frame.step is ran[latest]]
    return suspect[-1] if suspect else innermost(failure, ran)


def _is_own(frame: Frame) -> bool:
    """Whether the student wrote this line: in a cell of their own, or in an answer, where it was not released."""
    given = frame.step.released or ("" if frame.step.own else frame.step.cell.source)
    return bool(frame.text) and frame.text not in map(str.strip, given.split("\n"))
