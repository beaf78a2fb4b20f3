"""What a notebook exports, and which names the reference makes public."""
import ast
from collections.abc import Iterable
from pathlib import Path

from tito.course import Module
from tito.errors import TitoError
from tito.notebooks import Cell, cells_of, read_cells
from tito.package import MARKERS


def exported_cells(notebook: dict) -> list[Cell]:
    return [cell for cell in cells_of(notebook) if cell.exported]


def module_source(cells: Iterable[Cell]) -> str:
    """The Python file that exported cells amount to."""
    return "\n\n".join(MARKERS.sub("", cell.source) for cell in cells) + "\n"


def reference_source(root: Path, module: Module) -> str:
    return module_source(cell for cell in read_cells(module.notebook(root)) if cell.exported)


def require_python(module: Module, notebook: dict) -> None:
    """Raises TitoError for a solution, a test (hidden or not) or a given cell that Python cannot read."""
    for cell in cells_of(notebook):
        if cell.kind == "code" and cell.role != "free":
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                raise TitoError(f"{module.id}: the cell {cell.grade_id} is not Python: line {error.lineno}, "
                                f"{error.msg}. Mend it in notebooks/{module.id}/{module.id}.ipynb.") from None


def public_names(root: Path, modules: Iterable[Module]) -> list[str]:
    """Functions, classes and constants at the top level of the reference: never names that a student chose."""
    names = set()
    for module in modules:
        for node in ast.parse(reference_source(root, module)).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names.update(name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
                             and isinstance(name.ctx, ast.Store))
    return sorted(name for name in names if not name.startswith("_"))
