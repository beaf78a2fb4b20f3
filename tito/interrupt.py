"""Ctrl-C that is never lost.

Python drops an exception that is raised inside a callback: in a destructor, when a weak reference dies, around a fork.
A KeyboardInterrupt that arrives just then would be gone, so it is remembered, and the next step of a long run stops.
"""
import signal

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
