"""Something handed in, before anybody looked into it: whose it is, where it lies, and how to read it."""
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from autograder.records.clock import Clock, Moment
from tito.errors import TitoError


class HandedIn(NamedTuple):
    raw: bytes
    when: datetime            # by a clock that is not the student's
    clock: Clock = Clock.disk
    place: str = ""           # in a learning platform's download, or in the exchange

    @property
    def moment(self) -> Moment:
        return Moment(self.when, self.clock)


@dataclass(frozen=True)
class Candidate:
    """`student` is said by the source, not by the notebook, and not checked yet."""
    student: str
    where: str                # for people, who look for it there
    read: Callable[[], HandedIn]
    attempt: tuple = ()       # the platform and its own time or number, the greatest is the newest; empty if unknown
    when: datetime | None = None      # where that is known exactly without reading it
    left_out: str = ""        # why this is no submission at all, and nobody's fault


def refused(student: str, where: str, problem: str) -> Candidate:
    """What cannot be a submission, and why."""
    def read() -> HandedIn:
        raise TitoError(problem)
    return Candidate(student, where, read)


def by_disk(seconds: float) -> datetime:
    """A file's time. It cannot lie ahead, or nothing newer would ever come."""
    return datetime.fromtimestamp(max(0.0, min(seconds, time.time())), UTC)
