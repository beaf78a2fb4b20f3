"""A child process that runs the tests of one submission, so that no answer of its code can fill or hold up the grader.

What a test computes from the student's answers, an array as large as a forged shape say, takes the child's memory and
time. The child has a limit of memory; the time that it announces is watched from here, where it can be killed.
"""
import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.sandbox.inside.protocol import Channel, ChannelError

MEMORY_BYTES = 2 << 30      # beyond what the grader already has
GRACE_SECONDS = 5.0         # to end a fork, to start a worker: what a test's own limit does not count


class Examiner:
    """A fork of this process in which `work(say)` runs; `hear` gives what it says. A context manager."""

    def __init__(self, work: Callable[[Callable], None]):
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours)
        parent = os.getpid()
        # Ctrl-C waits for the fork: an exception in what Python does around a fork is lost
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.child = os.fork()
            if self.child == 0:
                _be_child(parent, work, ours, theirs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def hear(self, seconds: float) -> Any:
        """The next thing that the child says. Raises TimedOut, or Closed when the child is over."""
        self.channel.set_deadline(seconds + GRACE_SECONDS)
        return self.channel.receive()[0]

    def finish(self) -> None:
        """Wait until the child has ended by itself, its sandbox with it."""
        with contextlib.suppress(ChannelError):
            self.hear(0)

    def __enter__(self) -> "Examiner":
        return self

    def __exit__(self, *error: Any) -> None:
        self.channel.close()
        with contextlib.suppress(OSError):                # nobody waits for children where SIGCHLD is ignored
            os.kill(self.child, signal.SIGKILL)           # its sandbox dies with it
            os.waitpid(self.child, 0)


def _be_child(parent: int, work: Callable, ours: socket.socket, theirs: socket.socket) -> None:
    channel = Channel(theirs)
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C is for the parent, which then ends this process
        gc.freeze()                                       # or collecting garbage would copy the parent's memory
        ours.close()
        _die_with(parent)
        _limit_memory()
        work(lambda *message: channel.send(message))
    except BaseException as error:                        # told, and never the end of the class
        with contextlib.suppress(BaseException):
            channel.send(["failed", f"{type(error).__name__}: {error}"])
    finally:
        os._exit(0)


def _die_with(parent: int) -> None:
    """Ask Linux to end this process when the one that forked it ends, however that happens."""
    if sys.platform.startswith("linux"):
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _limit_memory() -> None:
    with contextlib.suppress(OSError, ValueError):        # without /proc there is no such limit
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, hard))
