"""Somebody leaves the class and comes back: nothing is lost, and nobody else notices."""
import pytest

from autograder.collect import take_in as collecting
from autograder.collect.roster import Roster
from autograder.collect.sources import find_candidates
from autograder.records.gradebook import gradebook
from autograder.report.feedback import write_feedback
from autograder.report.grades import read_grades
from autograder.students import leaving
from autograder.students.leaving import STEPS, bring_back, remove
from tests.autograder.inbox import answering, collect, put, put_zip, zipped
from tests.autograder.small_class import TENSOR, copied, grade, hand_in, small_class
from tito.errors import TitoError


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """ada and ben, collected twice and graded; ada's written answer was read and commented."""
    classroom, inbox = small_class(tmp_path_factory.mktemp("leaving")), tmp_path_factory.mktemp("inbox")
    for day, answer in ((1, "first = 1"), (2, "second = 2")):
        for student in ("ada", "ben"):
            put_zip(inbox, student, answering(classroom, answer), day)
        collect(classroom, inbox)
    grade(classroom, TENSOR)
    with gradebook(classroom) as book:
        essay = book.find_grade("why_float32", TENSOR.id, TENSOR.id, "ada")
        essay.manual_score, essay.extra_credit, essay.needs_manual_grade = 3, 1, False
        book.find_comment("why_float32", TENSOR.id, TENSOR.id, "ada").manual_comment = "Well argued."
        book.db.commit()
    write_feedback(classroom, [TENSOR])
    return classroom, inbox


@pytest.fixture
def graded(once, tmp_path):
    return copied(once[0], tmp_path)


def roster_of(classroom):
    return Roster(classroom.folder / "roster.csv")


def files_of(classroom, student):
    return {path.relative_to(classroom.folder): path.read_bytes() for step in STEPS
            for path in (classroom.folder / step / student).rglob("*") if path.is_file()}


def rows(classroom):
    return {row.student: row for row in read_grades(classroom, [TENSOR])}


def test_all_that_was_theirs_is_kept_aside_and_comes_back_with_points_and_comments(graded):
    before, ada, ben = files_of(graded, "ada"), rows(graded)["ada"], rows(graded)["ben"]
    assert len(before) > 4 and ada.score == 7                          # 3 of 5 for the tests, and 3 + 1
    kept = remove(graded, roster_of(graded), "ada")
    assert files_of(graded, "ada") == {} and rows(graded) == {"ben": ben}
    assert len([path for path in kept.rglob("*") if path.is_file()]) == len(before) + 1
    with gradebook(graded) as book:
        assert [student.id for student in book.students] == ["ben"]
    assert grade(graded, TENSOR).current.total() == 1

    assert bring_back(graded, roster_of(graded), "ada") == []
    assert files_of(graded, "ada") == before and rows(graded) == {"ada": ada, "ben": ben} and not kept.exists()
    assert grade(graded, TENSOR).graded.total() == 0                   # no test is run again
    with gradebook(graded) as book:
        assert book.find_comment("why_float32", TENSOR.id, TENSOR.id, "ada").manual_comment == "Well argued."


def test_who_has_left_is_not_collected_and_not_asked_for(graded, once):
    remove(graded, roster_of(graded), "ada")
    found = find_candidates(TENSOR, once[1])
    result = collecting.collect(graded, TENSOR, found, roster_of(graded).gone())
    assert result.unchanged == ["ben"] and "tito students add" in result.remarks[0] and result.rejected == []
    assert not (graded.folder / "submitted/ada").exists()


@pytest.mark.parametrize("step", ["gradebook", "rename"])
def test_it_can_be_stopped_anywhere_and_run_again(graded, monkeypatch, step):
    before, ada = files_of(graded, "ada"), rows(graded)["ada"]
    with monkeypatch.context() as stopped:
        if step == "gradebook":
            stopped.setattr(leaving.Roster, "save", stop)
        else:
            stopped.setattr(leaving.Path, "rename", stop)
        with pytest.raises(KeyboardInterrupt):
            remove(graded, roster_of(graded), "ada")
    remove(graded, roster_of(graded), "ada")
    assert files_of(graded, "ada") == {} and "ada" not in rows(graded)
    assert bring_back(graded, roster_of(graded), "ada") == []
    assert files_of(graded, "ada") == before and rows(graded)["ada"] == ada


def test_who_comes_back_counts_as_gone_until_all_is_back_so_a_stopped_run_can_be_done_again(graded, monkeypatch):
    before = files_of(graded, "ada")
    remove(graded, roster_of(graded), "ada")
    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(leaving.Path, "rename", stop)
        bring_back(graded, roster_of(graded), "ada")
    assert "ada" in roster_of(graded).gone()
    assert bring_back(graded, roster_of(graded), "ada") == []
    assert files_of(graded, "ada") == before and "ada" not in roster_of(graded).gone()


def stop(*arguments):
    raise KeyboardInterrupt


def test_newer_work_in_the_course_is_not_written_over(graded):
    kept = remove(graded, roster_of(graded), "ada")
    newer = hand_in(graded, "ada", TENSOR, b"newer")
    remarks = bring_back(graded, roster_of(graded), "ada")
    assert newer.read_bytes() == b"newer" and any("submitted" in line for line in remarks)
    assert (kept / "submitted" / "01_tensor").is_dir()


def test_nobody_is_removed_who_is_not_there(graded):
    with pytest.raises(TitoError, match="no student 'zoe'"):
        remove(graded, roster_of(graded), "zoe")


def test_a_link_in_the_place_of_a_folder_is_moved_and_not_followed(graded, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (graded.folder / "rejected").mkdir(exist_ok=True)
    (graded.folder / "rejected/ada").symlink_to(outside)
    kept = remove(graded, roster_of(graded), "ada")
    assert (outside / "file").read_text() == "mine" and (kept / "rejected").is_symlink()



def test_rejected_files_of_an_id_with_a_dot_leave_with_it_and_nobody_elses_do(graded, inbox):
    for name in ("ada.l", "ada_l", "ada l"):
        put(inbox / f"{name}-01_tensor.zip", zipped({"01_tensor.ipynb": b"{"}))
    assert len(collect(graded, inbox).rejected) == 3
    before = sorted(path.name for path in (graded.folder / "rejected").iterdir())
    roster = roster_of(graded)
    roster.put("class", "", "", "ada.l")
    kept = remove(graded, roster, "ada.l")
    assert len([*(kept / "rejected").rglob("*.ipynb")]) == 1
    assert sorted(path.name for path in (graded.folder / "rejected").iterdir()) == [n for n in before if n != "ada.l"]
    assert len(before) == 3 and "ada_l" in before
    assert bring_back(graded, roster_of(graded), "ada.l") == []
    assert sorted(path.name for path in (graded.folder / "rejected").iterdir()) == before
