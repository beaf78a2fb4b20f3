"""What the course consists of: its modules, acts and milestones, and where they lie on disk."""
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tito.errors import TitoError

ACTS = {
    "I Foundation": ["tensor", "activations", "layers", "losses"],
    "II Learning": ["autograd", "optimizers", "training"],
    "III Data & Scale": ["dataloader", "spatial"],
    "IV Language": ["tokenization", "embeddings", "attention", "transformers"],
    "V Production": ["profiling", "quantization", "compression", "memoization", "acceleration", "benchmarking"],
    "VI Integration": ["capstone"],
}


@dataclass(frozen=True)
class Module:
    number: int
    name: str
    act: str

    @property
    def id(self) -> str:
        return f"{self.number:02}_{self.name}"

    def notebook(self, root: Path) -> Path:
        return root / "notebooks" / self.id / f"{self.id}.ipynb"

    def exported(self, root: Path) -> Path:
        return root / "tinytorch" / f"{self.name}.py"

    def earlier(self) -> list["Module"]:
        return MODULES[: self.number - 1]


@dataclass(frozen=True)
class Milestone:
    id: str
    title: str
    unlocked_by: int          # the number of the last module it needs

    @property
    def number(self) -> int:
        return int(self.id[:2])

    @property
    def command(self) -> str:
        return f"tito milestone run {self.number:02}"

    def folder(self, root: Path) -> Path:
        return root / "milestones" / self.id

    def scripts(self, root: Path) -> list[Path]:
        return sorted(self.folder(root).glob("[0-9][0-9]_*.py"))


_PLACED = [(name, act) for act, names in ACTS.items() for name in names]
MODULES = [Module(number, name, act) for number, (name, act) in enumerate(_PLACED, start=1)]
MILESTONES = [
    Milestone("01_1957_perceptron", "Rosenblatt's perceptron", 4),
    Milestone("02_1969_xor", "The XOR crisis", 6),
    Milestone("03_1986_mlp", "Backpropagation reads digits", 8),
    Milestone("04_1998_cnn", "LeCun's convolutions", 9),
    Milestone("05_2017_transformer", "Attention answers questions", 13),
    Milestone("06_2018_mlperf", "Small and fast", 18),
]


def find_root(start: Path | None = None) -> Path:
    """The course folder that `start` (default: the current folder) lies in."""
    start = (start or Path.cwd()).resolve()
    for folder in [start, *start.parents]:
        if (folder / "settings.ini").is_file() and (folder / "notebooks").is_dir():
            return folder
    raise TitoError(f"{start} is not inside a TinyTorch folder: change into the folder that holds notebooks/ first.")


def available(root: Path) -> list[Module]:
    """The modules whose notebooks this edition holds."""
    return [module for module in MODULES if module.notebook(root).is_file()]


def find_module(text: str) -> tuple[Module, str]:
    """The module meant by a number (`2`, `02`), a name (`tensor`) or `NN_name`, and a remark when the two disagree.

    The name wins: older material numbers the modules differently.
    """
    match = re.fullmatch(r"(\d*)_?([a-z]*)", text.strip().lower().removesuffix(".ipynb").rstrip("/"))
    number, name = match.groups() if match else ("", "")
    for module in MODULES:
        if name == module.name:
            remark = f"{text}: taken as {module.id}, the name wins." if number and int(number) != module.number else ""
            return module, remark
    if number and not name and 1 <= int(number) <= len(MODULES):
        return MODULES[int(number) - 1], ""
    if near := difflib.get_close_matches(name, [module.name for module in MODULES], n=1):
        raise TitoError(f"There is no module {text!r}: did you mean {near[0]}?", exit_code=2)
    raise TitoError(f"There is no module {text!r}: give a number from 01 to {len(MODULES)} or a name such as tensor "
                    "(tito module list shows them).", exit_code=2)


def find_modules(texts: Iterable[str]) -> tuple[list[Module], list[str]]:
    """The modules meant by a list of numbers, names and ranges such as `01-05`, each once, and remarks."""
    found, remarks = {}, []
    for text in texts:
        ends = [find_module(part) for part in (text.split("-") if re.fullmatch("[^-]+-[^-]+", text) else [text])]
        first, last = ends[0][0], ends[-1][0]
        if first.number > last.number:
            raise TitoError(f"{text} ends before it begins: write {last.number:02}-{first.number:02}.", exit_code=2)
        found |= dict.fromkeys(MODULES[first.number - 1: last.number])
        remarks += [remark for _, remark in ends if remark]
    return list(found), remarks


def find_milestone(text: str) -> Milestone:
    """The milestone meant by a number (`1`), a year (`1957`), a word of its name or its whole id."""
    wanted = text.strip().lower()
    for milestone in MILESTONES:
        words = milestone.id.split("_")
        if wanted in (milestone.id, *words) or wanted.isdecimal() and int(wanted) == milestone.number:
            return milestone
    raise TitoError(f"There is no milestone {text!r}: tito milestone list shows them.", exit_code=2)
