"""What `tito module test` calls solved gets all automatic points from `tito grade`, and imports as a package."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.report.feedback import write_feedback
from tests import helpers
from tests.autograder.small_class import ACTIVATIONS, TENSOR, grade, hand_in, row, small_class, submission
from tests.same_points import CASES, Case
from tito.check.judge import judge
from tito.course import Module
from tito.notebooks import as_bytes
from tito.package import install

ANSWER = {TENSOR: "mul", ACTIVATIONS: "relu"}
POINTS = {TENSOR: 5, ACTIVATIONS: 5}
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    return small_class(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module", params=[TENSOR, ACTIVATIONS], ids=lambda module: module.id)
def graded(classroom, request) -> tuple[Module, dict[str, bytes], Path]:
    """Every case handed in and graded, each by a student of its own; the student's folder for the other side."""
    module, notebooks = request.param, {}
    for number, case in enumerate(CASES):
        notebook = submission(classroom, module)
        case.change(notebook, ANSWER[module])
        notebooks[case.name] = (BOM if number % 2 else b"") + as_bytes(notebook)
        hand_in(classroom, f"s{number}", module, notebooks[case.name])
        if module is ACTIVATIONS and not (classroom.folder / f"submitted/s{number}/01_tensor").exists():
            hand_in(classroom, f"s{number}", TENSOR)
    grade(classroom, module)
    write_feedback(classroom, [module])
    return module, notebooks, students_folder(classroom)


def students_folder(classroom) -> Path:
    folder = classroom.root.parent / "student"
    if not folder.exists():
        (folder / "tinytorch").mkdir(parents=True)
        shutil.copy(helpers.REPOSITORY / "settings.ini", folder)
        shutil.copy(helpers.REPOSITORY / "tinytorch/__init__.py", folder / "tinytorch")
        shutil.copytree(classroom.folder / "release", folder / ".release")
        shutil.copytree(classroom.folder / "release", folder / "notebooks")
        install(folder, as_bytes(submission(classroom, TENSOR)), TENSOR)
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_grading_gives_all_points_or_the_student_is_told_beforehand(graded, classroom, case: Case):
    module, notebooks, folder = graded
    student = f"s{CASES.index(case)}"
    result = row(classroom, student, module)
    judged = judge(folder, module, notebooks[case.name])
    if case.refused:
        assert re.search(case.refused, judged.problem), judged.problem
    else:
        assert judged.problem == ""
        assert result.score == POINTS[module] + 0, result
        imports(folder, module, as_bytes(judged.assembled.notebook))
    assert case.remark in result.remarks, result.remarks
    assert (classroom.folder / "feedback" / student / module.id / f"{module.id}.html").is_file()


def imports(folder: Path, module: Module, notebook: bytes) -> None:
    """What `complete` would install imports with NumPy alone."""
    before = module.exported(folder).read_bytes() if module.exported(folder).exists() else None
    install(folder, notebook, module)
    code = f"import sys; sys.modules['matplotlib'] = sys.modules['rich'] = None; import tinytorch.{module.name}"
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    if before is not None:
        module.exported(folder).write_bytes(before)
    assert run.returncode == 0, run.stderr


def test_what_the_student_sees_beforehand_names_package_and_lines(classroom):
    folder = students_folder(classroom)
    for name, words in [("a package that grading does not have, used nowhere", "imports matplotlib, rich"),
                        ("a magic in the function", "line 4: for notebooks only")]:
        notebook = submission(classroom, TENSOR)
        next(case for case in CASES if case.name == name).change(notebook, "mul")
        assert any(words in remark for remark in judge(folder, TENSOR, as_bytes(notebook)).assembled.remarks)


def test_a_module_that_runs_cell_by_cell_but_not_as_a_file_is_replaced_by_the_reference(classroom):
    """02 is not charged for what only shows when 01 is imported as a file."""
    mul = "#| export\nassert '__file__' not in globals()\ndef mul(a, b):\n    return Tensor(a.numpy() * b.numpy())"
    hand_in(classroom, "file", TENSOR, submission(classroom, TENSOR, mul=mul))
    hand_in(classroom, "file", ACTIVATIONS)
    grade(classroom, TENSOR, ACTIVATIONS, student="file")
    result = row(classroom, "file", ACTIVATIONS)
    assert row(classroom, "file", TENSOR).score == 5 and result.score == 5
    assert "reference stood in for 01_tensor" in result.remarks
