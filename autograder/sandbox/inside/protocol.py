"""Frames over a socket: two lengths, a JSON text, raw array bytes. Nothing here is pickled, everything is capped.

The grader and the sandboxed worker both run this file, so it needs the standard library only. Every send and receive of
the grader is under a deadline, because the other side runs code that nobody trusts.
"""
import json
import socket
import struct
import time
from typing import Any

HEADER = struct.Struct(">II")
CHUNK, MOST = 1 << 16, 1 << 20      # bytes asked of the socket at once
ENCODE = json.JSONEncoder(separators=(",", ":")).encode
MAX_JSON = 4 << 20          # bytes of JSON in one frame
MAX_ARRAYS = 64 << 20       # bytes of arrays in one frame
MAX_TOTAL = 512 << 20       # bytes that one channel takes in: the grader's memory cannot be filled frame by frame


class ChannelError(BaseException):
    """The other side cannot be talked to. A BaseException: a test's `except Exception` must not turn it into a pass."""


class TimedOut(ChannelError):
    """The deadline passed."""


class Closed(ChannelError):
    """The other process is gone."""


class Broken(ChannelError):
    """The other process sent something that is no message, or too much of it."""


class NotLoaded(ChannelError):
    """There is no other process: the time for loading the student's code is used up."""


class TooLarge(ValueError):
    """A value that does not fit into a frame; nothing of it was sent."""


class Channel:
    """One end of a socket pair. Without `seconds` it waits for ever, which is right for the worker."""

    def __init__(self, sock: socket.socket, seconds: float | None = None):
        self.socket = sock
        self.taken = 0
        self.buffer = bytearray()
        self.set_deadline(seconds)

    def set_deadline(self, seconds: float | None) -> None:
        self.deadline = None if seconds is None else time.monotonic() + seconds

    def send(self, message: Any, arrays: list[bytes] = ()) -> None:
        text = ENCODE(message).encode()
        size = sum(map(len, arrays))
        if len(text) > MAX_JSON or size > MAX_ARRAYS:
            raise TooLarge(f"a value of {(len(text) + size) / 1e6:.0f} MB is too large to be graded")
        try:
            self._limit_wait()
            self.socket.sendall(b"".join((HEADER.pack(len(text), size), text, *arrays)))
        except TimeoutError:
            raise TimedOut from None
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self) -> tuple[Any, bytes]:
        """The next frame: its JSON, decoded, and the bytes of its arrays."""
        text_size, size = HEADER.unpack(self._read(HEADER.size))
        self.taken += text_size + size
        if text_size > MAX_JSON or size > MAX_ARRAYS or self.taken > MAX_TOTAL:
            raise Broken("too many bytes")
        text = self._read(text_size)
        try:
            message = json.loads(text.decode())
        except (ValueError, RecursionError) as error:
            raise Broken(str(error)) from None
        return message, self._read(size)

    def close(self) -> None:
        self.socket.close()

    def _read(self, size: int) -> bytes:
        """Exactly `size` bytes; what comes with them is kept for the next call, as a small frame comes whole."""
        while len(self.buffer) < size:
            try:
                self._limit_wait()
                part = self.socket.recv(max(CHUNK, min(size - len(self.buffer), MOST)))
            except TimeoutError:
                raise TimedOut from None
            except OSError as error:
                raise Closed(str(error)) from None
            if not part:
                raise Closed("end of file")
            self.buffer += part
        data = bytes(memoryview(self.buffer)[:size])
        del self.buffer[:size]
        return data

    def _limit_wait(self) -> None:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimedOut
            self.socket.settimeout(left)
