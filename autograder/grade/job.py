"""What a worker gets to examine one submission, and what it gives back. Both are bytes, text and numbers, nothing else.

A worker needs no gradebook, no course folder and no nbgrader, and keeps nothing from one submission to the next.
"""
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.grade.policy import Policy
from autograder.records.provenance import Stand


@dataclass(frozen=True)
class Kept:
    """A cell as the gradebook keeps it: hidden tests included, and the stub where an answer belongs."""
    source: str
    locked: bool              # goes into the graded notebook whatever was handed in
    checksum: str | None


@dataclass(frozen=True)
class Assignment:
    """What is the same for everybody who hands in one module."""
    module: str               # tensor
    release: bytes            # the released notebook, JSON with joined sources
    cells: Mapping[str, Kept]             # by grade_id
    names: tuple[str, ...]                # public names that its tests may use
    references: Mapping[str, str]         # the reference's source of each earlier module, by name


@dataclass(frozen=True)
class Foundation:
    """The earlier modules under a grade."""
    stands: tuple[Stand, ...]
    package: Mapping[str, str]            # name of a module -> its Python source; what is missing is not in it


@dataclass(frozen=True)
class Job:
    """One submission to examine."""
    assignment: Assignment
    handed_in: bytes
    base: Foundation
    policy: Policy
    sandboxed: bool
    remarks: tuple[str, ...]              # of collection
    fingerprint: str                      # of everything that decides the grade
    graded_at: str                        # UTC

    @property
    def checksum(self) -> str:
        """Of what was handed in."""
        return hashlib.sha256(self.handed_in).hexdigest()


@dataclass(frozen=True)
class Row:
    """What came out: a graded notebook and its scores, or why there is none."""
    failure: str = ""
    notebook: bytes = b""
    scores: Mapping[str, float | None] = field(default_factory=dict)      # None: a person has to read it
    comments: Mapping[str, str | None] = field(default_factory=dict)      # of the grader, on answers
