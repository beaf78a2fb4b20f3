"""Why a test failed, in a few plain lines that a student can act on, with nothing of the test's text in them."""
import re
import unicodedata
from collections.abc import Mapping

from autograder.protocol import Broken, ChannelError, NotLoaded, TimedOut
from autograder.proxies import StudentError

MAX_LETTERS = 600
DEFINES = re.compile(r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *=[^=]|^(?:from .+ )?import (.+)", re.MULTILINE)


def plain(text: str) -> str:
    """Text without control characters, cut to a length that people read."""
    text = text[:4 * MAX_LETTERS].expandtabs()
    text = "".join(c if c == "\n" or unicodedata.category(c)[0] != "C" else " " for c in text)
    lines = (line.rstrip() for line in text.strip().split("\n"))
    text = "\n".join(line for line in lines if line)
    return text if len(text) <= MAX_LETTERS else text[:MAX_LETTERS - 2].rstrip() + " …"


def of_error(kind: str, message: str, place: tuple, sources: Mapping[str, str]) -> str:
    """An exception of the student's code: its type, its message, and the line of the student's where it arose.

    sources: the student's cells by id. The line is taken from here, whatever the worker says it is.
    """
    cell, line, function = place
    name = function if re.fullmatch(r"[\w.]{1,100}", function) else ""
    if kind == "NotImplementedError":
        return f"not solved yet: {name}" if name else "not solved yet"
    text = plain(f"{kind}: {message}" if message else kind)
    lines = sources.get(cell, "").splitlines()
    if 0 < line <= len(lines):
        text += f"\nin line {line} of your cell {cell}: {plain(lines[line - 1])[:200]}"
    return text


def of_lost_worker(error: ChannelError, seconds: float) -> str:
    if isinstance(error, TimedOut):
        return f"took longer than {seconds:g} seconds: is there a loop that does not end?"
    if isinstance(error, NotLoaded):
        return "nothing could be tested: loading your cells took too long"
    if isinstance(error, Broken):
        return "your code sent back something that cannot be read, or too much of it"
    return "your code ended the process (os._exit, a crash, or too much memory)"


def of_failure(error: BaseException, test: str, seconds: float, sources: Mapping[str, str],
               cell_errors: Mapping[str, str], used: set[str]) -> str:
    """What ended a test. used: the names in its text, to tell which cells that failed may be to blame."""
    message = str(error)
    if isinstance(error, ChannelError):
        text = of_lost_worker(error, seconds)
    elif isinstance(error, StudentError):
        text = of_error(type(error).__name__, message, error.place, sources)
    elif isinstance(error, AssertionError):
        text = plain(message) or f"a check of {test} failed"
    elif isinstance(error, NameError):
        text = f"{error.name} is not defined" if error.name else plain(message)
    else:
        text = plain(f"{type(error).__name__}: {message}")
        if "NoneType" in message:
            text += "\ndid your function return nothing?"
    if isinstance(error, NameError):
        used = used | set(re.findall(r"'(\w+)'", message))
    blamed = [f"your cell {cell} failed: {reason}" for cell, reason in cell_errors.items()
              if used & defined_names(sources.get(cell, ""))]
    if isinstance(error, NameError) and not isinstance(error, StudentError) and not blamed:
        text += ": is its cell still there, and does it define this name?"
    return "\n".join([text, *blamed[:3]])


def defined_names(source: str) -> set[str]:
    """Names that a cell seems to define at its top level: by eye, for it may not parse, or be made to crash parsers."""
    return {name for groups in DEFINES.findall(source) for name in re.findall(r"\w+", " ".join(groups))}
