"""The instructor's commands as processes, on the tiny course."""
import csv
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path

import pytest

from autograder import cli
from autograder.records.classroom import one_at_a_time
from autograder.records.submission import Submission
from autograder.report import command as results
from autograder.students import command as students
from tests.autograder.inbox import answering, put_zip
from tests.autograder.small_class import ACTIVATIONS, SANDBOXED, TENSOR, hand_in, small_class, submission
from tests.helpers import NO_CONFIG, REPOSITORY
from tito.errors import TitoError

UNSAFE = [] if SANDBOXED else ["--unsafe"]
ENVIRONMENT = {**os.environ, **NO_CONFIG, "PYTHONPATH": str(REPOSITORY)}


def tito(root, *arguments):
    return subprocess.run([sys.executable, "-m", "tito", *arguments], cwd=root, env=ENVIRONMENT, capture_output=True,
                          text=True, encoding="utf-8", timeout=300)


def test_from_submitted_to_csv(tmp_path):
    classroom = small_class(tmp_path)
    course = tmp_path / "another course"
    elsewhere = type(classroom).at(classroom.root, course)
    hand_in(elsewhere, "ada", TENSOR, submission(classroom, TENSOR))
    hand_in(elsewhere, "broken", TENSOR, b"{")
    graded = tito(classroom.root, "grade", "--course", str(course), *UNSAFE)
    assert (graded.returncode, graded.stdout) == (1, "01_tensor: 1 graded, 0 already graded.\n")
    assert graded.stderr.startswith("error: broken 01_tensor: ") and graded.stderr.count("\n") == 1
    exported = tito(classroom.root, "grades", "export", "--out", str(tmp_path / "g.csv"), "--course", str(course))
    assert exported.returncode == 0
    with open(tmp_path / "g.csv", encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["score"], rows["ada"]["max_score"], rows["ada"]["status"]) == ("5", "9", "graded")
    assert rows["broken"]["score"] == "" and rows["broken"]["status"].startswith("failed")
    packed = tito(classroom.root, "feedback", "01", "--course", str(course), "--zip", str(tmp_path / "pages.zip"))
    assert packed.returncode == 0 and zipfile.is_zipfile(tmp_path / "pages.zip")
    assert Submission(elsewhere, "ada", TENSOR).feedback.is_file()


@pytest.mark.parametrize("arguments", [("grade", "nonsense"), ("grade", "--policy", "lenient"), ("collect",),
                                       ("collect", "01-02", "--from", "."), ("release",),
                                       ("grades", "export", "--out", "x.csv", "--format", "xls")])
def test_wrong_usage_is_exit_code_2_and_no_traceback(tmp_path, arguments):
    run = tito(small_class(tmp_path).root, *arguments)
    assert run.returncode == 2 and "Traceback" not in run.stderr and run.stderr
    assert "Value error" not in run.stderr                         # pydantic's word for it


def test_a_module_of_which_nothing_was_found_does_not_enter_the_gradebook(tmp_path):
    classroom, downloads = small_class(tmp_path), tmp_path / "downloads"
    classroom.released(ACTIVATIONS).unlink(missing_ok=True)
    downloads.mkdir()
    (downloads / "ada-01_tensor.zip").write_bytes(b"")
    run = tito(classroom.root, "collect", "02", "--from", str(downloads), "--course", str(classroom.folder))
    assert run.returncode == 1 and "There is no submission of 02_activations" in run.stderr
    assert not classroom.released(ACTIVATIONS).exists()


def test_an_empty_exchange_is_told_as_such(tmp_path, inbound, monkeypatch):
    monkeypatch.chdir(small_class(tmp_path).root)
    with pytest.raises(TitoError, match="Nobody has handed in 01_tensor in the exchange yet"):
        cli.collect("01")


def test_collecting_says_whose_times_are_new_and_which_ids_match_nobody(tmp_path):
    classroom = small_class(tmp_path)
    put_zip(tmp_path / "inbox", "emmi", answering(classroom, "a = 1"))
    (classroom.folder / "roster.csv").write_text("platform,name,number,student_id\nclass,,,emmy\n")
    (tmp_path / "times.csv").write_text("student_id,handed_in\nemmi,2026-01-05\nada,2026-01-05\n")
    first = tito(classroom.root, "collect", "01", "--from", str(tmp_path / "inbox"))
    assert "1 new" in first.stdout and "not in the class list: emmi (did you mean emmy?)" in first.stderr
    again = tito(classroom.root, "collect", "01", "--from", str(tmp_path / "inbox"), "--times",
                 str(tmp_path / "times.csv"))
    assert "1 unchanged (1 with a new time of hand-in)" in again.stdout and "--times names ada, and no" in again.stderr


def test_grading_where_nothing_was_collected_names_the_next_step(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    monkeypatch.chdir(classroom.root)
    for modules, step in ((["02"], "tito collect 02 takes"), (None, "tito collect NN takes")):
        with pytest.raises(TitoError, match=f"holds no submission of these modules: {step}"):
            cli.grade(modules, unsafe=True)


def test_a_release_without_a_module_of_the_last_one_says_so(tmp_path):
    root, edition = small_class(tmp_path).root, tmp_path / "edition"
    assert "until now" not in tito(root, "release", "--to", str(edition), "01").stderr
    run = tito(root, "release", "--to", str(edition), "02")
    assert run.returncode == 0 and "had 01_tensor until now: name past modules, too" in run.stderr


@pytest.mark.parametrize("command", [cli.grade, students.list_students, results.feedback, results.show,
                                     partial(results.export, out=Path("g.csv")), results.formgrader])
def test_a_course_folder_that_is_not_there_is_told_and_not_made(tmp_path, monkeypatch, command):
    monkeypatch.chdir(small_class(tmp_path).root)
    with pytest.raises(TitoError, match="There is no course folder .*typo: say --course DIR"):
        command(course=tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_messages_name_the_course_folder_without_detours(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    monkeypatch.chdir(classroom.root)
    shutil.copytree(classroom.folder, tmp_path / "practice")
    with pytest.raises(TitoError, match=f"^Nothing to grade: {tmp_path / 'practice/submitted'} holds no submission"):
        cli.grade(course=Path("../practice"))


@pytest.mark.long
def test_ctrl_c_in_the_middle_of_a_run_and_a_second_run(tmp_path):
    classroom = small_class(tmp_path)
    students = [f"s{number}" for number in range(40)]
    for name in students:
        hand_in(classroom, name, TENSOR)
    first = subprocess.Popen([sys.executable, "-m", "tito", "grade", *UNSAFE], cwd=classroom.root, env=ENVIRONMENT,
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    while not Submission(classroom, "s0", TENSOR).autograded.exists():
        assert first.poll() is None
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGINT)
    _, told = first.communicate(timeout=60)
    done = [name for name in students if Submission(classroom, name, TENSOR).autograded.exists()]
    assert first.returncode == 130 and "The same command goes on with the rest" in told and "Traceback" not in told
    assert 1 <= len(done) < 40
    second = tito(classroom.root, "grade", *UNSAFE)
    assert second.stdout == f"01_tensor: {40 - len(done)} graded, {len(done)} already graded.\n"
    assert not list(classroom.folder.rglob(".*.ipynb.*"))


def test_two_runs_at_once_are_refused(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    with one_at_a_time(classroom):
        run = tito(classroom.root, "grade", *UNSAFE)
    assert run.returncode == 1 and run.stderr.count("\n") == 1 and "Another `tito grade` is at work" in run.stderr
    assert tito(classroom.root, "grade", *UNSAFE).stdout == "01_tensor: 1 graded, 0 already graded.\n"
