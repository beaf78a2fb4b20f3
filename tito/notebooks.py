"""Reading notebooks as lists of cells with a role: what students fill in, what tests them, what is given."""
import json
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from tito.errors import TitoError

# What stands in a released notebook in the place of a solution
CODE_STUB = ('# YOUR CODE HERE\n'
             'raise NotImplementedError("This exercise is not solved yet: write the code that belongs here.")')
TEXT_STUB = "*Write your answer here.*"


@dataclass(frozen=True)
class Cell:
    index: int                # position in the notebook, from 0
    kind: str                 # "code" or "markdown"
    source: str
    grade_id: str | None
    role: str                 # "answer", "test", "written", "given" (locked, no points) or "free"
    points: float
    tags: tuple[str, ...] = ()

    @property
    def exported(self) -> bool:
        return self.kind == "code" and is_exported(self.source)


def is_exported(source: str) -> bool:
    """Whether nbdev exports a cell of code: `#| export` is among the directives on its first lines."""
    lines = (line.replace(" ", "") for line in source.strip().splitlines())
    directives = takewhile(lambda line: line.startswith("#|"), lines)
    return any(line.startswith("#|export") for line in directives)


def role_of(metadata: dict) -> str:
    """The role that nbgrader's cell metadata gives a cell."""
    if not metadata or metadata.get("grade_id") is None:
        return "free"
    if metadata.get("solution"):
        return "written" if metadata.get("grade") else "answer"
    return "test" if metadata.get("grade") else "given"


def load(path: Path) -> dict:
    """The notebook as JSON. Raises TitoError, in one line, for anything that is not a notebook."""
    try:
        return parse(path.read_bytes(), path)
    except FileNotFoundError:
        raise TitoError(f"{path} does not exist.") from None
    except OSError as error:
        raise TitoError(f"{path} cannot be read ({error.strerror}).") from None


def parse(text: bytes, path: Path) -> dict:
    """The notebook with these bytes; `path` is named in the error."""
    try:
        notebook = json.loads(text)
        if not _is_notebook(notebook):
            raise ValueError("not a notebook of format 4")
    except (ValueError, RecursionError) as error:
        if b"\n<<<<<<< " in text:
            raise TitoError(f"{path} holds two versions between <<<<<<< and >>>>>>>, which git could not merge: git "
                            f"checkout --ours {path} keeps yours, --theirs takes the other.") from None
        raise TitoError(f"{path} is not a readable notebook ({type(error).__name__}: {error}). {_kept_by_jupyter(path)}"
                        f"tito module reset {path.stem[:2]} keeps a copy and puts the released one back.") from None
    return notebook


def _kept_by_jupyter(path: Path) -> str:
    """The copy that JupyterLab made when the notebook was last saved there, if that can be read."""
    copy = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    try:
        if not _is_notebook(json.loads(copy.read_bytes())):
            return ""
    except (OSError, ValueError, RecursionError):
        return ""
    saved = datetime.fromtimestamp(copy.stat().st_mtime)
    return f"JupyterLab's copy of {saved:%Y-%m-%d %H:%M} can be read: {copy}; put it in the place of the other. Or: "


def as_bytes(notebook: dict) -> bytes:
    return json.dumps(notebook, ensure_ascii=False).encode("utf-8")


def _is_notebook(notebook: object) -> bool:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return isinstance(cells, list) and all(isinstance(cell, dict) and _is_cell(cell) for cell in cells)


def _is_cell(cell: dict) -> bool:
    source, metadata = cell.get("source"), cell.get("metadata", {})
    text = isinstance(source, str) or isinstance(source, list) and all(isinstance(line, str) for line in source)
    return text and isinstance(cell.get("cell_type"), str) and isinstance(metadata, dict) \
        and isinstance(metadata.get("nbgrader", {}), dict)


def cells_of(notebook: dict) -> list[Cell]:
    cells = []
    for index, cell in enumerate(notebook["cells"]):
        everything = cell.get("metadata", {})
        metadata = everything.get("nbgrader", {})
        source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
        points = metadata.get("points", 0)
        cells.append(Cell(index, cell["cell_type"], source, metadata.get("grade_id"), role_of(metadata),
                          float(points) if isinstance(points, (int, float)) else 0.0,
                          tuple(map(str, everything.get("tags") or ()))))
    return cells


def read_cells(path: Path) -> list[Cell]:
    return cells_of(load(path))
