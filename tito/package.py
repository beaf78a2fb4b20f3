"""Notebooks -> tinytorch/*.py, through nbdev, without nbgrader's solution markers."""
import ast
import re
import tempfile
from pathlib import Path

from tito.course import Module
from tito.errors import TitoError
from tito.files import keep_copy, write_whole

MARKERS = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def drop_markers(cell) -> None:
    """nbdev processor: the exported file is ordinary code, no trace of how it was graded."""
    if cell.cell_type == "code":
        cell.source = MARKERS.sub("", cell.source)


def exported_text(notebook: bytes, module: Module) -> str:
    """The Python file that a notebook exports. Raises TitoError when it exports nothing, or no Python."""
    from nbdev.export import nb_export

    with tempfile.TemporaryDirectory(prefix="tito-") as scratch:
        # as in the course folder: nbdev writes into the file where the notebook lies, seen from there
        source, package = module.notebook(Path(scratch)), Path(scratch) / "tinytorch"
        source.parent.mkdir(parents=True)
        source.write_bytes(notebook)
        try:
            nb_export(source, lib_path=package, procs=[drop_markers], name=module.name)
            made = package / f"{module.name}.py"
            if not made.is_file():
                raise TitoError(f"{source.name} exports nothing: it has no cell that starts with '#| export'.")
            text = made.read_text(encoding="utf-8")
            ast.parse(text)                       # nbdev copies most cells without looking
        except SyntaxError as error:
            raise TitoError(f"{source.name}: cannot export, {error.msg} in: {(error.text or '').strip()}") from None
    return text


def install(root: Path, notebook: bytes, module: Module) -> Path | None:
    """Export a notebook to tinytorch/NAME.py. Gives the copy that is kept if a different file was there."""
    target, text = module.exported(root), exported_text(notebook, module).encode("utf-8")
    if target.is_file() and target.read_bytes() == text:
        return None
    kept = keep_copy(root, target)
    write_whole(target, text)
    return kept
