"""Why a test failed, in a few plain lines that a student can act on, with nothing of the test's text in them.

A reason is a list of parts, each marked: ours, or theirs, which is text that the student's code could have chosen. Code
that reads a file beside it (the reference of an earlier module) could send it home in error messages. So what is theirs
is rationed, for the whole page, and where the reference stands in hardly anything of it is told.
"""
import ast
import builtins
import contextlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from autograder.examine.proxies import StudentError
from autograder.sandbox.inside.protocol import Broken, ChannelError, NotLoaded, TimedOut

Part = tuple[str, str]      # ("ours" or "theirs", text)

MAX_LETTERS = 1200          # of one reason
PAGE_LETTERS = 600          # of the student's code on the page of one submission
STAND_IN_LETTERS = 120      # the same where the reference stands in for an earlier module, and then only numbers
MESSAGE_LETTERS = 100       # of the student's code in one reason
RUN_LETTERS = 40            # of these without a blank
CUT = "…"
NUMBERS = re.compile(r"(?:[-+\d.,()\[\]\s]|e[-+](?=\d)|nan|inf)*")     # one way to match: no backtracking
DEFINES = re.compile(r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *=[^=]|^(?:from .+ )?import (.+)", re.MULTILINE)


class Page:
    """What the reasons of one submission may still tell of what its code wrote."""

    def __init__(self, stands_in: bool):
        self.stands_in = stands_in
        self.left = STAND_IN_LETTERS if stands_in else PAGE_LETTERS
        self.granted: dict[str, str] = {}                 # told once, it may be told again

    def text(self, parts: Iterable[Part]) -> str:
        room = MESSAGE_LETTERS
        words = []
        for owner, text in parts:
            if owner == "theirs":
                text = re.sub(rf"(\S{{{RUN_LETTERS}}})\S+", rf"\1{CUT}", plain(text))
                if text not in self.granted:
                    self.granted[text] = self._grant(text, room)
                    room -= len(self.granted[text])
                text = self.granted[text]
            words.append(text)
        return plain("".join(words)).strip()

    def _grant(self, text: str, room: int) -> str:
        limit = 0 if self.stands_in and not NUMBERS.fullmatch(text) else max(0, min(room, self.left))
        if len(text) > limit:
            text = text[:limit].rstrip() + CUT + "\n" * text.endswith("\n")
        self.left -= len(text)
        return text


def plain(text: str) -> str:
    """Text without control characters, cut to a length that people read. Blanks at its ends stay."""
    text = text[:4 * MAX_LETTERS].expandtabs()[:4 * MAX_LETTERS]
    text = "".join(c if c == "\n" or unicodedata.category(c)[0] != "C" else " " for c in text)
    text = re.sub(r" *\n\s*", "\n", text)
    return text if len(text) <= MAX_LETTERS else text[:MAX_LETTERS - 2].rstrip() + " …"


def constants(tree: ast.AST) -> list[str]:
    """The pieces of text that a program can put into its messages, the longest first."""
    found = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return sorted((text for text in found if len(text.strip()) > 1), key=len, reverse=True)


def told_apart(message: str, ours: Iterable[str]) -> list[Part]:
    """The message of a failed check in parts: the check's own text, each piece once, and what came from the student."""
    parts = [("theirs", message)] if message else []
    for piece in ours:
        where = next((i for i, (owner, text) in enumerate(parts) if owner == "theirs" and piece in text), None)
        if where is not None:
            before, _, after = parts[where][1].partition(piece)
            split = [("theirs", before), ("ours", piece), ("theirs", after)]
            parts[where:where + 1] = [part for part in split if part[1]]
    return parts


def of_error(kind: str, builtin: str, message: str, place: tuple, sources: Mapping[str, str],
             stands_in: bool) -> list[Part]:
    """An exception of the student's code: its type, its message, and the line of the student's where it arose.

    builtin: the first builtin of the type's MRO. sources: the student's cells by id; the line is taken from here,
    whatever the worker says it is. stands_in: the reference lies beside the student's code, so no message is told.
    """
    cell, line, function = place
    kind, message, source = kind[:MAX_LETTERS], message[:4 * MAX_LETTERS], sources.get(cell, "")
    if kind == "NotImplementedError":
        # The worker says what it likes: told is what the cell defines
        known = re.fullmatch(r"\w{1,40}(?:\.\w{1,40})?", function) and all(
            re.search(rf"\b(?:def|class) +{name}\b", source) for name in function.split("."))
        return [("ours", f"not solved yet: {function}" if known else "not solved yet")]
    known = isinstance(vars(builtins).get(builtin), type)
    parts = [("ours", builtin)] if known and (stands_in or kind == builtin) else [("theirs", kind)]
    if message and not stands_in:
        parts += [("ours", ": "), ("theirs", message)]
    lines = source.splitlines()
    if 0 < line <= len(lines):
        parts.append(("ours", f"\nin line {line} of your cell {cell}: {plain(lines[line - 1]).strip()[:200]}"))
    return parts


def of_lost_worker(error: ChannelError, seconds: float) -> list[Part]:
    if isinstance(error, TimedOut):
        text = f"took longer than {seconds:.3g} seconds: is there a loop that does not end?"
    elif isinstance(error, NotLoaded):
        text = "nothing could be tested: the time for this submission was used up before"
    elif isinstance(error, Broken):
        text = "your code sent back something that cannot be read, or too much of it"
    else:
        text = "your code ended the process (os._exit, a crash, or too much memory)"
    return [("ours", text)]


def of_lost_examiner(error: ChannelError, seconds: float) -> list[Part]:
    """The test itself hung or died of what the student's code gave it."""
    if isinstance(error, TimedOut):
        text = f"took longer than {seconds:.3g} seconds: your code gave something back that is very slow to look at"
    else:
        text = "what your code gave back was the end of the test: is it far too large?"
    return [("ours", text)]


def of_failure(error: BaseException, program, seconds: float, sources: Mapping[str, str],
               cell_errors: Mapping[str, list[Part]], stands_in: bool) -> list[Part]:
    """What ended a test. program: the test, with its texts and the names in it, to tell which cells may be to blame."""
    message = ""
    with contextlib.suppress(Exception, ChannelError):    # a KeyError may hold an object that cannot be asked now
        message = str(error)[:4 * MAX_LETTERS]
    if isinstance(error, ChannelError):
        parts = of_lost_worker(error, seconds)
    elif isinstance(error, StudentError):
        parts = of_error(type(error).__name__, error.builtin, message, error.place, sources, stands_in)
    elif isinstance(error, AssertionError):
        parts = told_apart(message, program.texts) or [("ours", f"a check of {program.test.id} failed")]
    elif isinstance(error, NameError):
        parts = [("ours", f"{error.name} is not defined")] if error.name else [("theirs", message)]
    elif isinstance(error, MemoryError):
        parts = [("ours", "what your code gave back made the test need too much memory: look at its shape")]
    else:
        parts = [("ours", f"{type(error).__name__}: "), ("theirs", message)]
        if "NoneType" in message:
            parts.append(("ours", "\ndid your function return nothing?"))
    used = program.used | set(re.findall(r"'(\w+)'", message)) if isinstance(error, NameError) else program.used
    blamed = [(cell, why) for cell, why in cell_errors.items() if used & defined_names(sources.get(cell, ""))]
    if isinstance(error, NameError) and not isinstance(error, StudentError) and not blamed:
        parts.append(("ours", ": is its cell still there, and does it define this name?"))
    for cell, why in blamed[:3]:
        parts += [("ours", f"\nyour cell {cell} failed: "), *why]
    return parts


def defined_names(source: str) -> set[str]:
    """Names that a cell seems to define at its top level: by eye, for it may not parse, or be made to crash parsers."""
    return {name for groups in DEFINES.findall(source) for name in re.findall(r"\w+", " ".join(groups))}
