"""A gradebook that was deleted, restored from a copy, or left for another: what people gave comes back."""
import dataclasses
import shutil
from pathlib import Path

import pytest

from autograder.grade.safeguard import Held
from autograder.records.database import gradebook_fault
from autograder.records.hand_scores import HandScore, path_of, read_kept
from autograder.records.reconcile import bring_together
from autograder.records.submission import Submission
from tests.autograder.release.test_changed_cells import give, grades_of
from tests.autograder.small_class import TENSOR, grade, hand_in, row, small_class, submission
from tito.errors import TitoError

QUESTION = "why_float32"


@pytest.fixture
def graded(tmp_path):
    """Two students' work; a person has read ada's answer, with a comment, and overruled one of her tests."""
    classroom = small_class(tmp_path)
    for student in ("ada", "blaise"):
        hand_in(classroom, student, TENSOR)
    grade(classroom, TENSOR)
    give(classroom, QUESTION, 3, comment="Well said,\n=half \"of it\"; ü.")
    give(classroom, "test_mul", 1)
    bring_together(classroom)
    return classroom


def book_of(classroom) -> Path:
    return classroom.folder / "gradebook.db"


def comment_of(classroom) -> str:
    from autograder.records.gradebook import gradebook

    with gradebook(classroom) as book:
        return book.find_comment(QUESTION, TENSOR.id, TENSOR.id, "ada").manual_comment


def test_what_people_gave_lies_in_a_readable_file(graded):
    lines = path_of(graded, TENSOR).read_text("utf-8").splitlines()
    assert lines[0] == "student,cell,points,extra_credit,comment,answer" and lines[1].startswith("ada,test_mul,1.0,,,")
    assert read_kept(graded, TENSOR)["ada", QUESTION, True].comment == "Well said,\n=half \"of it\"; ü."


def test_a_deleted_gradebook_is_filled_again_and_what_people_gave_comes_back(graded, capsys):
    book_of(graded).unlink()
    outcome = grade(graded, TENSOR)
    assert outcome.graded.total() == 2 and outcome.failed == []
    told = capsys.readouterr().err
    assert "2 submissions were graded again" in told and "3 points or comments that people gave" in told
    assert grades_of(graded)[0] == {"test_tensor": 3, "test_mul": 1, QUESTION: 3}
    assert "wait for a person" not in row(graded, "ada", TENSOR).remarks
    assert comment_of(graded) == "Well said,\n=half \"of it\"; ü."
    assert grade(graded, TENSOR).current.total() == 2 and "tito" not in capsys.readouterr().err


def test_a_gradebook_of_yesterday_gets_what_it_lacks_and_what_was_newer(graded, tmp_path, capsys):
    shutil.copy(book_of(graded), tmp_path / "yesterday.db")
    give(graded, QUESTION, 4, comment="Even better.")
    hand_in(graded, "blaise", TENSOR, submission(graded, TENSOR, mul=None))
    hand_in(graded, "carl", TENSOR)
    grade(graded, TENSOR)
    shutil.copy(tmp_path / "yesterday.db", book_of(graded))
    capsys.readouterr()
    assert grade(graded, TENSOR).graded.total() == 2                # blaise has other points there, carl none
    assert "2 submissions were graded again" in capsys.readouterr().err
    assert grades_of(graded)[0][QUESTION] == 4 and comment_of(graded) == "Even better."
    assert [row(graded, name, TENSOR).score for name in ("ada", "blaise", "carl")] == [8, 3, 5]


def test_a_newer_gradebook_is_never_overwritten(graded):
    give(graded, QUESTION, 2, comment="Read again.")
    assert bring_together(graded) == []
    assert grades_of(graded)[0][QUESTION] == 2 and comment_of(graded) == "Read again."
    assert read_kept(graded, TENSOR)["ada", QUESTION, False].points == 2


