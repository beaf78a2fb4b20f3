"""Starts the worker in a sandbox, and ends it with everything it has started.

Inside there is Python, NumPy, the worker's own files, an empty /tmp and an empty /student: no network, no repository,
no tests, no other process. Started by root, it becomes an ordinary user, because root is exempt from process limits.
"""
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox import cgroup, mounts, seccomp
from autograder.sandbox.backends import Backend
from autograder.sandbox.environment import ENVIRONMENT
from autograder.sandbox.inside.protocol import Channel, ChannelError
from autograder.sandbox.mounts import INSIDE, NUMPY_SITE, PYTHON
from autograder.sandbox.watch import Watch

START_SECONDS = 30.0


class StartError(Exception):
    """The worker did not start: no student code has run yet."""


def _readable(fd: int) -> bool:
    """Wait until a file descriptor has something to say; a process's has when the process is over."""
    poll = select.poll()                                  # select() takes no numbers over 1023
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(START_SECONDS * 1000))


class Worker:
    """A worker that waits for its setup message on `channel`; `close()` ends it and all that it has started.

    backend: of the sandbox; None for a process without one. Without wait it is only started, and `ready()` is to be
    called before it is used. Both raise StartError.
    """

    variables = {**ENVIRONMENT, "HOME": mounts.HOME}      # of the sandbox

    def __init__(self, backend: Backend | None, wait: bool = True):
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours, START_SECONDS)
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)
        self.folder = None if backend else tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.init = self.process = self.watch = self.group = None
        with self._closed_on_error(), theirs:
            if backend:
                self._start_sandbox(backend, theirs.fileno())
            else:
                self._start_plain(theirs.fileno())
        if wait:
            self.ready()

    def ready(self) -> None:
        """Wait until it takes its setup message. To be called by the process that uses it: the watch is a thread."""
        with self._closed_on_error():
            self.channel.set_deadline(START_SECONDS)
            self._expect_ready()
            if self.init is not None:
                self.watch = Watch(self.init_pid, self.init)

    @contextlib.contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise StartError(str(error)) from None
            raise

    def _python(self, files: Path | str, control: int, sandboxed: bool) -> list[str]:
        return [str(PYTHON), "-I", "-S", f"{files}/worker.py", str(NUMPY_SITE), str(control), "1" if sandboxed else "0"]

    def _plan(self) -> tuple[mounts.Step, ...]:
        return mounts.plan()

    def _start_plain(self, control: int) -> None:
        self._start(self._python(INSIDE, control, False), [control], cwd=self.folder.name,
                    env={**ENVIRONMENT, "HOME": self.folder.name})

    def _start_sandbox(self, backend: Backend, control: int) -> None:
        self.group = cgroup.Group(cgroup.folder()) if cgroup.folder() else None
        read, write = os.pipe()
        try:
            with tempfile.TemporaryFile() as system_calls:
                system_calls.write(seccomp.program())
                system_calls.seek(0)
                command = [*(self.group.joined_by() if self.group else []),
                           *backend.command(write, system_calls.fileno(), self._plan(), self.variables),
                           *self._python("/worker", control, True)]
                self._start(command, [control, write, system_calls.fileno()], env=ENVIRONMENT)
        finally:
            os.close(write)
            with open(read, "rb", buffering=0) as info:
                text = b""
                while self.process and b"}" not in text and _readable(read):
                    part = info.read(1000)
                    if not part:
                        break
                    text += part
        try:
            self.init_pid = json.loads(text)["child-pid"]
            self.init = os.pidfd_open(self.init_pid)
        except (ValueError, KeyError, OSError):
            raise StartError(self._complaint()) from None

    def _start(self, command: list[str], fds: list[int], **options) -> None:
        # A session of its own: Ctrl-C at the terminal is for the grader, which then ends the worker in order
        self.process = subprocess.Popen(command, pass_fds=fds, start_new_session=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.log, **options)

    def _expect_ready(self) -> None:
        try:
            message, _ = self.channel.receive()
        except ChannelError as error:
            raise StartError(self._complaint() or type(error).__name__) from None
        if message != ["ready"]:
            raise StartError(f"unexpected {message}")

    def _complaint(self) -> str:
        """The last line that the back-end or Python wrote; the student's code is not there yet."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.log.seek(0)
        lines = self.log.read(100_000).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def close(self) -> None:
        """Kill the worker and wait until it and its descendants are gone."""
        self.channel.close()
        if self.watch is not None:
            self.watch.stop()
            self.watch = None
        if self.init is not None:
            # The first process of the namespace: the kernel ends all the others before this one is over
            with contextlib.suppress(ProcessLookupError):             # it has ended by itself, or by the watch
                signal.pidfd_send_signal(self.init, signal.SIGKILL)
            _readable(self.init)
            os.close(self.init)
            self.init = None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(1)                      # the back-end's own end, after that first process's
        if self.process is not None:
            if self.folder is not None or self.process.poll() is None:
                with contextlib.suppress(OSError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        if self.group is not None:
            self.group.remove()
            self.group = None
        self.log.close()
        if self.folder is not None:
            self.folder.cleanup()
