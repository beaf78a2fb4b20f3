"""What an attack must not reach: points, secrets, other people's grades, a page that runs, anything left behind."""
import base64
import contextlib
import csv
import ctypes
import hashlib
import html
import io
import os
import re
import signal
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from tests.autograder.attacks.blank import FOUND
from tests.autograder.attacks.course import KINDS, Course

MAX_PAGE = 12_000_000           # characters; the student's own figures have 5 million
LINK = re.compile(r"https?://|mailto:|#|(\.\./)+\d\d_\w+/\d\d_\w+\.ipynb$")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def score(row: dict[str, str] | None) -> float:
    return float(row["score"] or 0) if row else 0.0


def gained(row: dict[str, str] | None, blank: dict[str, str]) -> list[str]:
    if row is None:                                       # not taken in at all
        return []
    faults = [f"{row['score']} points, a blank has {blank['score']}"] * (score(row) > score(blank))
    faults += [f"it is out of {row['max_score']}"] * (row["max_score"] != blank["max_score"])
    return faults + [row["status"]] * ("grader failed" in row["status"])


def leaked(said: str, secrets: dict[str, str]) -> list[str]:
    """What the grader's words on a submission tell of others."""
    return ["it says that it has read what it should not"] * (FOUND in said) + told(said, secrets)


def told(text: str, secrets: dict[str, str]) -> list[str]:
    """Secrets that can be read in a text: as they are, reversed, in hexadecimal or in base 64, whatever is between."""
    seen = re.sub(r"[^a-z0-9]+", "", html.unescape(re.sub("<[^>]*>", "", text)).lower())
    faults = []
    for name, secret in secrets.items():
        forms = [secret, secret[::-1], secret.encode().hex(), base64.b64encode(secret.encode()).decode().rstrip("=")]
        # what stands beside the student's code may be told in 120 letters of numbers
        faults += [f"the secret of {name} is told" for form in forms[:2 if name == "earlier" else 4]
                   if form.lower() in seen]
    return faults


class Tags(HTMLParser):
    """Finds in a page what could run, fetch, or leave it."""

    def __init__(self):
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "form", "base", "svg", "math", "video", "audio", "input",
                   "button", "link"):
            self.faults.append(f"a tag <{tag}> in the page")
        for name, value in attributes:
            value = value or ""
            if name.startswith("on") or name in ("srcdoc", "action", "formaction", "srcset", "background"):
                self.faults.append(f"an attribute {name} in the page")
            if name == "href" and not LINK.match(value):
                self.faults.append(f"a link to {value[:40]}")
            if name == "src" and not value.startswith("data:image/png;base64,"):
                self.faults.append(f"something is fetched from {value[:40]}")
            if name == "http-equiv" and value != "Content-Security-Policy":
                self.faults.append(f"a header {value[:40]}")


def page_runs(page: str) -> list[str]:
    if len(page) > MAX_PAGE:
        return [f"a page of {len(page)} characters"]
    tags = Tags()
    tags.feed(page)
    return sorted(set(tags.faults))


def table_runs(text: str) -> list[str]:
    """Cells of a CSV file that a spreadsheet would take for formulas."""
    return [f"a formula in a table: {value[:40]}" for row in csv.reader(io.StringIO(text)) for value in row
            if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


def printed(logs: str) -> list[str]:
    return [f"control characters were printed: {found[0]!r}" for found in [CONTROL.search(logs)] if found]


def neighbours_changed(rows: dict[str, dict[str, str]]) -> list[str]:
    """Everybody who handed in the same has the same grade, the first of them before any attacker came."""
    shown = ("score", "max_score", "status", "remarks")
    faults = []
    for kind in KINDS:
        before = rows[f"a-{kind}"]
        for student in (f"h100-{kind}", f"z-{kind}"):
            faults += [f"{student}: {name} is {rows[student][name]!r}, a-{kind} has {before[name]!r}" for name in shown
                       if student in rows and rows[student][name] != before[name]]
    return faults


def fingerprints(course: Course) -> dict[str, str]:
    """Checksums of what nobody may change: the reference, the release, the first neighbours' work."""
    root, folder = course.classroom.root, course.classroom.folder
    places = [root / "notebooks", root / "tinytorch", folder / "release",
              *[folder / step / f"a-{kind}" for step in ("submitted", "autograded", "collected") for kind in KINDS]]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def left_behind(course: Course) -> list[str]:
    """Files and processes that carry the token of this run."""
    token, found = course.token, []
    for folder in {Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.home(), Path.cwd(), Path("/")}:
        with contextlib.suppress(OSError):
            found += [str(folder / name) for name in os.listdir(folder) if token in name]
    for folder in (course.classroom.root, Path(tempfile.gettempdir())):
        if folder != Path("/tmp"):
            found += [str(path) for path in folder.rglob(f"*{token}*")]
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes() + (folder / "comm").read_bytes()
            if f"left-{token}".encode() in words or f"left-{token}"[:15].encode() in words:
                found.append(f"process {folder.name}")
    return [f"left behind: {name}" for name in sorted(set(found))]


@contextlib.contextmanager
def orphans_come_home() -> Iterator[None]:
    """Within, a process whose parent has ended becomes ours; what is still there at the end is a fault."""
    prctl, subreaper = ctypes.CDLL(None).prctl, 36
    before = children()
    prctl(subreaper, 1)
    try:
        yield
        left = {child: what for child, what in children().items() if child not in before and "multiprocessing" not in
                what}
        for child in left:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert not left, f"processes were left: {left}"
    finally:
        prctl(subreaper, 0)


def children() -> dict[int, str]:
    """Our children that have not ended, with their command lines."""
    found = {}
    for path in Path("/proc/self/task").glob("*/children"):
        for child in path.read_text().split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found[int(child)] = Path(f"/proc/{child}/cmdline").read_text()
    return found
