"""Late work: what course.toml says, what the time of hand-in says, and what that costs."""
import json
from datetime import UTC, datetime, timedelta

import pytest

from autograder.collect.take_in import collect
from autograder.grade.lateness import duration, how_late, lateness, write_penalties
from autograder.records.clock import Clock, Moment
from autograder.records.gradebook import gradebook
from autograder.records.settings import Settings, read_settings
from autograder.records.submission import Submission
from autograder.report.feedback import write_feedback
from autograder.report.grades import LAYOUTS, read_grades
from tests.autograder.inbox import put_zip
from tests.autograder.small_class import ACTIVATIONS, TENSOR, copied, grade, hand_in, row, small_class, submission
from tito.errors import TitoError

LATE = """\
timezone = "Europe/Berlin"
[due]
01_tensor = 2026-10-05
[late]
grace = "15 minutes"
penalty = "10% per day"
at_most = "50%"
closes_after = "7 days"
"""
DUE = datetime(2026, 10, 5, 21, 59, 59, 999999, UTC)         # the end of the day in Berlin, in summer


def settings(tmp_path, text=LATE) -> Settings:
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    return read_settings(tmp_path)


def late(rule, clock=Clock.exchange, **after):
    return lateness(Moment(DUE + timedelta(**after), clock), rule)


@pytest.mark.parametrize("after, share", [
    ({"days": -3}, 0), ({"minutes": 15}, 0), ({"minutes": 16}, 0.1), ({"days": 1}, 0.1),
    ({"days": 1, "seconds": 1}, 0.2), ({"days": 6}, 0.5), ({"days": 7}, 0.5), ({"days": 7, "seconds": 1}, 1.0)])
def test_every_day_that_has_begun_costs_up_to_the_most_and_after_the_close_everything_is_lost(tmp_path, after, share):
    assert late(settings(tmp_path).rule("ada", TENSOR), **after).share == pytest.approx(share)


@pytest.mark.parametrize("penalty, after, share", [("1% per hour", {"minutes": 90}, 0.02), ("20%", {"days": 3}, 0.2),
                                                   ("2.5 % per week", {"days": 7}, 0.025), ("0%", {"days": 1}, 0)])
def test_penalties_of_other_kinds(tmp_path, penalty, after, share):
    rule = settings(tmp_path, LATE.replace("10% per day", penalty)).rule("ada", TENSOR)
    assert late(rule, **after).share == pytest.approx(share)


@pytest.mark.parametrize("clock, after, share, says", [
    (Clock.disk, {"days": -1}, 0, ""), (Clock.disk, {"days": 9}, 0, "not known"),
    (Clock.canvas_on_time, {"days": 9}, 0, ""), (Clock.canvas_late, {"days": 9}, 0.1, "Canvas does not say how much"),
    (Clock.canvas_late, {"days": -1}, 0, ""), (Clock.gradescope, {"days": 2}, 0.2, "2 days late"),
    (Clock.table, {"days": 2}, 0.2, "2 days late"), (Clock.exchange, {"days": 2}, 0.2, "2 days late")])
def test_nobody_loses_points_on_a_guess(tmp_path, clock, after, share, says):
    found = late(settings(tmp_path).rule("ada", TENSOR), clock, **after)
    assert found.share == pytest.approx(share) and (says in found.says if says else not found.says)


def test_a_time_that_nobody_knows_costs_nothing_and_is_said(tmp_path):
    found = lateness(None, settings(tmp_path).rule("ada", TENSOR))
    assert found.share == 0 and "not known" in found.says


def test_without_a_due_date_nothing_is_late(tmp_path):
    assert not late(settings(tmp_path).rule("ada", ACTIVATIONS), days=99).says
    assert not late(read_settings(tmp_path / "elsewhere").rule("ada", TENSOR), days=99).says


