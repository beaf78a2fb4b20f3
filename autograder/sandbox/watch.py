"""Ends a sandbox whose processes together take too much memory; each alone is under its own limit.

From outside, because the kernel's limit for a group (cgroup.py) is not to be had in most containers. What only that one
counts, such as buffers of sockets, is kept small by the limits of worker.py and seccomp.py.
"""
import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator

from autograder.sandbox.mounts import WRITABLE

MEMORY_BYTES = 4 << 30      # as much as one process may ask for; the reference solutions take a fiftieth
POLL_SECONDS = 0.02         # a sample takes 0.1 ms; two cores fill some 100 MB in between
INODE_BYTES = 2 << 10       # of the kernel's memory, for each file: a tmpfs limits what is in files, not their number
RESIDENT = re.compile(rb"^(?:VmRSS|VmSwap):\s+(\d+) kB", re.MULTILINE)


class Watch(threading.Thread):
    """Watches the sandbox whose first process is `pid`, also open as `pidfd`, until `stop()`."""

    def __init__(self, pid: int, pidfd: int):
        super().__init__(name="sandbox-memory", daemon=True)
        self.pidfd = pidfd
        # The sandbox's own /proc lists its processes only, and nobody in there can mount another over it
        self.proc = os.open(f"/proc/{pid}/root/proc", os.O_RDONLY | os.O_DIRECTORY)
        self.folders = [os.open(f"/proc/{pid}/root{folder}", os.O_RDONLY | os.O_DIRECTORY) for folder in WRITABLE]
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
        return files + sum(map(self._resident, filter(str.isdigit, os.listdir(self.proc))))

    def _resident(self, process: str) -> int:
        """Bytes of one process. Where its first thread has ended, the others still have its memory."""
        if sizes := self._sizes(f"{process}/status"):
            return sum(sizes) << 10
        threads = self._listed(f"{process}/task")
        return max((sum(self._sizes(f"{process}/task/{thread}/status")) for thread in threads), default=0) << 10

    def _sizes(self, path: str) -> list[int]:
        """Kilobytes in memory and in swap; nothing for what has ended."""
        with contextlib.suppress(OSError), self._opened(path, os.O_RDONLY) as status:
            return [int(size) for size in RESIDENT.findall(os.read(status, 10_000))]
        return []

    def _listed(self, path: str) -> list[str]:
        with contextlib.suppress(OSError), self._opened(path, os.O_RDONLY | os.O_DIRECTORY) as folder:
            return os.listdir(folder)
        return []

    @contextlib.contextmanager
    def _opened(self, path: str, flags: int) -> Iterator[int]:
        fd = os.open(path, flags, dir_fd=self.proc)
        try:
            yield fd
        finally:
            os.close(fd)

    def stop(self) -> None:
        self.over.set()
        self.join()
        for fd in (self.proc, *self.folders):
            os.close(fd)
