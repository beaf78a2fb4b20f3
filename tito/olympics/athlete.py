"""An entry in a clean process of its own, and the only door to it: photos go in, digits come out.

Clock, memory and labels are on this side. The process is ended from outside when it is late.
"""

import base64
import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import tinytorch
from tito.olympics.memory import Memory

HEADER = struct.Struct(">cI")  # as in inside.py
PROGRAM = Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
SITE = str(Path(np.__file__).resolve().parent.parent)
START_SECONDS, LOAD_SECONDS, ANSWER_SECONDS = 30.0, 30.0, 20.0
LIFE_SECONDS = 60.0  # of one process; an entry as fast as the baseline takes 5
MOST_TEXT = 600


class Fouled(Exception):
    """The entry cannot be measured: it raised, hung, ended, or answered what is no answer. One line says which."""


class Watchdog(threading.Thread):
    """Calls `bite` when the deadline passes: one thread for all questions, because a timer for each would cost more."""

    def __init__(self, bite):
        super().__init__(name="olympics-watchdog", daemon=True)
        self.bite, self.deadline, self.bitten, self.over = bite, float("inf"), False, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.1):
            if time.monotonic() > self.deadline:
                self.bitten = True
                self.bite()
                return


class Athlete:
    """A process that has loaded the entry's `files` on top of the `package`; a context manager.

    Raises Fouled when the entry does not load.
    """

    def __init__(self, package: Mapping[str, bytes], files: Mapping[str, bytes]):
        self.watchdog = Watchdog(self.kill)
        self.last = time.monotonic() + LIFE_SECONDS
        try:
            self.read, self.write = self.start()
            self.expect_ready()
            self.memory = self.watch_memory()
            setup = {"tinytorch": _texts(package), "entry": _texts(files)}
            self._send(b"F", json.dumps(setup).encode())
            self._send(b"L")
            self._expect(b"L", LOAD_SECONDS)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Athlete":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    # What the sandbox does in another way

    def start(self) -> tuple[int, int]:
        """Start the process; file descriptors to read from and to write to."""
        self.folder = tempfile.TemporaryDirectory(prefix="olympics-", ignore_cleanup_errors=True)
        keep = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        environment = {**keep, **dict.fromkeys(tinytorch._THREADS, "1"), "HOME": self.folder.name}
        command = [sys.executable, "-I", "-S", "-c", PROGRAM, SITE, "-", "0"]
        self.process = subprocess.Popen(
            command,
            cwd=self.folder.name,
            env=environment,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return self.process.stdout.fileno(), self.process.stdin.fileno()

    def expect_ready(self) -> None:
        self._expect(b"R", START_SECONDS)

    def watch_memory(self) -> Memory:
        return Memory.of(self.process.pid)

    def kill(self) -> None:
        """With all that it has started, where the system has groups of processes."""
        if hasattr(os, "killpg") and self.process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def end(self) -> None:
        if hasattr(self, "process"):
            self.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()
            self.folder.cleanup()

    # The same for both

    def ask(self, photos: np.ndarray) -> np.ndarray:
        """Digits (N,) for float32 photos (N, 1, 8, 8)."""
        self._send(b"Q", photos.tobytes())
        answer = self._expect(b"A", ANSWER_SECONDS, len(photos))
        if len(answer) != len(photos):
            raise Fouled(f"it answered {len(answer)} digits to {len(photos)} photos")
        return np.frombuffer(answer, np.uint8)

    def close(self) -> None:
        self.watchdog.over.set()
        self.end()
        if hasattr(self, "memory"):
            self.memory.close()

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._set_deadline(ANSWER_SECONDS)  # who does not read holds up the writer, too
        data = memoryview(HEADER.pack(kind, len(payload)) + payload)
        try:
            while data:
                data = data[os.write(self.write, data) :]
        except OSError:
            raise self._gone() from None

    def _expect(self, kind: bytes, seconds: float, most: int = 0) -> bytes:
        self._set_deadline(seconds)
        found, size = HEADER.unpack(self._take(HEADER.size))
        if found == b"E" and size <= MOST_TEXT:
            raise Fouled(f"its code raised {' '.join(self._take(size).decode(errors='replace').split())}")
        if found != kind or size > most:
            raise Fouled("it sent something that is no answer")
        content = self._take(size)
        self.watchdog.deadline = float("inf")
        return content

    def _set_deadline(self, seconds: float) -> None:
        self.watchdog.deadline = min(time.monotonic() + seconds, self.last)

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                part = os.read(self.read, size - len(data))
            except OSError:
                part = b""
            if not part:
                raise self._gone()
            data += part
        return data

    def _gone(self) -> Fouled:
        return Fouled(
            "it did not answer in time: it may take 20 seconds for an answer and 60 for all"
            if self.watchdog.bitten
            else "its process ended; out of memory, or its code ended it"
        )


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}