def test_a_student_can_be_granted_more_time_for_everything_or_for_one_module(tmp_path):
    rules = settings(tmp_path, LATE + """
[late.02_activations]
penalty = "30%"
[student.ada]
extension = "2 days"
[student.ada.02]
extension = "1 week"
[student."grace@example.org".tensor]
due = 2026-10-08 12:00:00
[student.zoe.01]
handed_in = 2026-10-05 22:00:00
""")
    assert late(rules.rule("ada", TENSOR), days=2).share == 0
    assert late(rules.rule("ada", TENSOR), days=2, hours=1).share == pytest.approx(0.1)
    assert late(rules.rule("ada", TENSOR), Clock.canvas_late, days=2, hours=1).share == 0      # late by whose date?
    assert late(rules.rule("grace@example.org", TENSOR), days=2).share == 0
    assert late(rules.rule("zoe", TENSOR), Clock.exchange, days=6).share == 0       # the instructor's word
    assert rules.rule("bob", ACTIVATIONS).percent == 30 and rules.rule("bob", TENSOR).percent == 10


@pytest.mark.parametrize("span, words", [({"seconds": 1}, "1 min"), ({"hours": 3}, "3 h"), ({}, ""),
                                         ({"days": 1, "minutes": 5}, "1 day 5 min"),
                                         ({"days": 12, "hours": 2}, "12 days 2 h")])
def test_durations_in_words(span, words):
    assert duration(timedelta(**span)) == words


# In a class

@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """ada handed in on time, ben a day late; both have 5 of 9 points."""
    classroom = small_class(tmp_path_factory.mktemp("lateness"))
    (classroom.folder / "course.toml").write_text(LATE, encoding="utf-8")
    for student, days in (("ada", -1), ("ben", 1)):
        received(classroom, student, DUE + timedelta(days=days))
    grade(classroom, TENSOR)
    return classroom


@pytest.fixture
def two(once, tmp_path):
    return copied(once, tmp_path)


def received(classroom, student, when, clock=Clock.exchange):
    raw = hand_in(classroom, student, TENSOR).read_bytes()
    Submission(classroom, student, TENSOR).note(raw, Moment(when, clock), [])


def test_the_penalty_is_in_grades_exports_feedback_and_the_gradebook(two):
    ada, ben = (row(two, student, TENSOR) for student in ("ada", "ben"))
    assert (ada.score, ada.penalty, ada.late_by) == (5, 0, "")
    assert (ben.score, ben.penalty, ben.late_by) == (4.5, 0.5, "1 day")
    assert "10% off" in ben.remarks and "handed in 2026-10-06 23:59 CEST" in ben.remarks
    header, *lines = LAYOUTS["csv"](read_grades(two, [TENSOR]))
    line = dict(zip(header, lines[1], strict=True))
    assert (line["score"], line["late_by"], line["penalty"]) == ("4.5", "1 day", "0.5")
    assert write_feedback(two, [TENSOR], "ben") == (1, [])
    page = Submission(two, "ben", TENSOR).feedback.read_text("utf-8")
    assert "Score: 4.5 / 9.0" in page and "10% off" in page and "0.5 of them are taken off" in page
    with gradebook(two) as book:
        assert {entry.student_id: entry.late_submission_penalty
                for entry in book.assignment_submissions(TENSOR.id)} == {"ada": 0, "ben": 0.5}
        assert book.find_assignment(TENSOR.id).duedate == DUE.replace(tzinfo=None)


def test_another_rule_holds_without_a_test_being_run_again(two, monkeypatch):
    from autograder.grade import examine
    monkeypatch.setattr(examine, "run_tests", None)              # calling it would fail the submission
    (two.folder / "course.toml").write_text(LATE.replace("10%", "40%"), encoding="utf-8")
    outcome = grade(two, TENSOR)
    assert (outcome.current.total(), outcome.graded.total(), outcome.failed) == (2, 0, [])
    assert row(two, "ben", TENSOR).score == 3
    with gradebook(two) as book:
        assert book.find_submission(TENSOR.id, "ben").late_submission_penalty == 2
    (two.folder / "course.toml").unlink()
    grade(two, TENSOR)
    with gradebook(two) as book:
        assert book.find_submission(TENSOR.id, "ben").late_submission_penalty == 0
        assert book.find_assignment(TENSOR.id).duedate is None


