"""One student's work in one module: where each step keeps it, and what is known about it.

What collection knows lies outside `submitted`, where nothing is trusted, and holds for one notebook only, by its
checksum: for anything else that lies there by now it says nothing.
"""
import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.records.classroom import Classroom
from autograder.records.clock import Clock, Moment
from autograder.records.files import read_untrusted, write_untrusted
from autograder.records.provenance import Graded, read_graded
from tito.course import Module, available
from tito.errors import TitoError
from tito.files import write_whole
from tito.handed_in import MAX_BYTES

TIMESTAMP = "%Y-%m-%d %H:%M:%S.%f UTC"       # as nbgrader keeps it


@dataclass(frozen=True)
class Receipt:
    """What collection noted when it took a notebook in."""
    sha256: str
    when: str                 # handed in, UTC, ISO 8601
    remarks: list[str]
    clock: str = Clock.disk   # whose word `when` is
    place: str = ""           # where a learning platform or the exchange had it, and takes feedback back

    @property
    def moment(self) -> Moment:
        return Moment(datetime.fromisoformat(self.when), Clock(self.clock))


@dataclass(frozen=True)
class Submission:
    classroom: Classroom
    student: str
    module: Module

    def __str__(self) -> str:
        return f"{self.student} {self.module.id}"

    @property
    def submitted(self) -> Path:
        return self._in("submitted", f"{self.module.id}.ipynb")

    @property
    def timestamp(self) -> Path:
        """When it was handed in, as nbgrader keeps it."""
        return self._in("submitted", "timestamp.txt")

    @property
    def collected(self) -> Path:
        return self.classroom.folder / "collected" / self.student / f"{self.module.id}.json"

    @property
    def replaced(self) -> Path:
        """The folder of the student's earlier attempts."""
        return self.classroom.folder / "replaced" / self.student / self.module.id

    @property
    def autograded(self) -> Path:
        return self._in("autograded", f"{self.module.id}.ipynb")

    @property
    def failure(self) -> Path:
        """Why there is no grade, written instead of the graded notebook."""
        return self._in("autograded", "failure.txt")

    @property
    def feedback(self) -> Path:
        return self._in("feedback", f"{self.module.id}.html")

    def _in(self, step: str, name: str) -> Path:
        return self.classroom.folder / step / self.student / self.module.id / name

    def exists(self) -> bool:
        return self.submitted.is_symlink() or self.submitted.exists()

    def read(self, limit: int) -> bytes:
        """The notebook that lies in `submitted` now. Raises TitoError for a link, and above `limit` bytes."""
        return read_untrusted(self.submitted, self.classroom.folder, limit)

    def note(self, notebook: bytes, moment: Moment, remarks: list[str], place: str = "") -> None:
        when = moment.when.astimezone(UTC)
        receipt = Receipt(hashlib.sha256(notebook).hexdigest(), when.isoformat(), remarks, moment.clock, place)
        write_untrusted(self.timestamp, self.classroom.folder, when.strftime(TIMESTAMP + "\n"))
        write_whole(self.collected, json.dumps(asdict(receipt), indent=1) + "\n")

    def receipt(self, notebook: bytes) -> Receipt | None:
        """What collection noted about exactly this notebook, None if it did not take it in."""
        try:
            receipt = Receipt(**json.loads(self.collected.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return receipt if receipt.sha256 == hashlib.sha256(notebook).hexdigest() else None

    def taken_in(self) -> Receipt | None:
        """What collection noted about what lies in `submitted` now."""
        try:
            return self.receipt(self.read(MAX_BYTES))
        except (TitoError, OSError):
            return None

    def handed_in_at(self, notebook: bytes) -> datetime | None:
        """When this notebook was handed in; where we did not collect it, by the timestamp beside it."""
        if receipt := self.receipt(notebook):
            return datetime.fromisoformat(receipt.when)
        try:
            text = read_untrusted(self.timestamp, self.classroom.folder, 100).decode("ascii")
            return datetime.strptime(text.strip(), TIMESTAMP).replace(tzinfo=UTC)
        except (ValueError, TitoError):
            return None

    def graded(self) -> Graded | None:
        """The last grading, None if there is none, or not a whole one."""
        return read_graded(self.autograded)

    def earlier(self) -> list["Submission"]:
        """The student's work, handed in or not, in the earlier modules on which this one stands."""
        present = available(self.classroom.root)
        return [Submission(self.classroom, self.student, module) for module in self.module.earlier()
                if module in present]
