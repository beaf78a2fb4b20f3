"""A run may be killed at any moment: what is done stays, and the next run does the rest, to the same end."""
import multiprocessing
import random
import subprocess
import sys
import threading
import time

import psutil
import pytest

from autograder.grade import merge
from autograder.grade.policy import Policy
from autograder.grade.run import grade_class
from autograder.records.gradebook import gradebook
from tests.autograder.grade.generated import everything, generated_class
from tests.autograder.small_class import ACTIVATIONS, SANDBOXED, TENSOR, grade, hand_in, small_class, submission
from tito.errors import TitoError

STUDENTS = 20
PATIENCE = 120                # seconds for what takes a few


@pytest.fixture
def crowd(tmp_path):
    """The class, and what an uninterrupted run in one process makes of it."""
    quiet, killed = small_class(tmp_path / "quiet"), small_class(tmp_path / "killed")
    for classroom in (quiet, killed):
        generated_class(classroom, STUDENTS)
    grade(quiet)
    return killed, everything(quiet)


def run(classroom, scheduler=None):
    grade_class(classroom, [TENSOR, ACTIVATIONS], Policy.fallback, SANDBOXED, workers=2, scheduler=scheduler)


def started(classroom, scheduler=None):
    # not a fork: threads that other tests have left would hold locks in it for ever
    process = multiprocessing.get_context("spawn").Process(target=run, args=(classroom, scheduler))
    process.start()
    return process


def graded(classroom) -> int:
    return len(list(classroom.folder.glob("autograded/*/*/*.ipynb")))


def wait_until(condition) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def wait_for_more(classroom, process, number: int) -> None:
    goal = graded(classroom) + number
    wait_until(lambda: graded(classroom) >= goal)
    assert process.is_alive()


def dask_workers(pid: int) -> list[psutil.Process]:
    found = psutil.Process(pid).children()
    return [process for process in found if "spawn_main" in " ".join(process.cmdline())]


@pytest.mark.long
def test_killed_six_times_nothing_is_lost_doubled_or_changed(crowd):
    classroom, undisturbed = crowd
    rng = random.Random(11)
    for victims in (["merger"], ["worker", "merger"], ["worker", "worker", "merger"]):
        process = started(classroom)
        for victim in victims:
            wait_for_more(classroom, process, rng.randint(1, 4))
            time.sleep(rng.random() / 5)
            family = psutil.Process(process.pid).children(recursive=True)
            (rng.choice(dask_workers(process.pid)) if victim == "worker" else process).kill()
        process.join(PATIENCE)
        assert psutil.wait_procs(family, timeout=10)[1] == []      # workers, examiners, sandboxes end with the run
    assert everything(classroom) != undisturbed               # or nothing was interrupted
    run(classroom)
    assert everything(classroom) == undisturbed


@pytest.mark.long
def test_a_lost_scheduler_is_told_in_one_line_and_what_is_done_stays(crowd):
    classroom, undisturbed = crowd
    dask = [sys.executable, "-m", "dask"]
    with subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
                          stderr=subprocess.PIPE, text=True) as scheduler:
        address = next(line.split()[-1] for line in scheduler.stderr if "Scheduler at:" in line)
        worker = subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"],
                                  stderr=subprocess.DEVNULL)

        def kill_after_two():
            wait_until(lambda: graded(classroom) >= 2 or scheduler.poll() is not None)
            scheduler.kill()

        killer = threading.Thread(target=kill_after_two)
        killer.start()
        try:
            with pytest.raises(TitoError, match="dask's scheduler is lost. What is done stays"):
                run(classroom, address)
        finally:
            scheduler.kill()
            killer.join()
            worker.kill()
            worker.wait(PATIENCE)
    assert 2 <= graded(classroom) < len([line for line in undisturbed["notebooks"] if line])
    grade(classroom)
    assert everything(classroom) == undisturbed


def test_a_run_that_ends_between_gradebook_and_notebook_is_made_good_by_the_next(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=None))

    def ends(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(merge, "write_whole", ends)
        with pytest.raises(TitoError, match="Stopped: 0 of 1"):
            grade(classroom)
    assert grade(classroom).graded.total() == 1
    after = everything(classroom)
    assert ("ada", TENSOR.id, "test_mul", 0.0, None, None, False) in after["grades"] and after["counts"][1] == 1


def test_a_row_enters_the_gradebook_whole_or_not_at_all(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    real = merge.Merger._write

    def stops_at_comments(self, table, *rest):
        if table is merge.Comment:
            raise RuntimeError("the disk is full")
        real(self, table, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(merge.Merger, "_write", stops_at_comments)
        assert "the disk is full" in grade(classroom).failed[0]
    assert everything(classroom)["counts"] == [0] * 5
    assert grade(classroom).graded.total() == 1


def test_a_test_that_has_no_entry_yet_gets_one(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    before = everything(classroom)
    with gradebook(classroom) as book:
        book.db.delete(book.find_grade("test_mul", TENSOR.id, TENSOR.id, "ada"))
        book.db.commit()
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, why_float32="Because of memory."))
    grade(classroom)
    assert everything(classroom)["grades"] == before["grades"]
