"""A class on the tiny course of tests/helpers.py: released once per process, copied for every test."""
import atexit
import copy
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

from autograder.examine.grader import sandbox_problem
from autograder.grade.policy import Policy
from autograder.grade.run import Outcome, grade_class
from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook
from autograder.records.submission import Submission
from autograder.release.notebook import ensure_released
from autograder.report.grades import Row, read_grades
from tests import helpers
from tito.course import Module, available, find_module
from tito.notebooks import cells_of

TENSOR, ACTIVATIONS = find_module("tensor")[0], find_module("activations")[0]
SANDBOXED = sandbox_problem() is None


@cache
def _released_course() -> Path:
    root = Path(tempfile.mkdtemp(prefix="tinytorch-test-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    helpers.make_course(root / "repository")
    (root / "repository/autograder/release").mkdir(parents=True)
    shutil.copy(helpers.REPOSITORY / "autograder/release/student_README.md", root / "repository/autograder/release")
    classroom = Classroom.at(root / "repository")
    ensure_released(classroom, available(classroom.root))
    return classroom.root


def small_class(folder: Path) -> Classroom:
    return Classroom.at(Path(shutil.copytree(_released_course(), folder / "repository")))


def copied(classroom: Classroom, folder: Path) -> Classroom:
    """The same class, as graded as it is, for one more test."""
    return Classroom.at(Path(shutil.copytree(classroom.root, folder / "repository", symlinks=True)))


def submission(classroom: Classroom, module: Module, **sources: str | None) -> dict:
    """The released notebook with the reference's answers; `sources` replaces some of them, None leaves one blank."""
    notebook = copy.deepcopy(read_notebook(classroom.released(module)))
    reference = cells_of(read_notebook(module.notebook(classroom.root)))
    for cell, info in zip(notebook["cells"], reference, strict=True):
        if info.role in ("answer", "written"):
            source = sources.get(info.grade_id, info.source)
            cell["source"] = cell["source"] if source is None else source
    return notebook


def blank(classroom: Classroom, module: Module) -> dict:
    return read_notebook(classroom.released(module))


def hand_in(classroom: Classroom, student: str, module: Module, notebook: dict | bytes | None = None) -> Path:
    """Put a submission where collection would put it; solved, unless a notebook or raw bytes are given."""
    notebook = submission(classroom, module) if notebook is None else notebook
    path = Submission(classroom, student, module).submitted
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode("utf-8"))
    return path


def grade(classroom: Classroom, *modules: Module, policy: str = "fallback", student: str | None = None) -> Outcome:
    return grade_class(classroom, list(modules) or available(classroom.root), Policy(policy), SANDBOXED, student)


def row(classroom: Classroom, student: str, module: Module) -> Row:
    return next(row for row in read_grades(classroom, [module]) if row.student == student)


def cell(notebook: dict, grade_id: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)
