"""An entry in the grading sandbox: the same door as on a student's machine, another way to start and end it."""

import contextlib
import os
import select
import signal
import socket
from collections.abc import Mapping

import tinytorch
from autograder.sandbox.mounts import NUMPY_SITE, PYTHON, Step, plan, without
from autograder.sandbox.process import StartError, Worker
from autograder.sandbox.survey import backend_for
from tito.errors import TitoError
from tito.olympics.athlete import HEADER, PROGRAM, START_SECONDS, Athlete
from tito.olympics.memory import Memory

READY = HEADER.pack(b"R", 0)
KEEP_FREED = "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"  # mallopt(3)


class Arena(Worker):
    """A worker of the sandbox that runs tito/olympics/inside.py.

    It gets its pipes through the worker's socket: a question through pipes costs what it costs a student, through a
    socket half as much again.
    """

    read = write = None

    # tinytorch sets by ctypes how the C library keeps freed memory; here the environment does
    variables = {**Worker.variables, **dict.fromkeys(KEEP_FREED, str(tinytorch._LIMIT))}

    def _plan(self) -> tuple[Step, ...]:
        """Without ctypes, by which a process can give pages back and so make room that no count of its memory shows."""
        return *plan(), *without("_ctypes.*so")

    def _python(self, files: object, control: int, sandboxed: bool) -> list[str]:
        return [str(PYTHON), "-I", "-S", "-c", PROGRAM, str(NUMPY_SITE), str(control), "1"]

    def _expect_ready(self) -> None:
        theirs_read, self.write = os.pipe()
        self.read, theirs_write = os.pipe()
        try:
            socket.send_fds(self.channel.socket, [b"D"], [theirs_read, theirs_write])
        finally:
            os.close(theirs_read)
            os.close(theirs_write)
        poll = select.poll()
        poll.register(self.read, select.POLLIN)
        if not poll.poll(START_SECONDS * 1000) or os.read(self.read, len(READY)) != READY:
            raise StartError(self._complaint() or "the entry's process did not start")

    def close(self) -> None:
        super().close()
        for fd in (self.read, self.write):
            if fd is not None:
                os.close(fd)
        self.read = self.write = None


class SandboxedAthlete(Athlete):
    """An Athlete whose process sees Python, NumPy, the reference package and its own files, and nothing else."""

    arena: Arena | None = None

    def start(self) -> tuple[int, int]:
        try:
            self.arena = Arena(backend_for(sandboxed=True))
        except StartError as error:
            raise TitoError(f"The sandbox did not start: {error}. Run the command again.") from None
        return self.arena.read, self.arena.write

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
