"""Points and comments that people gave, kept in the course folder beside the gradebook: hand_scores/NN_name.csv.

Nothing else in a gradebook cannot be computed again. A line holds points or a comment, and a checksum of the answer for
which they were given; lines of cells and submissions that are no longer there stay.
"""
import csv
import fcntl
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from autograder.records.classroom import Classroom
from autograder.records.submission import Submission
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole

COLUMNS = ["student", "cell", "points", "extra_credit", "comment", "answer"]
Key = tuple[str, str, bool]               # student, cell, whether it is a comment


@dataclass(frozen=True)
class HandScore:
    """Points with extra credit, or a comment; answer: the checksum of what the person saw."""
    points: float | None
    extra_credit: float | None
    comment: str
    answer: str = ""

    @property
    def value(self) -> tuple:
        return self.points, self.extra_credit, self.comment


def kept_for(submission: Submission) -> dict[str, HandScore]:
    """The points that a person once gave in this submission, by cell."""
    kept = read_kept(submission.classroom, submission.module)
    return {cell: score for (student, cell, comment), score in kept.items()
            if student == submission.student and not comment}


def folder_of(classroom: Classroom) -> Path:
    return classroom.folder / "hand_scores"


def path_of(classroom: Classroom, module: Module) -> Path:
    return folder_of(classroom) / f"{module.id}.csv"


def read_kept(classroom: Classroom, module: Module) -> dict[Key, HandScore]:
    path = path_of(classroom, module)
    if not path.is_file():
        return {}
    status = path.stat()
    return _read(path, (status.st_mtime_ns, status.st_ino))


@lru_cache(maxsize=32)
def _read(path: Path, _version: tuple) -> dict[Key, HandScore]:
    kept, line = {}, {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            for line in csv.DictReader(file):
                points, extra = (float(line[name]) if line[name] else None for name in ("points", "extra_credit"))
                kept[line["student"], line["cell"], bool(line["comment"])] = \
                    HandScore(points, extra, line["comment"], line["answer"])
    except (KeyError, ValueError, TypeError, csv.Error):
        raise TitoError(f"{path} cannot be read at or after the line of {line.get('student')} {line.get('cell')}: its "
                        f"columns are {', '.join(COLUMNS)}. Mend it, or move it away: what the gradebook holds is "
                        "written again.") from None
    return kept


def write_kept(path: Path, kept: dict[Key, HandScore]) -> None:
    text = io.StringIO(newline="")
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for (student, cell, _), score in sorted(kept.items()):
        numbers = ("" if value is None else repr(float(value)) for value in (score.points, score.extra_credit))
        lines.writerow([student, cell, *numbers, score.comment, score.answer])
    write_whole(path, text.getvalue())


def rename_kept(classroom: Classroom, module: Module, names: Mapping[str, str]) -> None:
    """What was given for cells that have another name now; names: old -> new."""
    with locked(folder_of(classroom)):
        if kept := read_kept(classroom, module):
            write_kept(path_of(classroom, module), {(student, names.get(cell, cell), comment): score
                                                    for (student, cell, comment), score in kept.items()})


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Formgrader and a run may both be at it."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
