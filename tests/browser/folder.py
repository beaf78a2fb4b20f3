"""A student's folder in which each module can be opened: this repository's package, and released notebooks."""
import json
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_notebook

from autograder.records.classroom import Classroom
from autograder.release.notebook import release_text
from tests.helpers import REPOSITORY
from tito.course import Module
from tito.handed_in import grade_id_of
from tito.notebooks import cells_of, load

SHARED = ("settings.ini", "datasets", "tinytorch", "tito")


def student_folder(root: Path) -> Path:
    (root / "notebooks").mkdir(parents=True)
    for name in SHARED:
        (root / name).symlink_to(REPOSITORY / name)
    return root


def put_released(root: Path, module: Module) -> Path:
    """The blank notebook, and the copy beside it by which tito knows a student's folder."""
    text = release_text(Classroom.at(REPOSITORY), module)
    for path in (module.notebook(root), root / ".release" / module.id / f"{module.id}.ipynb"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return module.notebook(root)


def answers(module: Module) -> dict[str, str]:
    """The reference's, as a student would write them, by the name of the exercise."""
    return {cell.grade_id: re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.MULTILINE)
            for cell in cells_of(load(module.notebook(REPOSITORY))) if cell.role in ("answer", "written")}


def put_solved(root: Path, module: Module) -> Path:
    """The released notebook with these answers."""
    path, written = put_released(root, module), answers(module)
    notebook = load(path)
    for cell in notebook["cells"]:
        name = grade_id_of(cell)
        cell["source"] = written.get(name, cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def put(root: Path, name: str, *cells: dict) -> str:
    """A notebook of these cells; gives its path as JupyterLab knows it."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), root / "notebooks" / name)
    return f"notebooks/{name}"
