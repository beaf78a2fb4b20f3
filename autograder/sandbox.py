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
import site
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from autograder.protocol import Channel, ChannelError

HERE = Path(__file__).resolve().parent
FILES = [HERE / f"{name}.py" for name in ("worker", "objects", "encoding", "protocol")]
NUMPY_SITE = Path(np.__file__).resolve().parent.parent
PYTHON = Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
PYTHON_HOME = Path(os.path.realpath(sys.base_prefix))
START_SECONDS = 30.0
TMPFS_BYTES = 64 << 20
HOME = "/student"           # in the sandbox
USER = 61000
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
INSTALL = "sudo apt-get install bubblewrap (Debian, Ubuntu) or sudo dnf install bubblewrap (Fedora)"
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
        Worker(sandboxed=True).close()
    except StartError as error:
        return f"bubblewrap cannot start a sandbox here ({error}): allow user namespaces, {OR_UNSAFE}."
    return None


def _parents(*paths: Path) -> list[str]:
    """Options that make the folders above `paths`, open to all: bubblewrap would make them for their owner only."""
    folders = dict.fromkeys(folder for path in paths for folder in reversed(path.parents[:-1]))
    return [word for folder in folders for word in ("--perms", "0755", "--dir", str(folder))]


def _mounts() -> list[str]:
    """Options that put the file system of the sandbox together. A tmpfs comes before what is bound into it."""
    options = []
    for folder in ("/tmp", HOME):
        options += ["--perms", "1777", "--size", str(TMPFS_BYTES), "--tmpfs", folder]
    options += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            options += ["--symlink", f"usr/{name}", f"/{name}"]
        else:
            options += ["--ro-bind-try", f"/{name}", f"/{name}"]
    options += _parents(Path("/etc/ld.so.cache"))
    for path in ("/etc/ld.so.cache", "/etc/alternatives"):           # some NumPy builds find their BLAS through these
        options += ["--ro-bind-try", path, path]
    if not PYTHON_HOME.is_relative_to("/usr"):
        options += [*_parents(PYTHON_HOME), "--ro-bind", str(PYTHON_HOME), str(PYTHON_HOME)]
    bound = (Path("/usr"), PYTHON_HOME)
    # Beside Python may be this very package, with the reference solutions: installed, or as a checkout
    for folder in [*site.getsitepackages([str(PYTHON_HOME)]), str(HERE.parent)]:
        if os.path.isdir(folder) and any(Path(folder).resolve().is_relative_to(home) for home in bound):
            options += ["--tmpfs", os.path.realpath(folder)]
    libraries = [path for path in (NUMPY_SITE / "numpy", NUMPY_SITE / "numpy.libs") if path.is_dir()]
    options += _parents(*libraries, Path("/worker/worker.py"))
    for path in libraries:
        options += ["--ro-bind", str(path), str(path)]
    for file in FILES:
        options += ["--ro-bind", str(file), f"/worker/{file.name}"]
    return [*options, "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/"]


def _sandbox_command(info: int) -> list[str]:
    variables = [word for item in {**ENVIRONMENT, "HOME": HOME}.items() for word in ("--setenv", *item)]
    common = ["--die-with-parent", "--info-fd", str(info), "--clearenv", *variables, *_mounts()]
    private = ["--unshare-user", "--disable-userns", "--new-session", "--cap-drop", "ALL", "--chdir", HOME]
    if os.geteuid() != 0:
        return ["bwrap", "--unshare-all", *common, *private]
    # Root's sandbox holds a second one, whose user namespace has its own count of processes
    outer = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", *common]
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"]
    return [*outer, *drop, "bwrap", "--die-with-parent", *private, "--dev-bind", "/", "/"]


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
        self.init = self.process = None
        try:
            with theirs:
                if sandboxed:
                    self._start_sandbox(theirs.fileno())
                else:
                    self._start_plain(theirs.fileno())
            self._expect_ready()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise StartError(str(error)) from None
            raise

    def _python(self, files: Path | str, control: int, sandboxed: bool) -> list[str]:
        return [str(PYTHON), "-I", "-S", f"{files}/worker.py", str(NUMPY_SITE), str(control), "1" if sandboxed else "0"]

    def _start_plain(self, control: int) -> None:
        self._start(self._python(HERE, control, False), [control], cwd=self.folder.name,
                    env={**ENVIRONMENT, "HOME": self.folder.name})

    def _start_sandbox(self, control: int) -> None:
        read, write = os.pipe()
        try:
            command = _sandbox_command(write) + self._python("/worker", control, True)
            self._start(command, [control, write], env=ENVIRONMENT)
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
            self.init = os.pidfd_open(json.loads(text)["child-pid"])
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
        if self.init is not None:
            # The first process of the namespace: the kernel ends all the others before this one is over
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
