"""Points that a person gave, and gradebooks that are new."""
import dataclasses

from autograder.records.gradebook import gradebook
from tests.autograder.small_class import TENSOR, blank, grade, hand_in, row, small_class, submission


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


def test_points_for_an_answer_go_with_the_answer(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    give(classroom, 3, extra=2)
    assert row(classroom, "ada", TENSOR).score == 10
    hand_in(classroom, "ada", TENSOR, blank(classroom, TENSOR))
    grade(classroom)
    after = row(classroom, "ada", TENSOR)
    assert after.score == 0 and "were taken back" in after.remarks


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
