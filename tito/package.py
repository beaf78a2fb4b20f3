"""Notebooks -> tinytorch/*.py, through nbdev, without nbgrader's solution markers and what only notebooks can run."""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tito.course import Module
from tito.errors import TitoError
from tito.files import keep_copy, write_whole
from tito.plain import plain

MARKERS = re.compile(r"^[ \t]*### (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
EXPORTS = {"export", "exports", "exporti"}
IMPORT = """
import contextlib
import io
import sys
folder, course, name = sys.argv[1:]
sys.path[:0] = [folder, course]
import tinytorch
tinytorch._optional = lambda package, *rest, **options: tinytorch._Missing(package.split(".")[0])
from tito.package_error import explain
try:
    with contextlib.redirect_stdout(io.StringIO()):      # an answer may print
        __import__(f"tinytorch.{name}")
except BaseException as error:
    print(explain(error))
"""
IMPORT_SECONDS = 60


def as_python(cell) -> None:
    """nbdev processor: the exported file is ordinary code, no trace of how it was graded or of a notebook."""
    if cell.cell_type != "code" or not EXPORTS & {*cell.directives_}:
        return
    try:
        cell.source = plain(MARKERS.sub("", cell.source))[0]
    except SyntaxError as error:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        raise TitoError(f"cannot export {f'exercise `{name}`' if name else 'a cell'}, {error.msg} in: "
                        f"{(error.text or '').strip()}") from None


def exported_text(notebook: bytes, module: Module) -> str:
    """The Python file that a notebook exports. Raises TitoError when it exports nothing, or no Python."""
    from nbdev.export import nb_export

    with tempfile.TemporaryDirectory(prefix="tito-") as scratch:
        # as in the course folder: nbdev writes into the file where the notebook lies, seen from there
        source, package = module.notebook(Path(scratch)), Path(scratch) / "tinytorch"
        source.parent.mkdir(parents=True)
        source.write_bytes(notebook)
        nb_export(source, lib_path=package, procs=[as_python], name=module.name)
        made = package / f"{module.name}.py"
        if not made.is_file():
            raise TitoError(f"{source.name} exports nothing: it has no cell that starts with '#| export'")
        return plain(made.read_text(encoding="utf-8"))[0]      # lines from __future__ import go to its top


def import_problem(root: Path, module: Module, text: str) -> str:
    """Why this text does not import as tinytorch/NAME.py beside the other modules, with NumPy alone; "" if it does."""
    with tempfile.TemporaryDirectory(prefix="tito-") as scratch:
        package = Path(scratch) / "tinytorch"
        package.mkdir()
        for path in (root / "tinytorch").glob("*.py"):
            shutil.copyfile(path, package / path.name)         # without its mode: it may be read-only
        (package / f"{module.name}.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", "-c", IMPORT, scratch, str(Path(__file__).parents[1]), module.name]
        try:
            run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=IMPORT_SECONDS)
        except subprocess.TimeoutExpired:
            return f"its import takes longer than {IMPORT_SECONDS} seconds"
    return (run.stdout or run.stderr if run.returncode else run.stdout).strip().split("\n")[-1]


def install(root: Path, notebook: bytes, module: Module) -> Path | None:
    """Export a notebook to tinytorch/NAME.py. Gives the copy that is kept if a different file was there."""
    target, text = module.exported(root), exported_text(notebook, module).encode("utf-8")
    if target.is_file() and target.read_bytes() == text:
        return None
    kept = keep_copy(root, target)
    write_whole(target, text)
    return kept
