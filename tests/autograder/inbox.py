"""Folders and zips of submissions for tests of collection, in which every file has its date."""
import io
import json
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from autograder.collect import exchange, sources
from autograder.collect import take_in as collecting
from autograder.records.classroom import Classroom
from autograder.records.submission import Submission
from tests.autograder.small_class import TENSOR, cell, submission

NAME = "01_tensor.ipynb"


def collect(classroom: Classroom, source: Path, roster: Path | None = None) -> collecting.Collected:
    return collecting.collect(classroom, TENSOR, sources.find_candidates(TENSOR, source, roster))


def from_exchange(classroom: Classroom) -> collecting.Collected:
    return collecting.collect(classroom, TENSOR, exchange.in_exchange(classroom.root, TENSOR))


def answering(classroom: Classroom, text: str) -> bytes:
    """A submission that is known by what stands in its cell mul."""
    return json.dumps(submission(classroom, TENSOR, mul=f"#| export\n{text}")).encode()


def taken(classroom: Classroom, student: str) -> str:
    """What stands in the cell mul of what was taken in; empty if nothing was."""
    path = Submission(classroom, student, TENSOR).submitted
    return "".join(cell(json.loads(path.read_text()), "mul")["source"]) if path.exists() else ""


def zipped(entries: dict, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


def put(path: Path, content: bytes, day: int = 1) -> Path:
    """A file of that day of the month."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    when = datetime(2026, 1, day, tzinfo=UTC).timestamp()
    os.utime(path, (when, when))
    return path


def put_tree(folder: Path, student: str, content: bytes, day: int = 1) -> Path:
    return put(folder / student / "01_tensor" / NAME, content, day)


def put_zip(folder: Path, student: str, content: bytes, day: int = 1) -> Path:
    return put(folder / f"{student}-01_tensor.zip", zipped({NAME: content}), day)


def of_another(status: os.stat_result) -> os.stat_result:
    """The same file, owned by an account that is nobody's here."""
    return os.stat_result([*status[:4], 4_000_000, *status[5:10]])
