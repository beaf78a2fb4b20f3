"""`tito module test` accepts what grading will: answers that stand on the exported cells of the release alone."""
import re

import pytest

from tests import helpers
from tests.tito.commands.test_module_commands import MUL, WRONG_MUL

NOTEBOOK = "notebooks/01_tensor/01_tensor.ipynb"
RIGHT_BELOW = "def mul(a, b):\n    return Tensor(a.numpy() * b.numpy())"
PATCH = "Tensor.__init__ = lambda self, data: setattr(self, 'data', np.asarray(data, dtype=np.float32))"
DATALESS = next(cell.source for cell in helpers.TENSOR if helpers.grade_id(cell) == "tensor") \
    .replace("self.data = np.asarray(data, dtype=np.float32)", "self.data = None")


def put_after(folder, name: str, source: str) -> None:
    """A cell of the student's own, right below the one of that name."""
    def change(cells: list[dict]) -> list[dict]:
        at = next(at for at, cell in enumerate(cells) if helpers.grade_id(cell) == name)
        return [*cells[:at + 1], helpers.free(source), *cells[at + 1:]]
    helpers.edit(folder / NOTEBOOK, change)


@pytest.mark.parametrize("directive", ["", "#| export\n"], ids=["plain", "exported"])
@pytest.mark.parametrize(("name", "own", "answers"), [
    ("mul", RIGHT_BELOW, {"mul": WRONG_MUL}),
    ("tensor", PATCH, {"tensor": DATALESS}),
], ids=["a second definition", "a patched class"])
def test_what_works_only_with_a_cell_of_ones_own_is_a_problem(folder, tito, name, own, answers, directive):
    helpers.solve(folder, "01_tensor", **answers)
    put_after(folder, name, directive + own)
    done = tito(folder, "module", "complete", "01")
    assert done.returncode == 1 and "a cell that grading does not read" in done.stderr, done.stdout
    assert "2 of 2" not in done.stdout
    assert re.search(rf"^  wrong +Exercise ., {name} ", done.stdout, re.MULTILINE), done.stdout
    assert not (folder / "tinytorch/tensor.py").exists()


def test_a_helper_in_an_exported_cell_of_ones_own_is_named(folder, tito):
    helpers.solve(folder, "01_tensor", mul="#| export\ndef mul(a, b):\n    return product(a, b)")
    put_after(folder, "tensor", "#| export\ndef product(a, b):\n    return Tensor(a.numpy() * b.numpy())")
    done = tito(folder, "module", "test", "01")
    assert done.returncode == 1
    assert "`product` from your own cell [4]" in done.stderr
    assert "grading does not read: define `product`" in done.stderr


def test_a_cell_of_ones_own_that_fails_is_the_only_hindrance_where_all_is_solved(folder, tito):
    helpers.solve(folder, "01_tensor")
    put_after(folder, "mul", "1 / 0")
    done = tito(folder, "module", "complete", "01")
    assert "2 of 2 exercises solved" in done.stdout
    assert "your own cell [7] (under Exercise 2): ZeroDivisionError: division by zero, line 1: 1 / 0" in done.stderr
    assert "Every exercise is solved: mend or delete that cell" in done.stderr


def test_a_line_that_only_passes_a_mistake_on_is_not_blamed(folder, tito):
    """The tests of `tensor` pass: what fails in it later was handed to it by `mul`."""
    helpers.solve(folder, "01_tensor", mul="#| export\ndef mul(a, b):\n    return Tensor([[1], [2, 3]])")
    said = tito(folder, "module", "test", "01").stderr
    assert "(Exercise 2, mul), line 3: return Tensor([[1], [2, 3]])" in said


def test_an_exported_cell_of_ones_own_that_no_answer_needs_joins_the_package(folder, tito):
    helpers.solve(folder, "01_tensor", mul=MUL.replace("product = ", "import math\n    product = math.prod([1]) * "))
    put_after(folder, "mul", "#| export\ndef square(a):\n    return mul(a, a)")
    done = tito(folder, "module", "complete", "01")
    assert done.returncode == 0, done.stderr
    assert "def square(a):" in (folder / "tinytorch/tensor.py").read_text(encoding="utf-8")


def test_an_answer_that_prints_is_no_failure(folder, tito):
    helpers.solve(folder, "01_tensor", mul=f"{MUL}\n\nprint('2 times 3 is', 2 * 3)")
    done = tito(folder, "module", "complete", "01")
    assert done.returncode == 0 and "01_tensor is complete" in done.stdout, done.stderr
    assert "Hand it in: tito submit 01" in done.stdout


@pytest.mark.parametrize("command", [("module", "test"), ("module", "complete"), ("submit",)], ids="-".join)
def test_an_unanswered_question_is_remembered_and_no_failure(folder, tito, command):
    helpers.solve(folder, "01_tensor")
    done = tito(folder, *command, "01", JUPYTERHUB_USER="ada")
    assert done.returncode == 0
    assert "1 written question is still unanswered (graded by hand): why_float32" in done.stderr
    helpers.solve(folder, "01_tensor", why_float32="Half the memory.")
    assert "unanswered" not in tito(folder, *command, "01", JUPYTERHUB_USER="ada").stderr
