"""Runs real tests on damaged conversations, one after the other, and counts what comes of them."""
import contextlib
import random
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import numpy as np

from autograder.examine import student_code
from autograder.examine.proxies import StudentError
from autograder.examine.student_code import StudentCode
from autograder.sandbox.inside.protocol import ENCODE, Channel, ChannelError
from autograder.sandbox.process import StartError
from tests.autograder.fuzz.conversations import MODULE, Conversation, Fault, Watched, faultless
from tests.autograder.fuzz.mutations import OF_ONE, damaged
from tito.checks import assert_close

WHOLE = 10                  # every so many are whole conversations, the others one or two answers
SECONDS = 2.0               # the limit of a conversation
GRACE = 3.0                 # to compute with what was heard, on a busy machine
SILENT = 0.02               # the share of whole conversations that go silent in the middle
MEMORY = 1 << 30            # bytes that all of this may add


@dataclass
class Report:
    """How many frames were heard, what the conversations ended in, and every fault with the seed that repeats it."""
    frames: int = 0
    outcomes: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0
    megabytes: float = 0.0


def fuzz(conversations: list[Conversation], frames: int, seed: int,
         tell: Callable[[int], None] = lambda _: None) -> Report:
    """Damage conversations until so many frames were heard. The same seed gives the same bytes."""
    report, begin, number = Report(), time.monotonic(), 0
    others = [frame for one in conversations for frame in one.frames if len(frame) < 10_000]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while report.frames < frames:
        rng = random.Random(f"{seed} {number}")
        start = time.monotonic()
        if number % WHOLE:
            outcome, heard = answer(rng, others)
        else:
            conversation = conversations[rng.randrange(len(conversations))]
            changed = damaged(rng, conversation.frames, others)
            outcome, heard = converse(conversation, changed, rng.random() < SILENT)
            heard -= whole_before(conversation.frames, changed)
        took = time.monotonic() - start
        if took > SECONDS + GRACE:
            outcome = f"FAULT: it took {took:.1f} s"
        if outcome.startswith("FAULT"):
            report.faults.append(f"seed {seed}, conversation {number}: {outcome}")
        report.outcomes[outcome.split(":")[0]] += 1
        report.frames += max(heard, 0)
        report.slowest = max(report.slowest, took)
        number += 1
        tell(max(heard, 0))
    report.seconds = time.monotonic() - begin
    report.megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if report.megabytes > MEMORY >> 20:
        report.faults.append(f"it took {report.megabytes:.0f} MB")
    return report


def whole_before(frames: list[bytes], changed: list[bytes]) -> int:
    """How many frames are as they were, before the first that is not."""
    pairs = list(zip(frames, changed))
    return next((i for i, (one, other) in enumerate(pairs) if one != other), len(pairs))


class Deaf(Channel):
    """A channel whose questions nobody reads."""

    def send(self, message: Any, arrays: list[bytes] = ()) -> None:
        ENCODE(message)


def callbacks() -> list[Callable]:
    """Functions of a test: one that gives its arguments back, one of NumPy's, one that fails, one that asks."""
    def fails(*given, **options):
        raise KeyError(*given)
    return [lambda *given, **options: given, np.exp, fails, lambda one, *others, **options: one.numpy() + len(others)]


def answer(rng: random.Random, frames: list[bytes]) -> tuple[str, int]:
    """Up to three damaged answers to a question, the later ones to what callbacks ask; what comes of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        say(theirs, [rng.choice(OF_ONE)(rng, rng.choice(frames)) for _ in range(rng.choice((1, 2, 3)))], False)
        connection = Watched(Deaf(ours, SECONDS))
        connection.callbacks = callbacks()
        with np.errstate(all="ignore"):
            return outcome_of(lambda: use(connection.ask("get"))), connection.heard


def use(value: Any) -> None:
    """What a check does with an answer. A test's own errors are none of the grader's."""
    with contextlib.suppress(Exception):
        assert_close(value, np.zeros(3))


def outcome_of(test: Callable[[], Any]) -> str:
    """What running a test ends in."""
    try:
        test()
        return "passed or answered"
    except ChannelError as error:
        return type(error).__name__
    except StudentError:
        return "an error of the student's"
    except Fault as error:
        return f"FAULT: {error}"
    except Exception:
        return "a check fails"
    except BaseException as error:
        return f"FAULT: {type(error).__name__} ends the grader"


def converse(conversation: Conversation, frames: list[bytes], silent: bool) -> tuple[str, int]:
    """What the frames end in, and how many were heard. silent: the other end stays open, and says nothing more."""
    if conversation.program is None:
        return load(frames, silent)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        say(theirs, frames, silent)
        connection = Watched(Channel(ours, 0.05 if silent else SECONDS))
        return outcome_of(lambda: conversation.program.run(connection, MODULE[3])), connection.heard


class Silent:
    """A worker that says what it is told to, to whoever loads a module into it."""

    def __init__(self, frames: list[bytes], silent: bool):
        ours, self.theirs = socket.socketpair()
        say(self.theirs, frames, silent)
        self.channel = Channel(ours)
        self.heard, receive = 0, self.channel.receive

        def counted():
            self.heard += 1
            return receive()
        self.channel.receive = counted

    def close(self) -> None:
        self.channel.close()
        self.theirs.close()


def load(frames: list[bytes], silent: bool) -> tuple[str, int]:
    """The same for a worker that loads a module; it is asked once, then it is too late for another."""
    worker, end = Silent(frames, silent), time.monotonic() + SECONDS
    workers = iter([worker])

    def start(sandboxed: bool) -> Silent:
        try:
            return next(workers)
        except StopIteration:
            raise StartError("there was one") from None

    with mock.patch.object(student_code, "Worker", start), mock.patch.object(student_code, "CELL_SECONDS", 0.05):
        try:
            faultless(lambda: StudentCode(*MODULE, end).__enter__().stop())
            outcome = "loaded"
        except Fault as error:
            outcome = "not loaded" if isinstance(error.__cause__, StartError) else f"FAULT: {error}"
    return outcome, worker.heard


def say(sock: socket.socket, frames: list[bytes], silent: bool) -> None:
    """All at once, as far as the socket takes it."""
    sock.setblocking(False)
    try:
        sock.sendall(b"".join(frames))
        if not silent:
            sock.shutdown(socket.SHUT_WR)
    except BlockingIOError:
        sock.shutdown(socket.SHUT_WR)
