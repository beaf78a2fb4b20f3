"""Points that a person gave, and gradebooks that are new."""
import dataclasses

import pytest

from autograder.grade.hand_scores import Hand, settle
from autograder.records.answers import seen_in
from autograder.records.gradebook import gradebook
from tests import helpers
from tests.autograder.small_class import ACTIVATIONS, TENSOR, blank, grade, hand_in, row, small_class, submission


def essay_of(classroom):
    return next(cell.metadata.nbgrader.grade_id for cell in blank(classroom, TENSOR).cells
                if cell.metadata.get("nbgrader", {}).get("solution") and cell.metadata.nbgrader.grade)


def give(classroom, points, extra=0):
    """What a person does in Formgrader."""
    with gradebook(classroom) as book:
        for entry in book.find_submission_notebook(TENSOR.id, TENSOR.id, "ada").grades:
            if entry.name == essay_of(classroom):
                entry.manual_score, entry.extra_credit, entry.needs_manual_grade = points, extra, False
        book.db.commit()


def overrule(classroom, module, test, points):
    with gradebook(classroom) as book:
        grade_of_test = book.find_grade(test, module.id, module.id, "ada")
        grade_of_test.manual_score, grade_of_test.needs_manual_grade = points, False
        book.db.commit()


def test_points_for_an_answer_go_with_the_answer(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    give(classroom, 3, extra=2)
    assert row(classroom, "ada", TENSOR).score == 10
    hand_in(classroom, "ada", TENSOR, blank(classroom, TENSOR))
    grade(classroom)
    after = row(classroom, "ada", TENSOR)
    assert after.score == 0 and "were taken back" in after.remarks and essay_of(classroom) in after.remarks


def test_points_for_an_answer_that_stayed_stay(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    give(classroom, 3)
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=None))
    grade(classroom)
    after = row(classroom, "ada", TENSOR)
    assert after.score == 3 + 3 and "wait for a person" not in after.remarks and "taken back" not in after.remarks


def test_another_gradebook_is_filled_from_what_lies_there(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    other = dataclasses.replace(classroom, db_url=f"sqlite:///{tmp_path / 'other.db'}")
    assert grade(other).graded.total() == 1
    assert row(other, "ada", TENSOR).score == 5 and grade(other).current.total() == 1


def test_a_gradebook_with_a_gap_is_shown_with_the_mend(tmp_path):
    classroom = small_class(tmp_path)
    for name in ("ada", "bob"):
        hand_in(classroom, name, TENSOR)
    grade(classroom)
    with gradebook(classroom) as book:
        book.remove_submission(TENSOR.id, "ada")
    assert "tito grade enters it" in row(classroom, "ada", TENSOR).status and row(classroom, "bob", TENSOR).score == 5


def test_a_resubmission_with_only_a_comment_changed_leaves_every_point_as_it_is(tmp_path):
    """In the module itself and in the one that stands on it, whose grade is computed again."""
    classroom = small_class(tmp_path)
    for module in (TENSOR, ACTIVATIONS):
        hand_in(classroom, "ada", module)
    grade(classroom)
    give(classroom, 3)
    overrule(classroom, TENSOR, "test_mul", 1)
    overrule(classroom, ACTIVATIONS, "test_relu", 4)
    product = "#| export\ndef mul(a, b):  # mine\n\n    product = a.numpy()  *  b.numpy()\n    return Tensor(product)"
    doc = '    """The product of two tensors, element by element."""\n'
    notebook = submission(classroom, TENSOR, mul=product.replace("# mine\n\n", f"# mine\n\n{doc}"),
                          why_float32="Because it is half of float64.  \n")
    hand_in(classroom, "ada", TENSOR, notebook)
    assert grade(classroom).graded.total() == 2
    rows = row(classroom, "ada", TENSOR), row(classroom, "ada", ACTIVATIONS)
    assert [after.score for after in rows] == [3 + 1 + 3, 4]
    assert not any("wait for a person" in after.remarks or "taken back" in after.remarks for after in rows)


@pytest.mark.parametrize("changed, fallen", [
    ({"why_float32": "Other words."}, {"why_float32"}), ({"mul": "#| export\nmul = 1"}, {"test_mul"}),
    ({"mul": "#| export\nmul = 'a # b'"}, {"test_mul"}), ({"mul": "#| export\n%magic\nmul = ("}, {"test_mul"})])
def test_only_what_an_answer_decides_is_read_again(changed, fallen):
    before = {**ANSWERS, "mul": "#| export\nmul = 'a'  # b"}
    hands = {"why_float32": Hand(3, None, True), "test_mul": Hand(1, None, False),
             "test_tensor": Hand(None, None, False)}
    settled, remarks = settle(notebook_of(before), notebook_of({**before, **changed}), hands, {})
    assert {name for name in hands if hands[name].given and not settled[name].given} == fallen
    assert settled["why_float32"].waits == ("why_float32" in fallen) and all(name in remarks[0] for name in fallen)


def test_another_picture_under_the_same_name_is_read_again():
    """As Colab's pictures are, which get their names by their order."""
    def with_picture(png):
        notebook = notebook_of({**ANSWERS, "why_float32": "![](attachment:inline-0)"})
        notebook["cells"][-1]["attachments"] = {"inline-0": {"image/png": png}}
        return notebook

    hands = {"why_float32": Hand(3, None, True)}
    assert settle(with_picture("old"), with_picture("old"), hands, {})[0]["why_float32"] == Hand(3, None, False)
    assert settle(with_picture("old"), with_picture("new"), hands, {})[0]["why_float32"].score is None


def test_an_answer_that_nobody_can_compare_keeps_its_points_and_waits(tmp_path):
    hands = {"why_float32": Hand(3, None, True)}
    settled, remarks = settle(None, notebook_of(ANSWERS), hands, {})
    assert settled["why_float32"] == Hand(3, None, True) and not remarks
    seen = seen_in(notebook_of(ANSWERS))
    assert settle(None, notebook_of(ANSWERS), hands, seen)[0]["why_float32"] == Hand(3, None, False)
    assert settle(None, notebook_of({**ANSWERS, "why_float32": "No."}), hands, seen)[0]["why_float32"].score is None


def test_that_an_answer_has_changed_is_said_until_it_is_read(tmp_path):
    after = notebook_of({**ANSWERS, "why_float32": "No."})
    nobody_yet, seen = {"why_float32": Hand(None, None, True)}, seen_in(notebook_of(ANSWERS))
    assert "why_float32" in settle(after, after, nobody_yet, seen)[1][0]
    assert settle(after, after, {"why_float32": Hand(1, None, True)}, seen)[1] == []


ANSWERS = {"mul": "#| export\nmul = 1", "why_float32": "Because."}


def notebook_of(answers):
    cells = [helpers.answer("mul", answers["mul"]), helpers.test_cell("test_mul", "assert mul", 2),
             helpers.test_cell("test_tensor", "pass", 1), helpers.written("why_float32", answers["why_float32"], 4)]
    return {"cells": cells}
