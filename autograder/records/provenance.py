"""What a grade was computed from, kept in the graded notebook and told to the student."""
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tito import console
from tito.errors import TitoError
from tito.notebooks import load

UNSAFE = "graded without a sandbox (--unsafe)"


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
    stands: list[Stand]
    remarks: list[str]
    scores: dict[str, tuple[float, float]]     # test -> points, maximum
    cell_errors: dict[str, str] = field(default_factory=dict)

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
        how = "in a sandbox" if self.sandboxed else UNSAFE
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
        saved = notebook["metadata"]["tinytorch"]["provenance"]
        return Graded(Provenance(**{**saved, "stands": [Stand(**stand) for stand in saved["stands"]]}), notebook)
    except (TitoError, KeyError, TypeError):
        return None


def as_metadata(provenance: Provenance) -> dict:
    return json.loads(json.dumps(asdict(provenance)))


def fingerprint(*parts) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
