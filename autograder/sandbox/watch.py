"""Ends a sandbox whose processes together take too much memory; each alone is under its own limit.

From outside, because the kernel's limit for a group, a cgroup, is not to be had by a plain user or in most containers.
What only a cgroup could count, such as buffers of sockets, is kept small by the limits of worker.py and seccomp.py.
"""
import contextlib
import os
import re
import signal
import threading

from autograder.sandbox.mounts import HOME

MEMORY_BYTES = 4 << 30      # as much as one process may ask for; the reference solutions take a fiftieth
POLL_SECONDS = 0.05
INODE_BYTES = 2 << 10       # of the kernel's memory, for each file: a tmpfs limits what is in files, not their number
RESIDENT = re.compile(rb"^(?:VmRSS|VmSwap):\s+(\d+) kB", re.MULTILINE)


class Watch(threading.Thread):
    """Watches the sandbox whose first process is `pid`, also open as `pidfd`, until `stop()`."""

    def __init__(self, pid: int, pidfd: int):
        super().__init__(name="sandbox-memory", daemon=True)
        self.pidfd = pidfd
        # The sandbox's own /proc lists its processes only, and nobody in there can mount another over it
        self.proc = os.open(f"/proc/{pid}/root/proc", os.O_RDONLY | os.O_DIRECTORY)
        self.folders = [os.open(f"/proc/{pid}/root{folder}", os.O_RDONLY | os.O_DIRECTORY) for folder in ("/tmp", HOME)]
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(POLL_SECONDS):
            if self.memory() > MEMORY_BYTES:
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                return

    def memory(self) -> int:
        """Bytes in memory and in swap; what processes share counts for each, which errs on the safe side."""
        spaces = [os.fstatvfs(folder) for folder in self.folders]
        files = sum((space.f_blocks - space.f_bfree) * space.f_frsize + (space.f_files - space.f_ffree) * INODE_BYTES
                    for space in spaces)
        kilobytes = 0
        for name in filter(str.isdigit, os.listdir(self.proc)):
            with contextlib.suppress(OSError):            # it has ended
                file = os.open(f"{name}/status", os.O_RDONLY, dir_fd=self.proc)
                with open(file, "rb", buffering=0) as status:
                    kilobytes += sum(map(int, RESIDENT.findall(status.read(10_000))))
        return files + (kilobytes << 10)

    def stop(self) -> None:
        self.over.set()
        self.join()
        for fd in (self.proc, *self.folders):
            os.close(fd)
