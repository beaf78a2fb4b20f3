"""An entry in the grading sandbox: the same door as on a student's machine, another way to start and end it."""

import contextlib
import os
import signal
from collections.abc import Mapping

from autograder.sandbox.mounts import NUMPY_SITE, PYTHON
from autograder.sandbox.process import StartError, Worker
from tito.olympics.athlete import HEADER, PROGRAM, START_SECONDS, Athlete
from tito.olympics.memory import Memory

READY = HEADER.pack(b"R", 0)


class Arena(Worker):
    """A worker of the sandbox that runs tito/olympics/inside.py."""

    def _python(self, files: object, control: int, sandboxed: bool) -> list[str]:
        return [str(PYTHON), "-I", "-S", "-c", PROGRAM, str(NUMPY_SITE), str(control), "1"]

    def _expect_ready(self) -> None:
        sock = self.channel.socket
        sock.settimeout(START_SECONDS)
        try:
            if sock.recv(len(READY)) != READY:
                raise StartError(self._complaint() or "the entry's process did not start")
        except TimeoutError:
            raise StartError("the entry's process did not start in time") from None
        sock.settimeout(None)  # from here on the athlete's watchdog looks at the clock


class SandboxedAthlete(Athlete):
    """An Athlete whose process sees Python, NumPy, the reference package and its own files, and nothing else."""

    arena: Arena | None = None

    def start(self) -> tuple[int, int]:
        self.arena = Arena(sandboxed=True)
        fd = self.arena.channel.socket.fileno()
        return fd, fd

    def expect_ready(self) -> None:
        """The arena has heard it already."""

    def watch_memory(self) -> Memory:
        """Of the last process that was started in there, which is Python: no code of the entry's has run yet."""
        proc = self.arena.watch.proc
        last = max(int(name) for name in os.listdir(proc) if name.isdigit())
        return Memory(os.open(str(last), os.O_RDONLY | os.O_DIRECTORY, dir_fd=proc))

    def kill(self) -> None:
        if self.arena is not None and self.arena.init is not None:
            with contextlib.suppress(OSError):
                signal.pidfd_send_signal(self.arena.init, signal.SIGKILL)

    def end(self) -> None:
        if self.arena is not None:
            arena, self.arena = self.arena, None
            arena.close()


def enter(package: Mapping[str, bytes], files: Mapping[str, bytes]) -> SandboxedAthlete:
    return SandboxedAthlete(package, files)
