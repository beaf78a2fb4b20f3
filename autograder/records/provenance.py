"""What a grade was computed from, kept in the graded notebook and told to the student."""
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tito import console
from tito.errors import TitoError
from tito.notebooks import load

UNSAFE = "graded without a sandbox (--unsafe)"
STAMP = "provenance"          # the id of the cell that tells it


@dataclass(frozen=True)
class Stand:
    """Which version of an earlier module stood under a grade, and why."""
    module: str               # 01_tensor
    used: str                 # "own", "reference" or "missing"
    why: str = ""

    def __str__(self) -> str:
        stands = {"own": f"{self.module}: the student's own", "missing": f"{self.module}: missing",
                  "reference": f"The reference stood in for {self.module}"}[self.used]
        return f"{stands} because {self.why}." if self.why else f"{stands}."


@dataclass(frozen=True)
class Provenance:
    policy: str
    sandboxed: bool
    graded_at: str            # UTC
    fingerprint: str          # of everything that decides the grade
    stands: Sequence[Stand]
    remarks: Sequence[str]
    scores: dict[str, tuple[float, float]]     # test -> points, maximum
    cell_errors: dict[str, str] = field(default_factory=dict)
    backend: str = ""         # that made the sandbox; unknown in notebooks graded before it was kept
    seconds: dict[str, float] = field(default_factory=dict)      # of each test, by the grader's clock
    handed_in: str = ""       # checksum of the submission

    @property
    def lost(self) -> float:
        return sum(maximum - points for points, maximum in self.scores.values())

    @property
    def maximum(self) -> float:
        return sum(maximum for _, maximum in self.scores.values())

    def agrees_with(self, scores: Mapping[str, float | None]) -> bool:
        """Whether these are the points of a gradebook's entry, by test."""
        return all(scores.get(test) is not None and math.isclose(scores[test], points, abs_tol=1e-6)
                   for test, (points, _) in self.scores.items())

    def lines(self) -> list[str]:
        how = f"in a sandbox{self.backend and f' ({self.backend})'}" if self.sandboxed else UNSAFE
        stands = [str(stand) for stand in self.stands if stand.used != "own"]
        own = [stand.module for stand in self.stands if stand.used == "own"]
        if own:
            stands.insert(0, f"It stands on the student's own {', '.join(own)}.")
        lines = [f"Graded {self.graded_at} UTC, {how}, policy {self.policy}.", *stands, *self.remarks]
        return [console.one_line(line) for line in lines]      # a stand quotes the error of a student's cell

    def markdown(self) -> str:
        return "\n".join(f"- {line}" for line in self.lines())


@dataclass(frozen=True)
class Graded:
    """A graded notebook and what its grade was computed from."""
    provenance: Provenance
    notebook: dict


def read_graded(path: Path) -> Graded | None:
    """None if there is no graded notebook, or not a whole one."""
    try:
        notebook = load(path)
        return Graded(read_provenance(notebook), notebook)
    except (TitoError, KeyError, TypeError):
        return None


def read_provenance(notebook: dict) -> Provenance:
    """What was stamped into a graded notebook. Raises KeyError or TypeError where nothing was."""
    saved = notebook["metadata"]["tinytorch"]["provenance"]
    return Provenance(**{**saved, "stands": [Stand(**stand) for stand in saved["stands"]]})


def stamp(notebook: dict, provenance: Provenance) -> None:
    """Write it into a graded notebook: whole in the metadata, and for people in a first cell."""
    told = {"cell_type": "markdown", "id": STAMP, "metadata": {}, "source": provenance.markdown()}
    notebook["metadata"]["tinytorch"] = {"provenance": asdict(provenance)}
    notebook["cells"] = [told, *(cell for cell in notebook["cells"] if cell.get("id") != STAMP)]


def first_line(error: str) -> str:
    return f"{error.strip().splitlines()[0]:.100}"


def fingerprint(*parts) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
