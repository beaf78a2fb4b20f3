"""The fan-out: chains in order, side by side, nothing kept; workers that die or hang."""
import gc
import os
import signal
import subprocess
import sys
import time
from collections import deque

import pytest

from autograder.grade import workers
from autograder.grade.fan_out import fan_out
from autograder.grade.workers import WorkerLost, open_pool
from tito.errors import TitoError


class Pretended:
    """A pool that gives results back in the order of `pick`, and counts what lives."""
    size = 3

    def __init__(self, pick):
        self.pick, self.running, self.most = pick, [], 0

    @property
    def busy(self):
        return len(self.running)

    def submit(self, task, about):
        assert self.busy < self.size
        self.running.append((about, f"did {task}"))

    def next(self):
        return self.running.pop(self.pick(self.running))


def test_a_chain_goes_in_order_and_chains_side_by_side():
    for pick in (lambda running: 0, lambda running: -1):
        told, settled = [], []

        def prepare(item, told=told, settled=settled):
            student, number = item
            assert number == 0 or (student, number - 1) in settled
            told.append(item)
            return f"{student}{number}"

        def settle(item, task, result, settled=settled):
            assert result == f"did {item[0]}{item[1]}"
            settled.append(item)

        chains = [[(student, number) for number in range(3)] for student in "abcd"]
        fan_out(Pretended(pick), chains, prepare, settle)
        assert sorted(settled) == sorted(told) == sorted(item for chain in chains for item in chain)
        assert {student for student, _ in told[:4]} == set("abcd")


def test_what_has_nothing_to_do_is_passed_over_and_its_chain_goes_on():
    settled = []
    fan_out(Pretended(lambda running: 0), [["done", "new"], [], ["done"]], lambda item: item if item == "new" else None,
            lambda item, task, result: settled.append(item))
    assert settled == ["new"]


def test_few_tasks_are_prepared_ahead_and_no_result_is_kept():
    alive, most = set(), []

    class Task:
        def __init__(self, item):
            self.item = item
            alive.add(item)
            most.append(len(alive))

        def __del__(self):
            alive.discard(self.item)

    fan_out(Pretended(lambda running: 0), [[number] for number in range(500)], Task, lambda item, task, result: None)
    assert max(most) <= 2 * Pretended.size + 1


def misbehave(task):
    """In a worker of dask."""
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "hang":
        time.sleep(1000)
    if task == "raise":
        raise ValueError("an error of our own")
    if task == "signals":
        return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return task


def test_a_worker_that_dies_or_hangs_is_replaced_and_its_task_tried_once_more(monkeypatch):
    monkeypatch.setattr(workers, "HANG_SECONDS", 2)
    results = {}
    tasks = ["die", "one", "hang", "two", "raise", "three", "signals"]
    with open_pool(misbehave, 2) as pool:
        fan_out(pool, [[task] for task in tasks], lambda item: item,
                lambda item, task, result: results.update({item: result}))
        assert pool.client.scheduler.address.startswith("tls://")          # nobody else on the machine may use it
        unfinished = deque(pool.running)
    assert not unfinished and {task: results[task] for task in ("one", "two", "three")} == \
        {"one": "one", "two": "two", "three": "three"}
    assert results["signals"] is True                                      # Ctrl-C is not for the workers
    lost = {task: str(results[task]) for task in ("die", "hang", "raise") if isinstance(results[task], WorkerLost)}
    assert lost == {"die": "2 workers died over it", "hang": "2 workers died over it",
                    "raise": "its worker failed: ValueError('an error of our own')"}


class Work:
    """What is handed to a worker; who keeps it is seen by its being alive."""


def test_nothing_of_a_task_that_is_done_stays_in_memory():
    with open_pool(misbehave, 2) as pool:
        fan_out(pool, [[number] for number in range(20)], lambda item: Work(), lambda item, task, result: None)
        alive = [thing for thing in gc.get_objects() if type(thing) is Work]
    assert len(alive) <= 2                                                 # the last task's message may be on its way


def test_a_run_with_nothing_to_do_starts_no_process(monkeypatch):
    monkeypatch.setattr(workers, "_local_cluster", None)
    with open_pool(misbehave, 2) as pool:
        fan_out(pool, [["graded already"]] * 5, lambda item: None, None)


def test_what_a_worker_imports_is_light():
    """nbgrader alone takes seconds, in every worker."""
    for module, heavy in (("autograder.grade.examine", ["nbgrader", "nbformat", "nbconvert", "sqlalchemy"]),
                          ("autograder.report.page", ["nbgrader", "sqlalchemy"])):
        code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        assert run.stdout.strip() == "[]", run.stderr


def test_a_scheduler_out_of_reach_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.5)
    with pytest.raises(TitoError, match="tcp://127.0.0.1:9 cannot be reached"), \
            open_pool(misbehave, 2, "tcp://127.0.0.1:9"):
        pass