def test_files_of_yesterday_do_not_win_over_the_gradebook(graded, tmp_path):
    shutil.copytree(graded.folder / "hand_scores", tmp_path / "yesterday")
    give(graded, QUESTION, 2)
    give(graded, "test_mul", None)
    bring_together(graded)
    shutil.rmtree(graded.folder / "hand_scores")
    shutil.copytree(tmp_path / "yesterday", graded.folder / "hand_scores")
    assert bring_together(graded) == [] and grades_of(graded)[0] == {"test_tensor": 3, "test_mul": 2, QUESTION: 2}


def test_points_that_a_person_takes_away_do_not_come_back(graded):
    give(graded, "test_mul", None)
    bring_together(graded)
    hand_in(graded, "ada", TENSOR, submission(graded, TENSOR, why_float32="Other words."))
    grade(graded, TENSOR)
    assert grades_of(graded)[0]["test_mul"] == 2 and ("ada", "test_mul", False) not in read_kept(graded, TENSOR)


def test_points_for_another_answer_are_not_put_back(graded):
    book_of(graded).unlink()
    hand_in(graded, "ada", TENSOR, submission(graded, TENSOR, why_float32="Other words."))
    grade(graded, TENSOR)
    after = row(graded, "ada", TENSOR)
    assert after.score == 4 and "wait for a person" in after.remarks and "Changed since a person" in after.remarks
    assert read_kept(graded, TENSOR)["ada", QUESTION, False].points == 3
    hand_in(graded, "ada", TENSOR)                                  # the answer that the person read is there again
    grade(graded, TENSOR)
    assert row(graded, "ada", TENSOR).score == 7 and grades_of(graded)[0][QUESTION] == 3


def test_what_was_given_follows_to_another_database(graded, tmp_path):
    other = dataclasses.replace(graded, db_url=f"sqlite:///{tmp_path / 'other.db'}")
    grade(other, TENSOR)
    assert grades_of(other)[0] == {"test_tensor": 3, "test_mul": 1, QUESTION: 3}


def test_a_run_that_is_stopped_after_the_gradebook_was_deleted_loses_nothing(graded, monkeypatch):
    book_of(graded).unlink()
    from autograder.grade import run

    def stop(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(TitoError, match="Stopped"):
        patched.setattr(run.Submission, "failure", property(stop))          # after the first grade is saved
        grade(graded, TENSOR)
    grade(graded, TENSOR)
    assert grades_of(graded)[0] == {"test_tensor": 3, "test_mul": 1, QUESTION: 3}


def test_a_file_that_somebody_spoilt_is_one_line_with_the_mend(graded):
    path_of(graded, TENSOR).write_text("student,cell,points,extra_credit,comment,answer\nada,why_float32,three,,,\n")
    with pytest.raises(TitoError, match="ada why_float32.*move it away") as refused:
        bring_together(graded)
    assert "\n" not in str(refused.value)
    path_of(graded, TENSOR).unlink()
    bring_together(graded)
    assert read_kept(graded, TENSOR)["ada", QUESTION, False] == HandScore(3, None, "", read_kept(
        graded, TENSOR)["ada", QUESTION, False].answer)


def test_gradebook_and_graded_notebook_agree_or_not(graded):
    held, ada = Held(graded), Submission(graded, "ada", TENSOR)
    assert held.agrees(ada, ada.graded().provenance) and held.lacking == []
    other = dataclasses.replace(ada.graded().provenance, scores={"test_tensor": (1.0, 3.0)})
    assert not held.agrees(ada, other) and held.lacking == [ada]


def test_what_is_no_fault_of_the_database_is_none():
    try:
        try:
            raise ValueError("of ours")
        except ValueError:
            raise KeyError("because of it") from None
    except KeyError as error:
        assert gradebook_fault(None, error) is None


def test_points_given_and_taken_away_in_one_sitting_leave_nothing(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom, TENSOR)
    for points in (3, None):
        give(classroom, QUESTION, points)
        assert bring_together(classroom, only=TENSOR) == []
        assert bool(read_kept(classroom, TENSOR)) == bool(points)
