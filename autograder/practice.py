"""`python -m autograder.practice FOLDER`: five invented students hand in module 01, on Moodle, Canvas and Gradescope.

Writes what an instructor would download there, and a class list: docs/instructors.md and docs/platforms.md practise on
it. The people and their work are the same on every platform.
"""
import csv
import io
import json
import sys
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.demo import Solves, solved
from autograder.options import run
from autograder.records.classroom import Classroom
from autograder.release.notebook import release_text
from tito import console
from tito.course import MODULES, Module, find_root
from tito.errors import TitoError
from tito.files import write_whole
from tito.notebooks import as_bytes, load, read_cells

MODULE = MODULES[0]
DUE = datetime(2025, 10, 6, 23, 59, tzinfo=UTC)
RULES = f'timezone = "UTC"\n[due]\n{MODULE.id} = {DUE:%Y-%m-%d}\n[late]\npenalty = "10% per day"\n'


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    solves: Solves
    handed_in: datetime
    as_zip: bool = False              # as `tito submit` packs it

    @property
    def id(self) -> str:
        return self.first.lower()

    @property
    def email(self) -> str:
        return f"{self.id}@example.org"

    def number(self, first: int) -> int:
        """By which a platform knows this person, in one that counts from there."""
        return first + PEOPLE.index(self)

    @property
    def late(self) -> bool:
        return self.handed_in > DUE


def october(day: int, hour: int) -> datetime:
    return datetime(2025, 10, day, hour, 30, tzinfo=UTC)


PEOPLE = [
    Person("Ada", "Lovelace", lambda module, nth: True, october(5, 10)),
    Person("Blaise", "Pascal", lambda module, nth: False, october(6, 21)),
    Person("Claude", "Shannon", lambda module, nth: nth % 2 == 0, october(6, 18)),
    Person("Grace", "Hopper", lambda module, nth: nth != 2, october(4, 9), as_zip=True),
    Person("Emmy", "Noether", lambda module, nth: True, october(7, 9)),
]


def write_practice(root: Path, folder: Path) -> None:
    """Raises TitoError where the folder exists: nothing in it is overwritten."""
    if folder.exists():
        raise TitoError(f"{folder} is there already: name a new folder, or move that one away.")
    classroom = Classroom.at(root)
    points = sum(cell.points for cell in read_cells(MODULE.notebook(root)))
    files = {person: handed_in(classroom, MODULE, person) for person in PEOPLE}
    write_whole(folder / "course.toml", RULES)
    write_table(folder / "class.csv", [["student_id", "name", "email"],
                                       *[[p.id, f"{p.first} {p.last}", p.email] for p in PEOPLE]])
    moodle(folder / "moodle", files, points)
    canvas(folder / "canvas", files, points)
    gradescope(folder / "gradescope", files)


def handed_in(classroom: Classroom, module: Module, person: Person) -> tuple[str, bytes]:
    """The name and the content of the file that this person uploads."""
    blank = json.loads(release_text(classroom, module))
    notebook = as_bytes(solved(load(module.notebook(classroom.root)), blank, module, person.solves))
    if not person.as_zip:
        return f"{module.id}.ipynb", notebook
    return f"{person.id}-{module.id}.zip", zipped({f"{module.id}/{module.id}.ipynb": notebook})


def moodle(folder: Path, files: dict[Person, tuple[str, bytes]], points: float) -> None:
    write_whole(folder / "download.zip", zipped({
        f"{p.first} {p.last}_{p.number(1234501)}_assignsubmission_file/{name}": content
        for p, (name, content) in files.items()}))
    header = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade", "Grade can be changed",
              "Last modified (submission)", "Last modified (grade)", "Feedback comments"]
    write_table(folder / "worksheet.csv", [header, *[
        [f"Participant {p.number(1234501)}", f"{p.first} {p.last}", p.email, "Submitted for grading", "",
         f"{points:.2f}", "Yes", f"{p.handed_in:%A, %d %B %Y, %I:%M %p}", "-", ""] for p in PEOPLE]])


def canvas(folder: Path, files: dict[Person, tuple[str, bytes]], points: float) -> None:
    write_whole(folder / "download.zip", zipped({
        f"{p.last}{p.first}".lower() + f"{'_LATE' if p.late else ''}_{p.number(51201)}_{p.number(987601)}_{name}":
        content for p, (name, content) in files.items()}))
    write_table(folder / "gradebook.csv", [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{MODULE.id} (301)"],
        ["    Points Possible", "", "", "", "", f"{points:g}"],
        *[[f"{p.last}, {p.first}", p.number(51201), "", p.id, "A", ""] for p in PEOPLE]])


def gradescope(folder: Path, files: dict[Person, tuple[str, bytes]]) -> None:
    metadata = "".join(f"submission_{p.number(1001)}:\n  :submitters:\n  - :name: {p.first} {p.last}\n"
                       f"    :sid: {p.id}\n    :email: {p.email}\n"
                       f"  :created_at: {p.handed_in:%Y-%m-%d %H:%M:%S Z}\n" for p in PEOPLE)
    export = {f"submission_{p.number(1001)}/{name}": content for p, (name, content) in files.items()}
    write_whole(folder / "download.zip", zipped({
        f"assignment_1454331_export/{name}": content
        for name, content in {"submission_metadata.yml": metadata.encode(), **export}.items()}))
    write_table(folder / "roster.csv", [["First Name", "Last Name", "SID", "Email", "Role"],
                                        *[[p.first, p.last, p.id, p.email, "Student"] for p in PEOPLE]])


def zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def write_table(path: Path, lines: list[list]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    write_whole(path, text.getvalue())


def main() -> None:
    if len(sys.argv) != 2:
        raise TitoError("Where to? python -m autograder.practice FOLDER", exit_code=2)
    folder = Path(sys.argv[1])
    write_practice(find_root(), folder)
    console.say(f"{folder}: {len(PEOPLE)} students' {MODULE.id} as downloaded from moodle, canvas and gradescope, "
                "class.csv and course.toml.")


if __name__ == "__main__":
    run(main)
