"""Notebooks -> tinytorch/*.py, through nbdev, without nbgrader's solution markers."""
import ast
import os
import re
import tempfile
from pathlib import Path

from tito.course import Module
from tito.errors import TitoError

MARKERS = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def drop_markers(cell) -> None:
    """nbdev processor: the exported file is ordinary code, no trace of how it was graded."""
    if cell.cell_type == "code":
        cell.source = MARKERS.sub("", cell.source)


def export_notebook(notebook: Path, module: Module, package: Path) -> Path:
    """Export one notebook to `package/NAME.py`, replacing the file only when the new one is complete."""
    from nbdev.export import nb_export

    package.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=".export-") as folder:
        build = Path(folder) / package.name
        made = build / f"{module.name}.py"
        try:
            nb_export(notebook, lib_path=build, procs=[drop_markers], name=module.name)
            if not made.is_file():
                raise TitoError(f"{notebook.name} exports nothing: it has no cell that starts with '#| export'.")
            text = made.read_text(encoding="utf-8")
            ast.parse(text)                       # nbdev copies most cells without looking
        except SyntaxError as error:
            raise TitoError(f"{notebook.name}: cannot export, {error.msg} in: {(error.text or '').strip()}") from None
        # nbdev writes where the notebook lies seen from the build folder; readers want it seen from the course folder
        seen = os.path.relpath(notebook.resolve(), made.parent.resolve()).replace(os.sep, "/")
        text = text.replace(seen, f"../notebooks/{module.id}/{module.id}.ipynb")
        made.write_text(text, encoding="utf-8", newline="\n")
        target = package / made.name
        os.replace(made, target)
    return target
