"""Where submissions are examined: in this process, or on the worker processes of dask.distributed, one at a time each.

Both kinds of pool have a `size`, take `submit(task, about)` while `busy < size`, and give back (about, result) by
`next()`.
"""
import faulthandler
import logging
import os
import queue
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from multiprocessing import resource_tracker
from typing import Any

from tito.errors import TitoError

TRIES = 2                     # of a task whose worker dies
HANG_SECONDS = 600            # far beyond what any task may take: then its worker ends itself
DASK = {
    "distributed.admin.large-graph-warning-threshold": "1GB",     # a submission may have 20 MB
    "distributed.admin.low-level-log-length": 0,                  # of 1,000 messages, submissions and all
    "distributed.admin.tick.interval": "500ms",                   # its statistics take a tenth of a core otherwise
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.http.routes": [],                      # no pages about a run for whoever finds the port
    "distributed.worker.http.routes": [],
}
CONNECT_SECONDS = 20          # to a scheduler, and until it has a first worker
POLL_SECONDS = 2.0            # between two looks at whether the scheduler is still there


class WorkerLost(Exception):
    """The worker died over this task, and so did the next one."""


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Here:
    """Does each task in this process, when its result is asked for."""
    size = 1

    def __init__(self, function: Callable):
        self.function, self.task = function, None

    @property
    def busy(self) -> int:
        return int(self.task is not None)

    def submit(self, task: Any, about: Any) -> None:
        self.task = task, about

    def next(self) -> tuple[Any, Any]:
        (task, about), self.task = self.task, None
        return about, self.function(task)


class OnDask:
    """Does each task on a worker of its own, for as many workers as there are."""

    def __init__(self, function: Callable, size: int, connect: Callable):
        self.function, self.size, self._connect = function, size, connect
        self.running: dict[str, tuple] = {}
        self.done: queue.SimpleQueue = queue.SimpleQueue()

    @cached_property
    def client(self):
        """Made with the first task: a run that finds nothing to do starts no process."""
        client = self._connect()
        client.run_on_scheduler(_limit_tries)
        return client

    @property
    def busy(self) -> int:
        return len(self.running)

    def submit(self, task: Any, about: Any) -> None:
        future = self.client.submit(on_worker, self.function, task, HANG_SECONDS, pure=False)
        self.running[future.key] = future, about          # dask forgets a task whose future is gone
        future.add_done_callback(self.done.put)

    def next(self) -> tuple[Any, Any]:
        while True:
            try:
                future = self.done.get(timeout=POLL_SECONDS)
                break
            except queue.Empty:
                self._check()
        if future.cancelled():
            self._check(lost=True)
        _, about = self.running.pop(future.key)
        error = future.exception()
        return about, future.result() if error is None else WorkerLost(_reason(error))

    def ask_all(self, question: Callable) -> dict[str, Any]:
        """What each worker answers, by its address."""
        return self.client.run(question)

    def _check(self, lost: bool = False) -> None:
        if lost or self.client.status != "running":
            raise TitoError("The connection to dask's scheduler is lost. What is done stays: "
                            "the same command goes on with the rest.")


def _reason(error: BaseException) -> str:
    from distributed.scheduler import KilledWorker

    return f"{TRIES} workers died over it" if isinstance(error, KilledWorker) else f"its worker failed: {error!r}"


def _limit_tries(dask_scheduler) -> None:
    dask_scheduler.allowed_failures = TRIES - 1


def on_worker(function: Callable, task: Any, seconds: float) -> Any:
    """In the worker: a task that hangs beyond all limits ends its process, even one that holds Python's lock."""
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            return function(task)
        finally:
            faulthandler.cancel_dump_traceback_later()


@contextmanager
def open_pool(function: Callable, count: int, scheduler: str | None = None) -> Iterator[Here | OnDask]:
    """A pool for `function`: on the cluster of a scheduler, else on `count` processes; one of them is this one."""
    if not scheduler and count == 1:
        yield Here(function)
        return
    with ExitStack() as stack:
        if not scheduler:
            yield OnDask(function, count, lambda: _connect(stack, stack.enter_context(_local_cluster(count))))
            return
        try:
            client = _connect(stack, scheduler)
        except (OSError, ValueError) as error:
            raise TitoError(f"dask's scheduler {scheduler} cannot be reached: {error}") from None
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise TitoError(f"The scheduler {scheduler} has no workers: start some with "
                            f"dask worker {scheduler} --nthreads 1 --nworkers N.") from None
        yield OnDask(function, sum(client.nthreads().values()), lambda: client)


def _connect(stack: ExitStack, address: Any) -> Any:
    import dask
    from distributed import Client

    for name in ("distributed", "distributed.client"):         # what they complain about is told in our words
        logging.getLogger(name).setLevel(logging.CRITICAL)
    stack.enter_context(dask.config.set(DASK))
    return stack.enter_context(Client(address, timeout=CONNECT_SECONDS, set_as_default=False))


@contextmanager
def _local_cluster(count: int) -> Iterator:
    """Processes on this machine, with keys: without, any other user of the machine could give them tasks."""
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    # Ctrl-C is for this process; what is started here inherits that it is blocked. Starting multiprocessing's own
    # helper would unblock it, so that comes first
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with dask.config.set(DASK):
            cluster = LocalCluster(n_workers=count, threads_per_worker=1, memory_limit=0, dashboard_address=None,
                                   scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},      # not 8787, taken or not
                                   security=Security.temporary(), silence_logs=logging.CRITICAL)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with cluster:
        yield cluster
