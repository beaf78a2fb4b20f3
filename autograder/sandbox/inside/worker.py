"""The process inside the sandbox: loads a student's cells, then answers what the grader asks about them.

Started as `python -I -S worker.py SITE FD SANDBOXED` by process.py. It knows no test, no expected value and no verdict:
whatever the student's code does to this process can only change values, which the grader then finds wrong.
After loading it stays as it is and forks once per test, so that no test sees what another one changed; when a test has
changed a file, the worker ends, and the grader loads a new one. A submission that means to can still count its tests,
for instance by its process number: inputs are fresh for each test, so nothing is to be had from that.
"""
import contextlib
import functools
import linecache
import mmap
import os
import resource
import signal
import socket
import stat
import sys
import time
import types
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
SITE, CONTROL, SANDBOXED = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1"
sys.path[:0] = [HERE, SITE]
sys.dont_write_bytecode = True                            # a late import shall leave no file

import numpy as np  # noqa: E402  (not importable before the line above)
from objects import CELL, Objects, describe  # noqa: E402
from protocol import Channel, ChannelError  # noqa: E402

# Open files: what waits in sockets and pipes is charged to no process. Signals and queues: counted per user, so a
# student could use up another's.
LIMITS = {"RLIMIT_AS": 4 << 30, "RLIMIT_CPU": 60, "RLIMIT_FSIZE": 64 << 20, "RLIMIT_NOFILE": 64, "RLIMIT_CORE": 0,
          "RLIMIT_SIGPENDING": 64, "RLIMIT_MSGQUEUE": 0}
ROOM = 1 << 30              # of RLIMIT_AS, that must be left when a cell has run
NO_ACCESS = 0               # to pages that only take addresses: a machine with less memory than that has room for them
if SANDBOXED:                                             # elsewhere the limit would count all of the user's processes
    LIMITS["RLIMIT_NPROC"] = 64


def confine() -> None:
    """Set the limits and print into the void."""
    for name, value in LIMITS.items():
        with contextlib.suppress(ValueError, OSError):    # macOS knows some of them by name only
            resource.setrlimit(getattr(resource, name), (value, value))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.closerange(3, CONTROL)
    os.closerange(CONTROL + 1, 256)


@functools.cache
def module_of(source: str) -> types.ModuleType:
    module = types.ModuleType("plain")
    exec(source, vars(module))
    return module


def plain_python(source: str, text: str) -> tuple[str, list[int]]:
    """The text as tito.plain, whose source this is, makes it plain Python; as it is where that fails."""
    try:
        return module_of(source).plain(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text, []


def lay_out(control: Channel, package: dict[str, str], steps: list, plain: str) -> None:
    """Write tinytorch/ into the current folder and make it importable.

    The grader is told of each module before it is made plain: if that takes too long, it is this module's fault.
    """
    numbers = {label: number for number, (kind, label, _) in enumerate(steps) if kind == "import"}
    folder = Path.cwd() / "tinytorch"
    folder.mkdir()
    for name, source in package.items():
        if name in numbers:
            control.send(["step", numbers[name]])
            source = plain_python(plain, source)[0]
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    sys.path.remove(HERE)
    sys.path.insert(0, str(Path.cwd()))


def load(control: Channel, name: str, steps: list, plain: str) -> dict:
    """Import the earlier modules and run the cells, telling the grader of each. Returns what the cells define."""
    __import__("tinytorch")
    module = types.ModuleType(f"tinytorch.{name}")
    sys.modules[module.__name__] = module
    setattr(sys.modules["tinytorch"], name, module)
    for number, (kind, label, source) in enumerate(steps):
        control.send(["step", number])
        error, left_out = None, False
        try:
            if kind == "import":
                __import__(f"tinytorch.{label}")
            else:
                file = CELL + label
                source, lines = plain_python(plain, source)
                left_out = bool(lines)
                linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)   # for inspect
                exec(compile(source, file, "exec"), vars(module))
        except ChannelError:
            raise
        except BaseException as problem:                  # SystemExit too: it costs this cell, not the others
            error = describe(problem)
        if crowded():                                     # tests would fail at one place now and at another next time
            os._exit(1)
        control.send(["done", number, error, left_out])
    return vars(module)


def crowded() -> bool:
    try:
        mmap.mmap(-1, ROOM, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, NO_ACCESS).close()
        return False
    except OSError:
        return True


def files() -> dict[Path, int]:
    """When each file that the student's code can reach was last changed, by a clock that it cannot set."""
    found = {}
    for folder in {Path.cwd(), Path("/tmp")} if SANDBOXED else {Path.cwd()}:
        for path in folder.rglob("*"):
            with contextlib.suppress(OSError):
                status = path.lstat()
                # A folder may have held a file for a while
                found[path] = 0 if stat.S_ISDIR(status.st_mode) else status.st_ctime_ns
    return found


def others(ours: set[str]) -> bool:
    """Whether a process is left that was not there when the worker started: it has left its test's process group."""
    for _ in range(10):                                   # what was killed takes a moment to go
        if not SANDBOXED or {name for name in os.listdir("/proc") if name.isdigit()} <= ours:
            return False
        time.sleep(0.005)
    return True


def public_names(wanted: list[str], module: dict, earlier: list[str]) -> dict:
    """The objects that tests may ask for: the module's own, else those of the earlier modules."""
    found = {}
    for name in reversed([f"tinytorch.{name}" for name in earlier]):
        if name in sys.modules:                           # its import may have failed
            found.update(vars(sys.modules[name]))
    found.update(module)
    return {name: found[name] for name in wanted if name in found}


def fork(control: socket.socket, fd: int, public: dict) -> int:
    """A child that answers one test's requests on `fd`; it leads a process group so that all it starts can be ended."""
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            control.close()
            Objects(Channel(socket.socket(fileno=fd)), public).serve()
        finally:
            os._exit(0)
    return child


def end(child: int) -> None:
    for kill in (os.killpg, os.kill):                     # the child may not have its group yet
        with contextlib.suppress(OSError):
            kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def main() -> None:
    control = socket.socket(fileno=CONTROL)
    channel = Channel(control)
    channel.send(["ready"])
    setup, _ = channel.receive()
    confine()
    lay_out(channel, setup["package"], setup["steps"], setup["plain"])
    ours = set(os.listdir("/proc"))
    module = load(channel, setup["module"], setup["steps"], setup["plain"])
    earlier = [label for kind, label, _ in setup["steps"] if kind == "import"]
    public = public_names(setup["names"], module, earlier)
    public["np"] = np
    untouched = files()
    channel.send(["loaded"])
    child = None
    while True:
        command, fds, _, _ = socket.recv_fds(control, 1, 1)
        if child is not None:
            end(child)
            child = None
            if others(ours) or files() != untouched:
                os._exit(0)
        if command == b"F":
            child = fork(control, fds[0], public)
            os.close(fds[0])
        elif command == b"E":
            control.send(b"E")
        else:
            os._exit(0)


if __name__ == "__main__":
    main()
