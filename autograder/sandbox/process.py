"""Starts the worker in a bubblewrap sandbox, and ends it with everything it has started.

Inside there is Python, NumPy, the worker's own files, an empty /tmp and an empty /student: no network, no repository,
no tests, no other process. Started by root, it becomes an ordinary user, because root is exempt from process limits.
"""
import contextlib
import functools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import tinytorch
from autograder.sandbox import mounts, seccomp
from autograder.sandbox.inside.protocol import Channel, ChannelError
from autograder.sandbox.mounts import HOME, INSIDE, NUMPY_SITE, PYTHON
from autograder.sandbox.watch import Watch

START_SECONDS = 30.0
USER = 61000
ENVIRONMENT = {"PATH": "/usr/bin:/bin", **dict.fromkeys(tinytorch._THREADS, "1")}
INSTALL = "sudo apt-get install bubblewrap (Debian, Ubuntu) or sudo dnf install bubblewrap (Fedora)"
INSTALL_FILTER = "sudo apt-get install libseccomp2 (Debian, Ubuntu) or sudo dnf install libseccomp (Fedora)"
OR_UNSAFE = "or say --unsafe for code that you trust"


class StartError(Exception):
    """The worker did not start: no student code has run yet."""


@functools.cache
def sandbox_problem() -> str | None:
    """None when a sandbox starts here, else one line that says what is missing and how to get it."""
    if not sys.platform.startswith("linux"):
        return f"Safe grading needs Linux with bubblewrap: use WSL or a container, {OR_UNSAFE}."
    if shutil.which("bwrap", path=ENVIRONMENT["PATH"]) is None:
        return f"Safe grading needs bubblewrap, which is not installed: {INSTALL}."
    try:
        seccomp.program()
    except OSError as error:
        return f"Safe grading needs libseccomp ({error}): {INSTALL_FILTER}, {OR_UNSAFE}."
    try:
        Worker(sandboxed=True).close()
    except StartError as error:
        return f"bubblewrap cannot start a sandbox here ({error}): allow user namespaces, {OR_UNSAFE}."
    return None


def _sandbox_command(info: int, system_calls: int, more: list[str]) -> list[str]:
    variables = [word for item in {**ENVIRONMENT, "HOME": HOME}.items() for word in ("--setenv", *item)]
    common = ["--die-with-parent", "--info-fd", str(info), "--clearenv", "--hostname", "sandbox", *variables,
              *mounts.options(), *more]
    # /proc is read-only to the student's code, so that oom_score_adj stays; bubblewrap itself writes there before
    private = ["--unshare-user", "--disable-userns", "--new-session", "--cap-drop", "ALL", "--remount-ro", "/proc",
               "--chdir", HOME, "--seccomp", str(system_calls)]
    first_to_kill = ["choom", "-n", "1000", "--", "bwrap"]           # when the machine has no memory left
    if os.geteuid() != 0:
        return [*first_to_kill, "--unshare-all", *common, *private]
    # Root's sandbox holds a second one, whose user namespace has its own count of processes
    unshare = [f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup-try")]
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"]
    inner = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", *private]
    return [*first_to_kill, *unshare, *common, *drop, *inner]


def _readable(fd: int) -> bool:
    """Wait until a file descriptor has something to say; a process's has when the process is over."""
    poll = select.poll()                                  # select() takes no numbers over 1023
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(START_SECONDS * 1000))


class Worker:
    """A worker that waits for its setup message on `channel`; `close()` ends it and all that it has started."""

    def __init__(self, sandboxed: bool):
        ours, theirs = socket.socketpair()
        self.channel = Channel(ours, START_SECONDS)
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)
        self.folder = None if sandboxed else tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.init = self.process = self.watch = None
        try:
            with theirs:
                if sandboxed:
                    self._start_sandbox(theirs.fileno())
                else:
                    self._start_plain(theirs.fileno())
            self._expect_ready()
            if sandboxed:
                self.watch = Watch(self.init_pid, self.init)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise StartError(str(error)) from None
            raise

    def _python(self, files: Path | str, control: int, sandboxed: bool) -> list[str]:
        return [str(PYTHON), "-I", "-S", f"{files}/worker.py", str(NUMPY_SITE), str(control), "1" if sandboxed else "0"]

    def _options(self) -> list[str]:
        """Of bubblewrap, beside the usual ones."""
        return []

    def _start_plain(self, control: int) -> None:
        self._start(self._python(INSIDE, control, False), [control], cwd=self.folder.name,
                    env={**ENVIRONMENT, "HOME": self.folder.name})

    def _start_sandbox(self, control: int) -> None:
        read, write = os.pipe()
        try:
            with tempfile.TemporaryFile() as system_calls:
                system_calls.write(seccomp.program())
                system_calls.seek(0)
                command = _sandbox_command(write, system_calls.fileno(), self._options())
                self._start([*command, *self._python("/worker", control, True)],
                            [control, write, system_calls.fileno()], env=ENVIRONMENT)
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
        """The last line that bubblewrap or Python wrote; the student's code is not there yet."""
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
                self.process.wait(1)                      # bubblewrap's own end, after it has reaped that first process
        if self.process is not None:
            if self.folder is not None or self.process.poll() is None:
                with contextlib.suppress(OSError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        self.log.close()
        if self.folder is not None:
            self.folder.cleanup()
