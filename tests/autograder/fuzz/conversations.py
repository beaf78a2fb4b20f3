"""What a real worker says to real tests, frame by frame, and the same tests run on other bytes instead."""
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest import mock

from autograder.examine import student_code
from autograder.examine.connection import Connection
from autograder.examine.program import Program, Test
from autograder.examine.student_code import StudentCode
from autograder.sandbox.inside.protocol import Channel, ChannelError
from tests.autograder.case import CELLS, NAMES
from tests.autograder.examine.test_boundary import PASSING

FAILING = {"wrong cell": "def remember(:\n", "loud": "raise ValueError('one two three')"}
MODULE = ("vec", {**CELLS, **FAILING}, {"tensor": "x = 1 / 0"}, NAMES, False, False)


class Fault(Exception):
    """The grader's end raised something else than that its partner is broken, or that the student's code raised."""


class Recorded(Channel):
    """A channel that keeps the frames it receives."""

    frames: list[bytes]

    def _read(self, size: int) -> bytes:
        data = super()._read(size)
        self.frames = [*getattr(self, "frames", []), data]
        return data


def whole(parts: list[bytes]) -> list[bytes]:
    """Header, text and arrays of each frame in one."""
    return [b"".join(parts[i:i + 3]) for i in range(0, len(parts) - len(parts) % 3, 3)]


@dataclass(frozen=True)
class Conversation:
    """A test's text, and the frames of the worker's that make it pass; without a test, those of loading a module."""
    program: Program | None
    frames: list[bytes]


def record() -> list[Conversation]:
    """Every test of PASSING on a worker without a sandbox, and the loading of that worker."""
    channels = []

    def recorded(sock: socket.socket, seconds: float | None = None) -> Channel:
        channels.append(Recorded(sock, seconds))
        return channels[-1]

    found = []
    with mock.patch.object(student_code, "Channel", recorded), \
            mock.patch("autograder.sandbox.process.Channel", recorded), \
            StudentCode(*MODULE, time.monotonic() + 60) as code:
        found.append(Conversation(None, whole(channels[0].frames)[1:]))      # the first says that it is ready
        for name, text in PASSING.items():
            channel, program = code.connect(10), Program(Test(name, text, 1.0))
            program.run(Connection(channel), code.names)
            code.disconnect(channel)
            found.append(Conversation(program, whole(channel.frames)))
    return found


class Watched(Connection):
    """A connection that counts what it hears; whatever that is, it may only complain that it is broken."""

    heard = 0

    def _hear(self) -> Any:
        self.heard += 1
        return faultless(super()._hear)


def faultless(function: Callable, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except (ChannelError, Fault):
        raise
    except BaseException as error:
        raise Fault(f"{type(error).__name__}: {error}") from error
