"""The peak memory of a process, read from outside in /proc: the process has no say in it.

Beyond what it held when it was ready, with Python and NumPy loaded and nothing of the entry. What it held then and has
given back since counts as well: pages of Python's own files, for instance, would make room that no count shows.
"""

import os
import re
import sys

FIELD = re.compile(rb"^(VmHWM|VmRSS|VmSwap|RssAnon|RssFile):\s+(\d+) kB", re.MULTILINE)


class Memory:
    """`peak()` gives bytes, or None where the system does not tell (it needs Linux)."""

    def __init__(self, folder: int | None):
        self.folder = folder  # /proc/PID, held open: a number may be given to another process
        self.program = self._read("auxv")
        self.ready = self._fields()

    @classmethod
    def of(cls, pid: int) -> "Memory":
        return cls(os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY) if sys.platform == "linux" else None)

    def peak(self) -> int | None:
        """Raises OSError if the process is over, ValueError if another program has taken its place and its count."""
        if self.folder is None:
            return None
        if self._read("auxv") != self.program:  # random addresses, new with every program
            raise ValueError("its process became another program, so its memory cannot be told")
        ready, now = self.ready, self._fields()
        returned = [max(0, ready[part] - now[part]) for part in ("RssFile", "RssAnon")]
        return max(0, now["VmHWM"] - ready["VmRSS"]) + sum(returned)

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

    def _fields(self) -> dict[str, int]:
        """Bytes by the kernel's names; what is in swap counts as anonymous memory, and a field not there as 0."""
        found = {name.decode(): int(value) << 10 for name, value in FIELD.findall(self._read("status"))}
        fields = dict.fromkeys(("VmHWM", "VmRSS", "VmSwap", "RssAnon", "RssFile"), 0) | found
        return fields | {"RssAnon": fields["RssAnon"] + fields["VmSwap"]}

    def _read(self, name: str) -> bytes:
        if self.folder is None:
            return b""
        fd = os.open(name, os.O_RDONLY, dir_fd=self.folder)
        with open(fd, "rb", buffering=0) as file:
            return file.read(1 << 16)