def test_points_that_a_person_gives_later_are_reduced_too(two):
    with gradebook(two) as book:
        essay = book.find_grade("why_float32", TENSOR.id, TENSOR.id, "ben")
        essay.manual_score, essay.needs_manual_grade = 4, False
        book.db.commit()
    assert row(two, "ben", TENSOR).score == pytest.approx(9 * 0.9)
    write_feedback(two, [TENSOR], "ben")
    assert "Score: 8.1 / 9.0" in Submission(two, "ben", TENSOR).feedback.read_text("utf-8")


def test_the_time_beside_a_submission_and_a_note_about_another_notebook_prove_nothing(two):
    hand_in(two, "ben", TENSOR, submission(two, TENSOR, mul="#| export\nother = 1"))
    Submission(two, "ben", TENSOR).timestamp.write_text("2026-10-01 00:00:00.000000 UTC\n")
    late = how_late(Submission(two, "ben", TENSOR), read_settings(two.folder))
    assert late.share == 0 and "not known" in late.says


def test_a_mistake_in_the_file_stops_grading_before_anything_is_done(two):
    (two.folder / "course.toml").write_text("[due]\n01 = 1", encoding="utf-8")
    for command in (lambda: grade(two, TENSOR), lambda: read_grades(two, [TENSOR]), lambda: collect(two, TENSOR, [])):
        with pytest.raises(TitoError, match=r"course.toml, due.01"):
            command()


def test_a_file_of_the_instructors_disk_is_late_only_by_their_word(classroom, inbox):
    from autograder.collect.sources import find_candidates
    (classroom.folder / "course.toml").write_text(LATE.replace("2026-10-05", "2025-10-05"), encoding="utf-8")
    put_zip(inbox, "ada", json.dumps(submission(classroom, TENSOR)).encode())
    collect(classroom, TENSOR, find_candidates(TENSOR, inbox))
    grade(classroom, TENSOR)
    assert row(classroom, "ada", TENSOR).score == 5 and "not known" in row(classroom, "ada", TENSOR).remarks
    with open(classroom.folder / "course.toml", "a", encoding="utf-8") as file:
        file.write("[student.ada.01]\nhanded_in = 2025-10-06 12:00:00\n")
    assert row(classroom, "ada", TENSOR).score == 4.5


def autograded_for_formgrader(classroom) -> set[str]:
    """Whose work nbgrader's Manage Submissions shows as graded, with its score."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config(CourseDirectory={"root": str(classroom.folder), "db_url": classroom.db_url})
    return NbGraderAPI(CourseDirectory(config=config)).get_autograded_students(TENSOR.id)


@pytest.mark.parametrize("graded_before", [True, False])
def test_a_time_that_is_collected_later_leaves_the_work_graded_for_formgrader(tmp_path, graded_before):
    from autograder.collect.sources import find_candidates
    from autograder.collect.times import with_times

    classroom = small_class(tmp_path)
    put_zip(tmp_path / "inbox", "ada", json.dumps(submission(classroom, TENSOR)).encode())
    found = find_candidates(TENSOR, tmp_path / "inbox")
    assert collect(classroom, TENSOR, found).retimed == []
    if graded_before:
        grade(classroom, TENSOR)
    result = collect(classroom, TENSOR, with_times(found, {"ada": DUE}))
    assert result.unchanged == result.retimed == ["ada"]
    assert collect(classroom, TENSOR, with_times(found, {"ada": DUE})).retimed == []
    assert grade(classroom, TENSOR).graded[TENSOR.id] == (not graded_before)
    assert autograded_for_formgrader(classroom) == {"ada"}
    put_zip(tmp_path / "inbox", "ada", json.dumps(submission(classroom, TENSOR, mul=None)).encode(), day=2)
    newer = with_times(find_candidates(TENSOR, tmp_path / "inbox"), {"ada": DUE + timedelta(days=1)})
    assert collect(classroom, TENSOR, newer).replaced == ["ada"] and grade(classroom, ACTIVATIONS).graded == {}
    write_penalties(classroom, [TENSOR], read_settings(classroom.folder))
    assert autograded_for_formgrader(classroom) == set()
