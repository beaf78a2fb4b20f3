"""The kernel's own limit for all processes of a sandbox together, a cgroup (version 2), where one may be made.

That is beside the group of whoever grades, in a folder that is theirs: so for root under systemd, and for a plain user
in a session of systemd's user manager. It counts what nothing else does: buffers of sockets and pipes, page tables.
"""
import contextlib
import functools
import itertools
import os
import subprocess
from pathlib import Path

from autograder.sandbox.watch import MEMORY_BYTES

PREFIX = "tinytorch-"
JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
NUMBERS = itertools.count()


@functools.cache
def folder() -> Path | None:
    """In which groups can be made that limit memory; None where there is no such folder."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        mount = next(Path(line.split()[4]) for line in lines if " - cgroup2 " in line)
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        own = next(line.removeprefix("0::/") for line in lines if line.startswith("0::"))
        beside = (mount / own).parent if own else mount
        if "memory" in (beside / "cgroup.subtree_control").read_text().split():
            _sweep(beside)
            group = Group(beside)
            try:
                subprocess.run([*group.joined_by(), "true"], check=True, capture_output=True)
                return beside
            except (OSError, subprocess.CalledProcessError):
                return None
            finally:
                group.remove()
    return None


def _sweep(beside: Path) -> None:
    """Remove groups of graders that were killed."""
    for left in beside.glob(f"{PREFIX}*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):
                left.rmdir()


class Group:
    """A new group below `beside`. Raises OSError when it cannot be made."""

    def __init__(self, beside: Path):
        self.path = beside / f"{PREFIX}{os.getpid()}-{next(NUMBERS)}"
        self.path.mkdir()
        try:
            (self.path / "memory.max").write_text(str(MEMORY_BYTES))
            (self.path / "memory.oom.group").write_text("1")          # all of them end, as with watch.py
            with contextlib.suppress(OSError):                        # a kernel without swap
                (self.path / "memory.swap.max").write_text("0")
        except OSError:
            self.path.rmdir()
            raise

    def joined_by(self) -> list[str]:
        """Goes in front of a command, which then runs in the group with all that it starts."""
        return ["sh", "-c", JOIN, str(self.path)]

    def remove(self) -> None:
        """Once all that ran in it has ended."""
        with contextlib.suppress(OSError):
            self.path.rmdir()
