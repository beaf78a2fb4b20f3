"""When work was handed in: whose clock counts, and what comes too late or too often."""
import os
from datetime import UTC, datetime

import pytest

from autograder.collect import exchange
from autograder.collect import take_in as collecting
from autograder.collect.roster import Roster
from autograder.collect.sources import find_candidates
from autograder.collect.strangers import not_in_class, without_work
from autograder.collect.times import read_times, with_times
from autograder.records.clock import Clock
from autograder.records.settings import read_settings
from autograder.records.submission import Submission
from tests.autograder.collect.test_platforms import METADATA, ROSTER, download, unpack, write_roster
from tests.autograder.inbox import NAME, answering, collect, from_exchange, put, put_zip, taken, zipped
from tests.autograder.small_class import TENSOR
from tito.errors import TitoError

WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Last modified (submission),Last modified (grade)
Participant 1234567,Ada Lovelace,a@example.org,Submitted for grading,,"Monday, 5 January 2026, 10:15 PM",-
Participant 1234568,Blaise Pascal,b@example.org,Submitted for grading,,"Tuesday, January 6, 2026, 12:05 AM",-
Participant 1234569,Emmy Noether,e@example.org,No submission,,-,-
"""


@pytest.fixture
def roster(tmp_path):
    return write_roster(tmp_path / "roster.csv", ROSTER)


def moment(classroom, student):
    return Submission(classroom, student, TENSOR).taken_in().moment


def rules(classroom, text):
    (classroom.folder / "course.toml").write_text('timezone = "UTC"\n' + text, encoding="utf-8")


@pytest.mark.parametrize("platform, clock, when", [
    ("canvas", Clock.canvas_late, None), ("moodle", Clock.disk, None),
    ("gradescope", Clock.gradescope, datetime(2026, 1, 5, 10, 0, 0, 123456, UTC))])
def test_what_a_platform_says_about_the_time_is_kept_with_its_place_in_the_download(classroom, tmp_path, roster,
                                                                                  platform, clock, when):
    files = download(platform, *[answering(classroom, "a = 1")] * 2)
    collect(classroom, put(tmp_path / "week1.zip", zipped(files), day=9), roster)
    found = moment(classroom, "ada")
    assert (found.clock, found.when) == (clock, when or datetime(2026, 1, 9, tzinfo=UTC))
    place = next(name for name in files if name.endswith(NAME))
    assert Submission(classroom, "ada", TENSOR).taken_in().place == place
    if platform == "canvas":
        assert moment(classroom, "blaise").clock is Clock.canvas_on_time


def test_the_time_in_the_exchange_is_the_servers(classroom, inbound):
    put(inbound / f"ada+01_tensor+2020-01-01 00:00:00 UTC+x/{NAME}", answering(classroom, "a = 1"))
    (inbound / "ada+01_tensor+2020-01-01 00:00:00 UTC+x/timestamp.txt").write_text("2020-01-01 00:00:00.000000 UTC")
    from_exchange(classroom)
    assert moment(classroom, "ada").clock is Clock.exchange and moment(classroom, "ada").when.year > 2020


def test_dates_inside_a_zip_and_beside_a_notebook_are_not_read(classroom, inbox):
    put_zip(inbox, "ada", answering(classroom, "a = 1"), day=9)               # zipfile itself dates entries today
    collect(classroom, inbox)
    assert moment(classroom, "ada").when == datetime(2026, 1, 9, tzinfo=UTC)
    assert not moment(classroom, "ada").clock.is_exact


def test_the_same_work_again_keeps_its_first_time_until_somebody_knows_it(classroom, tmp_path, inbox, roster):
    work = answering(classroom, "a = 1")
    put_zip(inbox, "ada", work, day=9)
    collect(classroom, inbox)
    files = {"submission_metadata.yml": METADATA, f"submission_1001/{NAME}": work}
    assert collect(classroom, unpack(tmp_path / "week1", files), roster).unchanged == ["ada"]
    assert moment(classroom, "ada").clock is Clock.gradescope and moment(classroom, "ada").when.day == 5
    collect(classroom, unpack(tmp_path / "again", {f"lovelaceada_LATE_51235_9_{NAME}": work}), roster)
    assert moment(classroom, "ada").clock is Clock.gradescope                 # it knows more than Canvas does
    assert Submission(classroom, "ada", TENSOR).taken_in().place.startswith("lovelaceada_LATE_51235_9")


def times_of(classroom, path, text, roster):
    path.write_text(text, encoding="utf-8")
    return read_times(path, Roster(roster), read_settings(classroom.folder))


def test_moodles_worksheet_says_when(classroom, tmp_path, roster):
    rules(classroom, "")
    times = times_of(classroom, tmp_path / "worksheet.csv", WORKSHEET, roster)
    assert times == {"ada": datetime(2026, 1, 5, 22, 15, tzinfo=UTC), "blaise": datetime(2026, 1, 6, 0, 5, tzinfo=UTC)}
    files = unpack(tmp_path / "week1", download("moodle", *[answering(classroom, "a = 1")] * 2))
    found = with_times(find_candidates(TENSOR, files, roster), times)
    assert sorted(collecting.collect(classroom, TENSOR, found).new) == ["ada", "blaise"]
    assert moment(classroom, "ada") == moment(classroom, "ada").__class__(times["ada"], Clock.table)
    corrected = with_times(find_candidates(TENSOR, files, roster), {"ada": datetime(2026, 1, 4, tzinfo=UTC)})
    collecting.collect(classroom, TENSOR, corrected)
    assert moment(classroom, "ada").when.day == 4


def test_a_table_of_ones_own_says_when_and_a_wrong_time_is_told_with_its_line(classroom, tmp_path, roster):
    rules(classroom, "")
    own = "student_id,handed_in\nada,2026-01-05 22:15\nblaise,\nzoe,2026-01-05T22:15:00+02:00\n"
    times = times_of(classroom, tmp_path / "t.csv", own, roster)
    assert times == {"ada": datetime(2026, 1, 5, 22, 15, tzinfo=UTC), "zoe": datetime(2026, 1, 5, 20, 15, tzinfo=UTC)}
    for text, problem in ((own.replace("22:15:00+02:00", "soon"), "line 4"), ("student_id\nada\n", "handed_in"),
                          (WORKSHEET.replace("January 2026, 10:15 PM", "janvier 2026, 22:15"), "in English")):
        with pytest.raises(TitoError, match=problem):
            times_of(classroom, tmp_path / "t.csv", text, roster)


def test_a_line_of_the_table_that_is_nobodys_is_told_with_the_id_that_may_be_meant(classroom, inbox):
    for student in ("ada", "emmy"):
        put_zip(inbox, student, answering(classroom, "a = 1"))
    found = find_candidates(TENSOR, inbox)
    remark, = without_work({"ada": None, "emi": None, "x": None}, found)
    assert "emi (did you mean emmy?), x, and no file" in remark and "ada" not in remark
    assert without_work({"ada": None}, found) == []


def test_who_is_not_in_the_class_list_is_told_where_there_is_one(classroom, inbox):
    for student in ("ada", "emmi"):
        put_zip(inbox, student, answering(classroom, "a = 1"))
    result = collect(classroom, inbox)
    remark, = not_in_class(result, {"ada", "emmy"})
    assert remark.startswith("not in the class list: emmi (did you mean emmy?). ")
    assert not_in_class(result, {}) == not_in_class(result, {"ada", "emmi"}) == []


CLOSED = '[due]\n01 = 2026-01-05\n[late]\ncloses_after = "1 day"\n'


def attempt(classroom, folder, answer, day):
    put_zip(folder, "ada", answering(classroom, answer), day=day)
    times = {"ada": datetime(2026, 1, day, 12, tzinfo=UTC)}
    return collecting.collect(classroom, TENSOR, with_times(find_candidates(TENSOR, folder), times))


def test_what_comes_after_the_close_replaces_nothing_that_counts_until_there_is_an_extension(classroom, inbox):
    rules(classroom, CLOSED)
    attempt(classroom, inbox, "first = 1", 4)
    result = attempt(classroom, inbox, "second = 2", 9)
    assert result.unchanged == ["ada"] and "course.toml" in result.remarks[0] and "first = 1" in taken(classroom, "ada")
    rules(classroom, CLOSED + '[student.ada]\nextension = "1 week"\n')
    assert attempt(classroom, inbox, "second = 2", 9).replaced == ["ada"]


def test_who_hands_in_only_after_the_close_is_taken_in_and_counts_for_nothing(classroom, inbox):
    rules(classroom, CLOSED)
    assert attempt(classroom, inbox, "first = 1", 9).new == ["ada"]
    assert attempt(classroom, inbox, "second = 2", 10).replaced == ["ada"]


def test_of_several_attempts_in_a_download_the_newest_that_is_accepted_counts(classroom, tmp_path, roster):
    rules(classroom, CLOSED)
    one = "submission_{}: {{':submitters': [{{':email': a@example.org}}], ':created_at': 2026-01-{} 10:00:00 Z}}\n"
    files = {"submission_metadata.yml": "".join(one.format(n, n) for n in ("03", "04", "09"))}
    files |= {f"submission_{n}/{NAME}": answering(classroom, f"nr = {n!r}") for n in ("03", "04", "09")}
    collect(classroom, put(tmp_path / "week1.zip", zipped(files)), roster)
    assert "nr = '04'" in taken(classroom, "ada")


def test_no_more_attempts_are_taken_in_than_are_allowed(classroom, inbox):
    rules(classroom, "[late]\nattempts = 2\n")
    assert attempt(classroom, inbox, "first = 1", 4).new == ["ada"]
    assert attempt(classroom, inbox, "second = 2", 5).replaced == ["ada"]
    result = attempt(classroom, inbox, "third = 3", 6)
    assert result.unchanged == ["ada"] and "2 of 2 attempts" in result.remarks[0]
    assert "second = 2" in taken(classroom, "ada")
    rules(classroom, "[late]\nattempts = 2\n[student.ada.01]\nextra_attempts = 1\n")
    assert attempt(classroom, inbox, "third = 3", 6).replaced == ["ada"]
    assert "third = 3" in taken(classroom, "ada")


def test_in_the_exchange_the_newest_attempt_that_is_accepted_counts(classroom, inbound, monkeypatch):
    days = {"first = 1": 3, "second = 2": 5, "third = 3": 9}
    for answer, day in days.items():
        put(inbound / f"ada+01_tensor+2026-01-0{day} 00:00:00 UTC/{NAME}", answering(classroom, answer))
        os.utime(inbound / f"ada+01_tensor+2026-01-0{day} 00:00:00 UTC", (day * 86400, day * 86400))
    date_of_folder(monkeypatch)
    result = from_exchange(classroom)                        # no rule yet
    assert "third = 3" in taken(classroom, "ada") and result.remarks == []
    rules(classroom, '[due]\n01 = 1970-01-06\n[late]\ncloses_after = "1 day"\n')
    result = from_exchange(classroom)                        # older than what was taken in, and counts
    assert "second = 2" in taken(classroom, "ada") and "newest accepted attempt of 3" in result.remarks[0]
    assert from_exchange(classroom).unchanged == ["ada"] and "second = 2" in taken(classroom, "ada")
    rules(classroom, '[due]\n01 = 1970-01-06\n[late]\ncloses_after = "1 day"\n[student.ada]\nextension = "9 days"\n')
    assert from_exchange(classroom).replaced == ["ada"] and "third = 3" in taken(classroom, "ada")


def date_of_folder(monkeypatch):
    """A test cannot set the time of a change, so here the exchange takes a folder's date for it."""
    def changed(*statuses):
        return datetime.fromtimestamp(statuses[0].st_mtime, UTC)

    monkeypatch.setattr(exchange, "changed", changed)
