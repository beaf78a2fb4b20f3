"""What collection knows about a submission: our remarks, and when it was handed in.

It lies outside `submitted`, where nothing is trusted, and holds for one notebook only, by its checksum: for anything
else that lies there by now it says nothing.
"""
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from autograder.records.classroom import Classroom
from autograder.records.files import read_untrusted
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole


@dataclass(frozen=True)
class Record:
    sha256: str
    when: str                 # UTC, ISO 8601
    remarks: list[str]


def remember(classroom: Classroom, student: str, module: Module, notebook: bytes, when: datetime,
             remarks: list[str]) -> None:
    record = Record(hashlib.sha256(notebook).hexdigest(), when.astimezone(UTC).isoformat(), remarks)
    write_whole(classroom.collected(student, module), json.dumps(asdict(record), indent=1) + "\n")


def recall(classroom: Classroom, student: str, module: Module, notebook: bytes) -> Record | None:
    """The record of exactly this notebook, None if there is none."""
    try:
        record = Record(**json.loads(classroom.collected(student, module).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return record if record.sha256 == hashlib.sha256(notebook).hexdigest() else None


def handed_in_at(classroom: Classroom, student: str, module: Module, notebook: bytes) -> datetime | None:
    """When this notebook in `submitted` was handed in; if we did not collect it, by nbgrader's timestamp.txt beside it.
    """
    if record := recall(classroom, student, module, notebook):
        return datetime.fromisoformat(record.when)
    path = classroom.submitted(student, module).with_name("timestamp.txt")
    try:
        text = read_untrusted(path, classroom.folder, 100).decode("ascii")
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    except (ValueError, TitoError):
        return None
