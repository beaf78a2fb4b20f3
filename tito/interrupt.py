"""Ctrl-C that is never lost.

Python drops an exception that is raised inside a callback: in a destructor, when a weak reference dies, around a fork.
A KeyboardInterrupt that arrives just then would be gone, so it is remembered, and the next step of a long run stops.
"""
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_noticed = False


def listen() -> None:
    """Take over SIGINT for this process."""
    signal.signal(signal.SIGINT, _stop)


def _stop(number: int, frame: object) -> None:
    global _noticed
    _noticed = True
    raise KeyboardInterrupt


def check() -> None:
    """Raise KeyboardInterrupt if one came and was lost."""
    if _noticed:
        raise KeyboardInterrupt


@contextmanager
def postponed() -> Iterator[list[int]]:
    """Ctrl-C takes effect at the end of the block: for foreign code that calls us and dies of our exceptions.

    Gives a list that is no longer empty once Ctrl-C has come.
    """
    came = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
