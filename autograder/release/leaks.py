"""Is any line of a solution or a hidden test in a folder that students will get?

Secret is every line between the markers of a solution or of hidden tests, in every module, released or not. Lines are
compared without regard to spaces and trailing comments, also within prose, outputs, metadata, zips and tars. A line is
not a secret when it says too little (fewer than SHORTEST tokens, such as `return a + b`), is one of the IDIOMS that any
program may hold, or stands on purpose in the open part of a graded or read-only cell: tests often repeat visible lines.
Lines by which a hidden test only prepares its inputs may stand in any visible code cell as well.
"""
import gzip
import html
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tito.course import Module, available
from tito.notebooks import Cell, read_cells

SHORTEST = 7
IDIOMS = re.compile(r"(import|from) .*|for \w+(,\w+)* in (\w+|(range|enumerate|zip)\([\w.,\[\]]*\)):"
                    r"|super\(\)\.__init__\(\)|class \w+\(\w+\):|rng=np\.random\.default_rng\(\w*\)|[^\w]+")
LEADING = re.compile(r"^\s*([-+*]|\d+[.)])\s+")      # of a diff or a list
ASSERTS = ("assert", "np.testing.", "with raises")
REGIONS = {"answer": "SOLUTION", "written": "SOLUTION", "test": "HIDDEN TESTS"}
LARGEST = 100_000_000         # bytes to unpack from one archive


@dataclass(frozen=True)
class Leak:
    file: str
    line: str                 # the secret, as its author wrote it
    origin: str               # 02_activations, cell softmax

    def __str__(self) -> str:
        return f"{self.file} holds a line of {self.origin}: {self.line.strip()}"


def secrets(root: Path, given: Iterable[Module] = ()) -> dict[str, tuple[str, str]]:
    """Normalised secret line -> the line as written, and where it comes from.

    given: modules whose solutions are public by now; their hidden tests never are.
    """
    hidden: dict[str, tuple[str, str]] = {}
    open_lines: set[str] = set()
    for module in available(root):
        cells = read_cells(module.notebook(root))
        visible = {normalised(line) for cell in cells if cell.role == "free" and cell.kind == "code"
                   for line in cell.source.split("\n")}
        for cell in [cell for cell in cells if cell.role != "free"]:
            shown, withheld = split(cell)
            if module in given and cell.role in ("answer", "written"):
                shown, withheld = [*shown, *withheld], []
            open_lines.update(map(normalised, shown))
            for line in withheld:
                prepares = cell.role == "test" and not line.strip().startswith(ASSERTS)
                if tells(normalised(line)) and not (prepares and normalised(line) in visible):
                    hidden[normalised(line)] = line, f"{module.id}, cell {cell.grade_id}"
    return {line: origin for line, origin in hidden.items() if line not in open_lines}


def split(cell: Cell) -> tuple[list[str], list[str]]:
    """The lines of a cell that are released, and those that are not."""
    shown, withheld, within = [], [], False
    region = REGIONS.get(cell.role, "-")
    for line in cell.source.split("\n"):
        if f"BEGIN {region}" in line or f"END {region}" in line:
            within = "BEGIN" in line
        else:
            (withheld if within else shown).append(line)
    if cell.role in ("answer", "written") and f"BEGIN {REGIONS[cell.role]}" not in cell.source:
        return [], shown                                   # without markers the whole cell is the solution
    return shown, withheld


def normalised(line: str) -> str:
    """The same text for every way of spacing it; a comment behind code does not count."""
    line = re.sub(r"\s{2,}#.*", "", line) if line.strip()[:1] != "#" else line
    return re.sub(r" ?([^\w ]) ?", r"\1", re.sub(r"\s+", " ", line)).strip()


def tells(line: str) -> bool:
    return len(re.findall(r"\w+|[^\w\s]", line)) >= SHORTEST and not IDIOMS.fullmatch(line)


def find_leaks(folder: Path, hidden: dict[str, tuple[str, str]]) -> list[Leak]:
    """Every secret found in a file below the folder, one leak per file and line."""
    found, seen = [], set()
    for path in sorted(folder.rglob("*"), key=lambda path: (path.relative_to(folder).parts[0].startswith("."), path)):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            for place, text in texts(name, path.read_bytes()):
                if text in seen:                          # pristine copies of notebooks: told once
                    continue
                seen.add(text)
                lines = [normalised(line) for line in html.unescape(text).splitlines()]
                bare = [normalised(LEADING.sub("", line)) for line in html.unescape(text).splitlines()
                        if LEADING.match(line)]
                whole = "\n".join([*lines, *bare])
                found += [Leak(place_of(place, secret, lines), *origin) for secret, origin in hidden.items()
                          if secret in whole and stands_alone(secret, whole)]
    return list(dict.fromkeys(found))


def stands_alone(secret: str, text: str) -> bool:
    """Whether the line is there as a whole, not as part of a longer expression."""
    return re.search(rf"(?<![\w.=(\[{{,*/+-]){re.escape(secret)}(?!\.?\w|[(\[*/+@%=:-])", text) is not None


def place_of(place: str, secret: str, lines: list[str]) -> str:
    number = next((n for n, line in enumerate(lines, start=1) if secret in line), None)
    return f"{place}, line {number}" if number else place


def texts(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The readable texts in a file: of a notebook each cell, of an archive each member."""
    members = unpacked(data) if depth < 4 else []
    if members:
        for inner, content in members:
            yield from texts(f"{name} > {inner}", content, depth + 1)
    elif name.endswith((".ipynb", ".json")):
        try:
            value = json.loads(data)
        except ValueError:
            yield name, data.decode("utf-8", "replace")
            return
        cells = value.pop("cells", []) if isinstance(value, dict) else []
        for number, cell in enumerate(cells, start=1):
            source = cell.pop("source", "") if isinstance(cell, dict) else ""
            yield f"{name}, cell {number}", "\n".join(strings(source))
            yield f"{name}, cell {number}, outputs and metadata", "\n".join(strings(cell))
        yield name, "\n".join(strings(value))
    else:
        yield name, data.decode("utf-8", "replace")


def strings(value) -> Iterator[str]:
    """All strings in a JSON value; lists of lines joined, as the notebook format splits them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield "".join(value)
    elif isinstance(value, (list, dict)):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            yield from strings(item)


def unpacked(data: bytes) -> list[tuple[str, bytes]]:
    """The members of a zip, tar or gzip file; nothing for any other data."""
    try:
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [(e.filename, archive.read(e)) for e in archive.infolist() if e.file_size < LARGEST]
        if data[:2] == b"\x1f\x8b":
            return [("content", gzip.decompress(data))]
        if data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                return [(e.name, archive.extractfile(e).read()) for e in archive if e.isfile()]
    except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, RuntimeError):
        pass
    return []
