"""What a notebook exports, and which names the reference makes public."""
import ast
from collections.abc import Iterable
from pathlib import Path

from tito.course import Module
from tito.notebooks import Cell, cells_of, read_cells
from tito.package import MARKERS


def exported_cells(notebook: dict) -> list[Cell]:
    return [cell for cell in cells_of(notebook) if cell.exported]


def module_source(cells: Iterable[Cell]) -> str:
    """The Python file that exported cells amount to."""
    return "\n\n".join(MARKERS.sub("", cell.source) for cell in cells) + "\n"


def reference_source(root: Path, module: Module) -> str:
    return module_source(cell for cell in read_cells(module.notebook(root)) if cell.exported)


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
