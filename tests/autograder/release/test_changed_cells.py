"""Exercises added, removed and renamed after submissions exist."""
import pytest

from autograder.collect.rebuild import rebuild
from autograder.records.files import read_notebook
from autograder.records.gradebook import gradebook
from autograder.records.hand_scores import read_kept
from autograder.records.submission import Submission
from autograder.release.notebook import ensure_released, withdraw
from autograder.report.grades import read_grades
from tests import helpers
from tests.autograder.inbox import answering, collect, put_tree
from tests.autograder.small_class import ACTIVATIONS, TENSOR, grade, hand_in, row, small_class, submission

NEG = [helpers.answer("neg", "#| export\ndef neg(a):\n    ### BEGIN SOLUTION\n    return Tensor(-a.numpy())\n"
                             "    ### END SOLUTION"),
       helpers.test_cell("test_more", "assert mul(Tensor([3]), Tensor([2])).numpy()[0] == 6, '3·2 is 6'", 7)]


def change(classroom, edit) -> None:
    helpers.edit(TENSOR.notebook(classroom.root), edit)


def without(*names):
    return lambda cells: [cell for cell in cells if helpers.grade_id(cell) not in names]


def renamed(**names):
    def edit(cells):
        for cell in cells:
            if helpers.grade_id(cell) in names:
                cell["metadata"]["nbgrader"]["grade_id"] = names[helpers.grade_id(cell)]
    return edit


def give(classroom, cell, points, module=TENSOR, comment=None):
    """What a person does in Formgrader."""
    with gradebook(classroom) as book:
        notebook = book.find_submission_notebook(module.id, module.id, "ada")
        for grade in notebook.grades:
            if grade.name == cell:
                grade.manual_score, grade.needs_manual_grade = points, False
        for entry in notebook.comments:
            if entry.name == cell and comment is not None:
                entry.manual_comment = comment
        book.db.commit()


@pytest.fixture
def graded(tmp_path):
    """Two students' work, and a person has read ada's answer and overruled one of her tests."""
    classroom = small_class(tmp_path)
    for student in ("ada", "blaise"):
        hand_in(classroom, student, TENSOR)
    grade(classroom, TENSOR)
    give(classroom, "why_float32", 3, comment="Well said.")
    give(classroom, "test_mul", 1)
    return classroom


def grades_of(classroom, student="ada"):
    with gradebook(classroom) as book:
        found = book.find_submission_notebook(TENSOR.id, TENSOR.id, student)
        return {grade.name: grade.score for grade in found.grades}, {comment.name for comment in found.comments}


def test_an_added_exercise_counts_from_now_on_and_hand_scores_stay(graded, capsys):
    change(graded, lambda cells: cells + NEG)
    assert grade(graded, TENSOR).failed == []
    told = capsys.readouterr().err
    assert "added neg, test_more" in told and told.count("\n") == 1
    assert grades_of(graded) == ({"test_tensor": 3, "test_mul": 1, "why_float32": 3, "test_more": 7},
                                 {"tensor", "mul", "why_float32", "neg"})
    after = row(graded, "ada", TENSOR)
    assert (after.score, after.max_score) == (14, 16) and "taken back" not in after.remarks
    assert "deleted" not in after.remarks and "put back" not in after.remarks        # she never had these cells
    assert grade(graded, TENSOR).current.total() == 2


def test_a_removed_exercise_leaves_the_gradebook_and_the_rest_stays(graded, capsys):
    change(graded, without("mul", "test_mul"))
    assert grade(graded, TENSOR).failed == []
    assert "removed mul, test_mul" in capsys.readouterr().err
    assert grades_of(graded) == ({"test_tensor": 3, "why_float32": 3}, {"tensor", "why_float32"})
    assert row(graded, "ada", TENSOR).max_score == 7
    assert ("ada", "test_mul", False) in read_kept(graded, TENSOR)         # what a person gave is not thrown away


def test_renamed_cells_keep_answers_points_and_comments(graded, capsys):
    change(graded, renamed(mul="product", test_mul="test_product", why_float32="why_half"))
    assert grade(graded, TENSOR).failed == []
    assert "renamed mul to product, test_mul to test_product, why_float32 to why_half" in capsys.readouterr().err
    assert grades_of(graded)[0] == {"test_tensor": 3, "test_product": 1, "why_half": 3}
    after = row(graded, "ada", TENSOR)
    assert after.score == 7 and "wait for a person" not in after.remarks and "deleted" not in after.remarks
    assert row(graded, "blaise", TENSOR).score == 5                         # her answer mul is her answer product
    assert read_kept(graded, TENSOR)["ada", "why_half", True].comment == "Well said."
    assert grade(graded, TENSOR).current.total() == 2


def test_an_answer_that_is_renamed_and_handed_in_changed_is_read_again(graded):
    notebook = submission(graded, TENSOR, why_float32="Something else.")
    change(graded, renamed(why_float32="why_half"))
    hand_in(graded, "ada", TENSOR, notebook)
    grade(graded, TENSOR)
    after = row(graded, "ada", TENSOR)
    assert after.score == 4 and "Changed since a person gave points" in after.remarks and "wait" in after.remarks


def test_a_test_that_becomes_a_question_under_its_old_name(graded):
    change(graded, lambda cells: [*without("test_mul")(cells), helpers.written("test_mul", "Because.", 2)])
    assert grade(graded, TENSOR).failed == []
    assert "test_mul" in grades_of(graded)[1]


def test_collecting_after_a_change_takes_the_old_notebook(graded, inbox):
    put_tree(inbox, "carl", answering(graded, "old = 1"))
    change(graded, renamed(mul="product"))
    change(graded, lambda cells: cells + NEG)
    ensure_released(graded, [TENSOR])
    result = collect(graded, inbox)
    assert result.new == ["carl"] and "deleted" not in " ".join(result.remarks)
    release, raw = read_notebook(graded.released(TENSOR)), Submission(graded, "carl", TENSOR).submitted.read_bytes()
    assert any(cell["source"] == "#| export\nold = 1" for cell in rebuild(release, raw)[0]["cells"])


def test_a_change_back_and_a_run_that_is_killed_in_between(graded):
    change(graded, renamed(mul="product"))
    ensure_released(graded, [TENSOR])
    change(graded, renamed(product="mul"))
    ensure_released(graded, [TENSOR])
    release = read_notebook(graded.released(TENSOR))
    assert release.metadata.tinytorch["renamed"] == {"product": "mul"}
    graded.released(TENSOR).unlink()                     # killed before the release was written
    assert grade(graded, TENSOR).failed == [] and row(graded, "ada", TENSOR).score == 7


def test_a_module_that_is_withdrawn_leaves_no_columns_unless_it_was_handed_in(graded, capsys):
    assert {one.assignment for one in read_grades(graded, [TENSOR, ACTIVATIONS])} == {TENSOR.id, ACTIVATIONS.id}
    withdraw(graded, [])
    assert {one.assignment for one in read_grades(graded, [TENSOR, ACTIVATIONS])} == {TENSOR.id}
    assert "02_activations is not released any more" in capsys.readouterr().err
    assert not graded.released(ACTIVATIONS).exists() and graded.released(TENSOR).exists()
    hand_in(graded, "ada", ACTIVATIONS, b"{}")
    assert grade(graded).current.total() == 2 and graded.released(ACTIVATIONS).exists()
