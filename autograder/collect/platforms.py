"""Whose a file is, read from the name that a learning platform or the instructor gave it.

Only the platform's part of a path counts: its folder, or what it puts before the student's own file name. Wherever a
student's part could be taken for it, the file is refused. docs/platforms.md says where each layout was seen.
"""
import re
from dataclasses import dataclass
from datetime import datetime

from autograder.records.clock import Clock
from tito.course import MODULES, Module
from tito.errors import TitoError

MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?")
CANVAS = re.compile(r"(?:(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)"
                    r"|(?P<anonymous_late>LATE_)?anon_(?P<anonymous>[^_]+))_(?P<attempt>\d+)_(?P<file>.+)")
GRADESCOPE = re.compile(r"submission_(?P<attempt>\d+)")
PLATFORMS_OWN = re.compile(r".*_\d+_\d+|.*_assignsubmission_.*")      # no student id looks like this
CLUTTER = re.compile(r"__MACOSX|\.ipynb_checkpoints|\._.*|\.DS_Store|Thumbs\.db|desktop\.ini|timestamp\.txt"
                     r"|submission_metadata\.yml")
NOTEBOOKS = "notebooks"      # a course folder's own: somebody's whole folder was given, and does not say whose it is
AGAIN = r"(?:[ _]?\(\d+\)|[ _-]+copy(?:[ _]?\(?\d+\)?)?|-\d+)*"       # what a browser, Jupyter or Canvas adds


class LeftOut(Exception):
    """A file that is no submission of this module, and is none by mistake."""


@dataclass(frozen=True)
class Claim:
    """The person whom a platform names; without a platform, `name` is the student's id itself."""
    platform: str
    name: str
    number: str = ""
    attempt: tuple = ()               # the platform, then its own time or number of this attempt
    when: datetime | None = None      # by the platform's clock
    clock: Clock = Clock.disk         # what the platform says about that


def whose(parts: tuple[str, ...], module: Module, submissions: dict[str, list[Claim]]) -> list[Claim]:
    """Everybody whose submission the file at this path is; `submissions` are Gradescope's.

    Raises LeftOut or TitoError, with the reason, when it is nobody's.
    """
    top, inside = parts[0], len(parts) > 1
    if any(CLUTTER.fullmatch(part) for part in parts):
        raise LeftOut("made by a computer, not by a student")
    if not parts[-1].lower().endswith((".ipynb", ".zip")):
        raise LeftOut("neither a notebook nor a zip")
    if (match := MOODLE.fullmatch(top)) and (inside or match["file"]):
        check_name(parts[-1] if inside else match["file"], module)
        return [Claim("moodle", match["name"], match["number"])]
    if inside and GRADESCOPE.fullmatch(top):
        check_name(parts[-1], module)
        return gradescope(top, submissions)
    if not inside and (match := CANVAS.fullmatch(top)):
        return [canvas(match, module)]
    return [plain(parts, module)]


def canvas(match: re.Match, module: Module) -> Claim:
    """A name and a file name that hold numbers too could be read in two ways: such a file is refused."""
    file = match["file"]
    if re.match(r"\d+_", file) and not re.fullmatch(rf"(?:{spelling(module)})\.(?:ipynb|zip)", file, re.I):
        check_other(file, module)
        raise TitoError("it is not clear which of the numbers in its name are Canvas's: collect it by itself, as "
                        f"STUDENT-{module.id}{file[file.rindex('.'):]}.")
    check_name(file, module)
    late = match["late"] or match["anonymous_late"]
    return Claim("canvas", match["name"] or "", match["number"] or f"anon_{match['anonymous']}",
                 ("canvas", int(match["attempt"])), clock=Clock.canvas_late if late else Clock.canvas_on_time)


def gradescope(folder: str, submissions: dict[str, list[Claim]]) -> list[Claim]:
    if folder not in submissions:
        raise TitoError("submission_metadata.yml, which says whose it is, does not name it: give the whole export of "
                        "Gradescope to --from.")
    return submissions[folder]


def plain(parts: tuple[str, ...], module: Module) -> Claim:
    """STUDENT-NN_name.zip or STUDENT_NN_name.ipynb, or nbgrader's STUDENT/NN_name/NN_name.ipynb."""
    wanted = f"name it STUDENT-{module.id}.zip, STUDENT_{module.id}.ipynb or STUDENT/{module.id}/{module.id}.ipynb"
    check = parts[-1].lower().endswith(".ipynb") and notebook_of(parts[-1], module)
    if len(parts) == 3 and check and parts[1].casefold() == module.id and parts[0] != NOTEBOOKS:
        return Claim("", parts[0])
    match = re.fullmatch(rf"(?P<student>.+?)[-_](?:{spelling(module)})\.(?:ipynb|zip)", parts[0], re.I)
    if len(parts) == 1 and match and not check:
        if PLATFORMS_OWN.fullmatch(match["student"]):
            raise TitoError(f"its name looks like a platform's, but is none that is known: {wanted}.")
        return Claim("", match["student"])
    if len(parts) == 1 and not check:
        check_other(parts[0], module)
        if parts[0].lower().endswith(".zip"):
            raise TitoError(f"its name is not STUDENT-{module.id}.zip: rename it, or give it to --from by itself if it "
                            "holds a whole class.")
    check_other(parts[-1], module)
    if parts[-1].lower().endswith(".zip"):
        raise TitoError("a zip in a folder inside is nobody's: give it to --from by itself if it holds a whole class, "
                        "else the folder that it lies in.")
    raise TitoError(f"it is not clear whose it is: {wanted}.")


def check_name(file: str, module: Module) -> None:
    """What a student called a file: a zip is opened whatever its name."""
    check_other(file, module)
    if file.lower().endswith(".ipynb") and not notebook_of(file, module):
        raise TitoError(f"its name is not {module.id}.ipynb: rename it if it is this notebook.")


def check_other(file: str, module: Module) -> None:
    for other in MODULES:
        if other != module and re.fullmatch(rf"(?:.+[-_])?(?:{spelling(other)})\.(?:ipynb|zip)", file, re.I):
            raise LeftOut(f"of {other.id}, which `tito collect {other.number:02}` takes")


def notebook_of(file: str, module: Module) -> bool:
    """Whether a file name is the module's, as it may come back: `01_tensor (1).ipynb`, `-Copy1`, other case."""
    return bool(re.fullmatch(rf"(?:{spelling(module)})\.ipynb", file, re.I))


def spelling(module: Module) -> str:
    return rf"(?:copy[ _]of[ _])?0*{module.number}[ _-]{module.name}{AGAIN}"
