"""The peak memory of a process, read from outside in /proc: the process has no say in it.

Beyond what it held when it was ready, with Python and NumPy loaded and nothing of the entry.
"""

import os
import re
import sys

FIELD = re.compile(rb"^(VmHWM|VmRSS):\s+(\d+) kB", re.MULTILINE)


class Memory:
    """`peak()` gives bytes, or None where the system does not tell (it needs Linux)."""

    def __init__(self, folder: int | None):
        self.folder = folder  # /proc/PID, held open: a number may be given to another process
        self.program = self._read("auxv")
        self.ready = self._field(b"VmRSS")

    @classmethod
    def of(cls, pid: int) -> "Memory":
        return cls(os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY) if sys.platform == "linux" else None)

    def peak(self) -> int | None:
        """Raises OSError if the process is over, ValueError if another program has taken its place and its count."""
        if self.folder is None:
            return None
        if self._read("auxv") != self.program:  # random addresses, new with every program
            raise ValueError("its process became another program, so its memory cannot be told")
        return max(0, self._field(b"VmHWM") - self.ready)

    def busy_seconds(self) -> float:
        """Processor time of the process so far; 0 where the system does not tell."""
        try:
            return int(self._read("schedstat").split()[0]) / 1e9
        except (OSError, IndexError):
            return 0.0

    def close(self) -> None:
        if self.folder is not None:
            os.close(self.folder)
            self.folder = None

    def _field(self, name: bytes) -> int:
        return dict((key, int(value) << 10) for key, value in FIELD.findall(self._read("status"))).get(name, 0)

    def _read(self, name: str) -> bytes:
        if self.folder is None:
            return b""
        fd = os.open(name, os.O_RDONLY, dir_fd=self.folder)
        with open(fd, "rb", buffering=0) as file:
            return file.read(1 << 16)
