"""An assignment whose cells have changed after submissions exist: nbgrader refuses that, so the gradebook follows here.

What was given for cells that stay, is kept. A renamed cell is known by its text, and takes everything with it.
"""
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbgrader.api import Comment, Grade, GradeCell, MissingEntry, SolutionCell, SourceCell
from nbgrader.utils import is_locked

from autograder.records.classroom import Classroom
from autograder.records.hand_scores import rename_kept
from autograder.records.reconcile import bring_together
from tito.course import Module
from tito.notebooks import Cell, cells_of

KINDS = {"test": {"GradeCell"}, "answer": {"SolutionCell"}, "written": {"GradeCell", "SolutionCell"}, "given": set()}


@dataclass
class Change:
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)     # old name -> new name

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed)

    def __str__(self) -> str:
        parts = [f"{what} {', '.join(names)}" for what, names in (
            ("added", self.added), ("removed", self.removed),
            ("renamed", [f"{old} to {new}" for old, new in self.renamed.items()])) if names]
        return "; ".join(parts)


def follow(classroom: Classroom, module: Module, book, notebook: dict) -> Change:
    """Make the cells that the gradebook has of a module those of `notebook`, in one transaction; nothing if they are.

    notebook: as it is registered, with hidden tests. Only where there are submissions: else nbgrader registers anew.
    """
    try:
        registered = book.find_notebook(module.id, module.id)
    except MissingEntry:
        return Change()
    wanted = {cell.grade_id: cell for cell in cells_of(notebook) if cell.role in KINDS
              and (cell.role != "given" or is_locked(notebook["cells"][cell.index]))}
    change = what_changed({cell.name: cell.source for cell in registered.source_cells}, kinds_of(registered), wanted)
    if not registered.submissions or not change:
        return Change()
    bring_together(classroom)                   # while cells have their old names
    for cell in [*registered.source_cells, *registered._base_cells]:
        cell.name = change.renamed.get(cell.name, cell.name)
    book.db.flush()
    remove(book, registered, wanted)
    add(book, registered, wanted)
    book.db.commit()
    rename_kept(classroom, module, change.renamed)
    return change


def kinds_of(registered) -> dict[str, set[str]]:
    kinds = {cell.name: set() for cell in registered.source_cells}
    for cell in registered._base_cells:
        kinds.setdefault(cell.name, set()).add(cell.type)
    return kinds


def what_changed(sources: Mapping[str, str], kinds: Mapping[str, set[str]], wanted: Mapping[str, Cell]) -> Change:
    """sources and kinds: of the cells in the gradebook. A cell that changed its kind is removed and added."""
    stay = {name for name, cell in wanted.items() if kinds.get(name) == KINDS[cell.role]}
    change = Change([name for name in wanted if name not in stay], [name for name in kinds if name not in stay])
    for old in list(change.removed):
        for new in change.added:
            if old not in wanted and new not in kinds and kinds[old] == KINDS[wanted[new].role] \
                    and sources.get(old) == wanted[new].source:
                change.renamed[old] = new
                change.added.remove(new)
                change.removed.remove(old)
                break
    return change


def remove(book, registered, wanted: Mapping[str, Cell]) -> None:
    """Cells that are no longer wanted, or not of this kind, with their grades and comments."""
    for cell in list(registered._base_cells):
        if cell.name not in wanted or cell.type not in KINDS[wanted[cell.name].role]:
            for entry in [*(cell.grades or ()), *(cell.comments or ())]:
                book.db.delete(entry)
            book.db.delete(cell)
    for cell in list(registered.source_cells):
        if cell.name not in wanted:
            book.db.delete(cell)
    book.db.flush()


def add(book, registered, wanted: Mapping[str, Cell]) -> None:
    """Cells that are not there yet, and empty grades and comments of every submission for them."""
    kinds = kinds_of(registered)
    sources = {cell.name for cell in registered.source_cells}
    for name, cell in wanted.items():
        if name not in sources:                  # nbgrader fills in what it says
            book.db.add(SourceCell(name=name, notebook=registered, cell_type=cell.kind, locked=False))
        for kind in KINDS[cell.role] - kinds.get(name, set()):
            points = {"max_score": cell.points, "cell_type": cell.kind} if kind == "GradeCell" else {}
            made = (GradeCell if points else SolutionCell)(name=name, notebook=registered, **points)
            book.db.add(made)
            book.db.flush()
            book.db.add_all((Grade if points else Comment)(cell_id=made.id, notebook=submitted)
                            for submitted in registered.submissions)
    book.db.flush()
