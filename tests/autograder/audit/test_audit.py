"""The proof of the tests, itself proved on a tiny module."""
import sys

import pytest

from autograder.audit import audit, wrong_answers
from autograder.audit.wrong_answers import Wrong
from tests import helpers
from tests.autograder.small_class import ACTIVATIONS, SANDBOXED, TENSOR, small_class
from tito.errors import TitoError

CAUGHT = [Wrong("tensor", "ones", ("np.asarray(data", "np.ones_like(data"), "test_tensor", "the values changed"),
          Wrong("mul", "sum", ("a.numpy() * b.numpy()", "a.numpy() + b.numpy()"), "test_mul", "2·4 and 3·5"),
          Wrong("mul", "no broadcasting", ("a.numpy() * b.numpy()", "a.numpy().ravel() * b.numpy().ravel()"),
                "test_mul", "mul should broadcast")]


def misses(classroom, monkeypatch, wrongs):
    monkeypatch.setattr(audit, "wrong_answers", lambda module: wrongs)
    return audit.audit_module(classroom, TENSOR, sandboxed=SANDBOXED)


def test_right_tests_and_enough_wrong_answers_pass(tmp_path, monkeypatch, capsys):
    zeros = Wrong("tensor", "zeros", ("np.asarray(data", "np.zeros_like(data"), "test_tensor", "the values changed")
    assert misses(small_class(tmp_path), monkeypatch, [*CAUGHT, zeros]) == []
    assert "2 tests, 5 points; reference full, blank 0, wrong answers caught 4/4" in capsys.readouterr().out


def test_too_few_wrong_answers_are_a_miss(tmp_path, monkeypatch):
    assert misses(small_class(tmp_path), monkeypatch, CAUGHT) == [
        "01_tensor: exercise tensor has 1 wrong answer, it should have at least 2"]


@pytest.mark.parametrize(("wrong", "told"), [
    (Wrong("mul", "no mistake", ("product = a", "product =  a"), "test_mul", ""), "test_mul lets it pass"),
    (Wrong("mul", "m", ("a.numpy() * b", "a.numpy() + b"), "test_mul", "moon"), "should say 'moon'"),
    (Wrong("mul", "m", ("numpy", "item"), "test_mul", ""), "'numpy' stands 2 times"),
    (Wrong("mul", "m", ("product = a", "product ="), "test_mul", ""), "does not parse"),
    (Wrong("mul", "m", ("product = a", "b"), "test_moon", ""), "there is no test test_moon"),
    (Wrong("moon", "m", ("product = a", "b"), "test_mul", ""), "there is no answer cell moon"),
])
def test_a_wrong_answer_that_proves_nothing_is_a_miss(tmp_path, monkeypatch, wrong, told):
    found = misses(small_class(tmp_path), monkeypatch, [*CAUGHT, CAUGHT[0], wrong])
    assert len([miss for miss in found if told in miss]) == 1


def test_a_test_that_the_reference_fails_or_the_blank_passes_is_a_miss(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)

    def spoil(cells):
        for cell in cells:
            if helpers.grade_id(cell) == "test_mul":
                cell["source"] = "assert mul is None, 'always wrong'"
            if helpers.grade_id(cell) == "test_tensor":
                cell["source"] = "pass"
    helpers.edit(TENSOR.notebook(classroom.root), spoil)
    found = misses(classroom, monkeypatch, [CAUGHT[0]] * 2 + CAUGHT[1:])
    assert any("the reference loses points in test_mul" in miss for miss in found)
    assert any("the blank standard release gets 3 points in test_tensor" in miss for miss in found)


def test_a_test_that_trusts_what_the_worker_can_change_is_a_miss(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)

    def trust(cells):
        for cell in cells:
            if helpers.grade_id(cell) == "test_mul":
                cell["source"] = [*cell["source"], "\nout = mul(Tensor([1.0]), Tensor([2.0]))",
                                  "\nassert_close(out.numpy(), out.numpy() * 1)"]
    helpers.edit(TENSOR.notebook(classroom.root), trust)
    told = [miss for miss in misses(classroom, monkeypatch, CAUGHT) if "test_mul" in miss]
    assert len(told) == 1 and "01_tensor: test_mul, line" in told[0] and "computed from it" in told[0]


def test_a_cell_that_is_no_python_is_named_with_its_line(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)

    def spoil(cells):
        next(cell for cell in cells if helpers.grade_id(cell) == "test_mul")["source"] = "import numpy\nassert (mul"
    helpers.edit(TENSOR.notebook(classroom.root), spoil)
    for module in (TENSOR, ACTIVATIONS):                  # the later one stands on it
        with pytest.raises(TitoError, match=r"01_tensor: the cell test_mul is not Python: line 2, '\(' was never"):
            audit.Audit(classroom, module, sandboxed=SANDBOXED)


def test_a_list_of_wrong_answers_that_is_no_python_is_named_with_its_path_and_line(tmp_path, monkeypatch):
    (tmp_path / "tensor.py").write_text("WRONG = [\n    Wrong(1)\n    Wrong(2),\n]\n", encoding="utf-8")
    monkeypatch.setattr(wrong_answers, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "autograder.audit.wrong_answers.tensor", raising=False)
    with pytest.raises(TitoError, match=r"^autograder/audit/wrong_answers/tensor\.py, line 2: .*comma"):
        audit.wrong_answers(TENSOR)
