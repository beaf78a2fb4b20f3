"""Grading again: who won and lost what is told, and the old points are kept."""
import csv
import json

from autograder.grade import run as grading
from autograder.grade.changes import FILE
from tests.autograder.small_class import SANDBOXED, TENSOR, cell, grade, hand_in, small_class, submission

ONLY_VECTORS = "#| export\ndef mul(a, b):\n    return Tensor([x * y for x, y in zip(a.numpy(), b.numpy())])"


def kept(classroom):
    path = classroom.folder / FILE
    return list(csv.DictReader(path.open(encoding="utf-8"))) if path.exists() else []


def regrade(classroom):
    return grading.grade_class(classroom, [TENSOR], grading.Policy.fallback, SANDBOXED, again=True)


def test_grading_again_what_is_the_same_changes_nothing(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    outcome = regrade(classroom)
    assert (outcome.graded.total(), outcome.current.total(), outcome.changes) == (1, 0, [])
    assert kept(classroom) == []
    assert grade(classroom).current.total() == 1


def test_a_resubmission_that_wins_points_is_told_with_the_old_ones(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=ONLY_VECTORS))
    hand_in(classroom, "ben", TENSOR)
    assert grade(classroom).changes == []
    hand_in(classroom, "ada", TENSOR)
    assert list(map(str, grade(classroom).changes)) == ["ada 01_tensor: test_mul 0 -> 2"]
    line, = kept(classroom)
    assert (line["student"], line["before"], line["after"], line["why"]) == ("ada", "0.0", "2.0", "resubmitted")


def test_a_mended_test_has_its_module_graded_again_and_tells_who_lost(tmp_path):
    classroom = small_class(tmp_path)
    reference = TENSOR.notebook(classroom.root)
    right = reference.read_text(encoding="utf-8")
    weak = json.loads(right)
    cell(weak, "test_mul")["source"] = "pass"
    reference.write_text(json.dumps(weak), encoding="utf-8")
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=ONLY_VECTORS))
    hand_in(classroom, "ben", TENSOR)
    grade(classroom)
    reference.write_text(right, encoding="utf-8")
    outcome = grade(classroom)
    assert outcome.graded.total() == 2
    assert list(map(str, outcome.changes)) == ["ada 01_tensor: test_mul 2 -> 0"]
    assert [line["why"] for line in kept(classroom)] == ["regraded"]
