"""Grading again: who won and lost what is told, and the old points are kept."""
import csv
import json

import pytest

from autograder.grade import run as grading
from autograder.grade.changes import FILE
from autograder.grade.examine import examine
from tests.autograder.small_class import SANDBOXED, TENSOR, cell, grade, hand_in, row, small_class, submission
from tests.helpers import edit
from tito.errors import TitoError

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


def test_a_test_that_is_not_python_is_told_once_for_the_module_and_touches_no_grade(tmp_path):
    classroom = small_class(tmp_path)
    for student in ("ada", "blaise"):
        hand_in(classroom, student, TENSOR)
    grade(classroom)

    def spoil(cells):
        cell({"cells": cells}, "test_mul")["source"] += "\nassert ("
        return cells

    edit(TENSOR.notebook(classroom.root), spoil)
    with pytest.raises(TitoError, match=r"^01_tensor: the cell test_mul is not Python: line \d+, .*"
                                        r"\. Mend it in notebooks/01_tensor/01_tensor\.ipynb\.$"):
        grade(classroom)
    assert [row(classroom, student, TENSOR).score for student in ("ada", "blaise")] == [5, 5]


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


def test_by_a_test_that_the_reference_fails_nothing_is_graded(tmp_path):
    classroom = small_class(tmp_path)
    reference = TENSOR.notebook(classroom.root)
    right = reference.read_text(encoding="utf-8")
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    reference.write_text(right.replace("== [8, 15]", "== [9, 15]"), encoding="utf-8")
    hand_in(classroom, "ben", TENSOR)
    for _ in range(2):                                    # not only the first time
        with pytest.raises(TitoError) as refused:
            grade(classroom)
        assert str(refused.value) == ("01_tensor: the reference loses 2 points in test_mul (2·4 and 3·5 are 8 and 15, "
                                      "yours gave [8.0, 15.0]): mend the test, tito audit 01 shows all. "
                                      "Nothing was graded.")
    assert [row(classroom, name, TENSOR).score for name in ("ada", "ben")] == [5, None]
    assert kept(classroom) == []
    reference.write_text(right, encoding="utf-8")
    assert grade(classroom).graded.total() == 1           # ben: ada's grade still follows from what lies there


def test_the_reference_is_examined_once_for_each_version_of_the_tests(tmp_path, monkeypatch):
    classroom, examined = small_class(tmp_path), []
    monkeypatch.setattr(grading, "examine", lambda job: examined.append(job.handed_in) or examine(job))
    for student in ("ada", "ben"):
        hand_in(classroom, student, TENSOR)
        grade(classroom)
    assert len(examined) == 1 + 2
    reference = TENSOR.notebook(classroom.root)
    reference.write_text(reference.read_text(encoding="utf-8").replace("mul should", "mul has to"), encoding="utf-8")
    grade(classroom)
    assert len(examined) == 3 + 1 + 2
    grade(classroom)
    assert len(examined) == 6
