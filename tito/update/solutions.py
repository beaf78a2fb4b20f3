"""The course's solutions of past modules, which an edition may hold, put into a student's folder: each of them once.

The student's own notebook stays beside, as NN_name-mine.ipynb, and the file of the package in .tito/backups. Whoever
brings their own back keeps it: a solution that was taken is not taken again.
"""
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tito import console
from tito.course import MODULES, Module
from tito.errors import TitoError
from tito.files import unused, write_whole
from tito.handed_in import source_of
from tito.notebooks import Cell, load
from tito.package import MARKERS, install
from tito.progress import Progress


@dataclass(frozen=True)
class Taken:
    module: Module
    mine: Path | None         # the student's notebook, if there was work in it
    package: Path | None      # the copy of the student's file of the package, if it was another


def solution_of(root: Path, module: Module) -> Path:
    """Where an edition holds the notebook with the course's answers."""
    return root / ".release" / "solutions" / f"{module.id}.ipynb"


def take_solutions(root: Path) -> list[Taken]:
    """Put every solution in place that is here and was not taken yet. Stopped anywhere, it goes on when run again."""
    progress, taken = Progress(root), []
    waiting = [module for module in MODULES if solution_of(root, module).is_file() and not progress.settled(module)]
    with console.progress(len(waiting), "solutions") as advance:
        for module in waiting:
            taken.append(take(root, module))
            progress.record(module, "solution")
            advance(module.id)
    return taken


def keep_own(root: Path) -> list[Module]:
    """Settle that the student's own notebooks stay where nothing is recorded: a clone has no record of solutions."""
    progress = Progress(root)
    own = [module for module in MODULES
           if solution_of(root, module).is_file() and not progress.settled(module) and has_work(root, module)]
    for module in own:
        progress.record(module, "own")
    return own


def take(root: Path, module: Module) -> Taken:
    solution = solution_of(root, module).read_bytes()
    mine = keep_beside(root, module, solution)
    write_whole(module.notebook(root), solution)
    return Taken(module, mine, install(root, solution, module))


def keep_beside(root: Path, module: Module, solution: bytes) -> Path | None:
    """A copy of the student's notebook beside it, or the one that is there; None if there is no work to keep."""
    path = module.notebook(root)
    beside = path.with_name(f"{module.id}-mine.ipynb")
    own = path.read_bytes() if path.is_file() else solution
    if own == solution or beside.is_file() and beside.read_bytes() == own:
        return beside if beside.is_file() else None
    if not has_work(root, module):
        return None
    beside = unused(beside)
    write_whole(beside, own)
    return beside


def has_work(root: Path, module: Module) -> bool:
    """Whether the notebook is another than the released one and the solution; what cannot be read may be work."""
    paths = module.notebook(root), released_copy(root, module), solution_of(root, module)
    try:
        here, *courses = ([source_of(cell) for cell in load(path)["cells"]] for path in paths)
        return here not in courses
    except TitoError:
        return True


def released_copy(root: Path, module: Module) -> Path:
    return root / ".release" / module.id / f"{module.id}.ipynb"


def same_answers(solved: Iterable[Cell], handed_in: Iterable[Cell]) -> tuple[int, int]:
    """How many exercises are answered word for word as in the solution, and of how many."""
    wanted, found = ({cell.grade_id: MARKERS.sub("", cell.source).split() for cell in cells if cell.role == "answer"}
                     for cells in (solved, handed_in))
    return sum(found.get(name) == words for name, words in wanted.items()), len(wanted)
