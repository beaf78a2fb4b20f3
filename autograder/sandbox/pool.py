"""A sandbox started ahead: while one submission is graded, the next one's worker starts, and waits for its code.

Each is used once and closed. Linux ends a sandbox when the thread that has started it ends, however that happens, so
every thread has one of its own waiting, and a fork of this process has none.
"""
import atexit
import contextlib
import os
import threading
from collections.abc import Iterator

from autograder.sandbox.process import StartError, Worker
from autograder.sandbox.survey import backend_for

_waiting: dict[int, Worker] = {}                          # by the number of the thread that has started it


@contextlib.contextmanager
def started_worker() -> Iterator[Worker | None]:
    """A sandboxed worker of which `ready()` is still to be asked; None where none starts now."""
    close_those_of(_waiting.keys() - {thread.ident for thread in threading.enumerate()})
    worker = _waiting.pop(threading.get_ident(), None) or _start()
    try:
        if following := _start():
            _waiting[threading.get_ident()] = following
        yield worker
    finally:
        if worker is not None:
            worker.close()


def _start() -> Worker | None:
    try:
        return Worker(backend_for(sandboxed=True), wait=False)
    except StartError:
        return None                                       # whoever needs a worker tries again, and says why


def close_those_of(threads: set[int]) -> None:
    for thread in threads:
        if worker := _waiting.pop(thread, None):
            worker.close()


@atexit.register
def close_all() -> None:
    close_those_of(set(_waiting))


def _forget() -> None:
    """In a fork: those that wait are the parent's."""
    for worker in _waiting.values():
        worker.channel.close()
    _waiting.clear()


os.register_at_fork(after_in_child=_forget)
