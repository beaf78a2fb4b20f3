"""Sandboxes that are started ahead: each is used once, by whoever started it, and none outlives its grader."""
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from autograder.sandbox import pool
from autograder.sandbox.pool import close_all, started_worker
from autograder.sandbox.process import StartError
from tests.autograder.case import RIGHT, grade_case, reasons

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
    import os, signal, sys
    from autograder.sandbox import pool
    signal.signal(signal.SIGINT, signal.default_int_handler)         # a test run in the background ignores it
    with pool.started_worker() as worker:
        worker.ready()
        print(worker.init_pid, *[one.init_pid for one in pool._waiting.values()], flush=True)
        {then}
"""


@pytest.fixture(autouse=True)
def none_before_and_after(sandbox):
    close_all()
    yield
    close_all()


def waiting() -> list[int]:
    return [worker.init_pid for worker in pool._waiting.values()]


def ended(pid: int, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}").exists()


def test_each_is_used_once_and_ends_and_the_next_one_is_waiting():
    used = []
    for _ in range(3):
        before = waiting()
        with started_worker() as worker:
            worker.ready()
            assert not before or worker.init_pid in before
            used.append(worker.init_pid)
            assert len(waiting()) == 1 and worker.init_pid not in waiting()
        assert worker.process is None and ended(used[-1], 0)
    assert len(set(used)) == 3
    last, = waiting()
    close_all()
    assert waiting() == [] and ended(last, 0)


def test_a_submission_is_graded_in_the_one_that_waits_and_leaves_another():
    seen = []
    for _ in range(2):
        assert reasons(grade_case({"right": RIGHT}, sandboxed=True)) == {"right": ""}
        seen += waiting()
    first, second = seen
    assert first != second and ended(first, 0)


def test_without_a_sandbox_none_is_started_ahead():
    grade_case({"right": RIGHT}, sandboxed=False)
    assert waiting() == []


def test_one_that_died_while_it_waited_costs_nobody_a_point():
    with started_worker():
        pass
    worker, = pool._waiting.values()
    signal.pidfd_send_signal(worker.init, signal.SIGKILL)
    assert reasons(grade_case({"right": RIGHT}, sandboxed=True)) == {"right": ""}


def test_an_error_while_it_is_used_ends_it():
    with pytest.raises(RuntimeError), started_worker() as worker:
        pid = worker.init_pid
        raise RuntimeError
    assert ended(pid, 0)


def test_every_thread_has_its_own_and_those_of_ended_threads_are_closed():
    found = []

    def use():
        with started_worker() as worker:
            found.extend([worker.init_pid, pool._waiting[threading.get_ident()].init_pid])

    with started_worker() as mine:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        assert mine.init_pid not in found
    with started_worker() as again:
        assert again.init_pid not in found and len(waiting()) == 1
    assert all(map(ended, found))


def test_a_fork_has_none_of_its_parents():
    with started_worker():
        pass
    before = waiting()
    child = os.fork()
    if child == 0:
        os._exit(len(pool._waiting))
    assert os.waitpid(child, 0)[1] == 0
    with started_worker() as worker:
        worker.ready()                                    # the fork's end has not touched it
        assert worker.init_pid in before


def test_where_none_starts_there_is_none(monkeypatch):
    def fail(*backend, **options):
        raise StartError("out of luck")

    monkeypatch.setattr(pool, "Worker", fail)
    with started_worker() as worker:
        assert worker is None
    assert reasons(grade_case({"right": RIGHT}, sandboxed=True)) == {"right": ""}


@pytest.mark.parametrize("then, how", [("pass", None), ("sys.exit(1)", None), ("signal.pause()", signal.SIGINT),
                                       ("signal.pause()", signal.SIGKILL), ("signal.pause()", signal.SIGTERM),
                                       ("os._exit(0)", None)])
def test_all_end_with_the_grader(then, how):
    script = textwrap.dedent(SCRIPT).format(then=then)
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as grader:
        used, waits = map(int, grader.stdout.readline().split())
        if how:
            assert Path(f"/proc/{used}").exists() and Path(f"/proc/{waits}").exists()
            grader.send_signal(how)
        grader.wait(10)
    assert ended(used) and ended(waits)
