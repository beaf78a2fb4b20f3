"""`tito collect`: submissions from the nbgrader exchange, a folder or a zip into the course. None of them is trusted.

A source gives candidates (student, bytes, when). Each is rebuilt from the released notebook before anything is written;
what cannot be read is told in one line, kept in `rejected`, and does not stop the others.
"""
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat

from autograder.classroom import Classroom, student_id
from autograder.files import read_notebook, read_untrusted, write_whole
from autograder.rebuild import MAX_BYTES, rebuild
from tito.course import Module
from tito.errors import TitoError

MAX_ENTRIES = 50_000          # in one zip: a class of thousands fits, a bomb of names does not


@dataclass(frozen=True)
class Candidate:
    """Something handed in: either its bytes or the reason why it cannot be read."""
    student: str
    raw: bytes = b""
    problem: str = ""
    when: datetime | None = None      # when the server saw it; now, if that is not known


@dataclass
class Collected:
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def collect(classroom: Classroom, module: Module, candidates: Iterator[Candidate]) -> Collected:
    """Take in every candidate that can be rebuilt from the release."""
    release = read_notebook(classroom.released(module))
    result = Collected()
    for candidate in candidates:
        try:
            student = student_id(candidate.student)
            if candidate.problem:
                raise TitoError(candidate.problem)
            notebook, remarks = rebuild(release, candidate.raw)
            getattr(result, take_in(classroom, student, module, notebook, candidate.when)).append(student)
            result.remarks += [f"{student}: {remark}" for remark in remarks]
        except TitoError as error:
            result.rejected.append(f"{candidate.student}: {error}")
            keep_rejected(classroom, module, candidate)
    return result


def take_in(classroom: Classroom, student: str, module: Module, notebook: dict, when: datetime | None) -> str:
    """Write a rebuilt submission; of an older one that it replaces a copy is kept. Says what happened."""
    path = classroom.submitted(student, module)
    text = nbformat.writes(nbformat.from_dict(notebook)) + "\n"
    before = path.read_text(encoding="utf-8", errors="replace") if path.is_file() and not path.is_symlink() else None
    known = read_timestamp(path)
    if before == text or (before is not None and when and known and when <= known.replace(tzinfo=UTC)):
        return "unchanged"
    when = when or datetime.now(UTC)
    if before is not None:
        write_whole(classroom.folder / "replaced" / student / module.id / f"{stamp(known or when)}.ipynb", before)
    write_whole(path, text)
    write_whole(path.with_name("timestamp.txt"), when.strftime("%Y-%m-%d %H:%M:%S.%f UTC\n"))
    return "new" if before is None else "replaced"


def keep_rejected(classroom: Classroom, module: Module, candidate: Candidate) -> None:
    if candidate.raw:
        name = re.sub(r"[^\w@-]+", "_", candidate.student)[:64] or "unknown"
        write_whole(classroom.folder / "rejected" / name / module.id / f"{stamp(datetime.now(UTC))}.ipynb",
                    candidate.raw)


def stamp(when: datetime) -> str:
    return when.strftime("%Y%m%d-%H%M%S-%f")


def read_timestamp(notebook: Path) -> datetime | None:
    """When collection saw this submission (UTC, naive as nbgrader keeps it), None if that is not written there."""
    try:
        text = read_untrusted(notebook.with_name("timestamp.txt"), notebook.parent, 100).decode("ascii")
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M:%S.%f UTC")
    except (OSError, ValueError, TitoError):
        return None


def find_candidates(module: Module, source: Path) -> Iterator[Candidate]:
    """Submissions of a module in a zip, or in a folder of zips STUDENT-NN_name.zip or STUDENT/NN_name/NN_name.ipynb."""
    if source.is_dir():
        yield from in_folder(module, source)
    elif source.is_file():
        with open(source, "rb") as file:
            yield from in_zip(module, source.name, file)
    else:
        raise TitoError(f"{source} does not exist: give a folder or a zip of submissions.")


def in_folder(module: Module, folder: Path) -> Iterator[Candidate]:
    for path in sorted(folder.iterdir()):
        if path.suffix == ".zip" and path.is_symlink():
            yield Candidate(path.stem, problem=f"{path.name} is a link: submit the file itself.")
        elif path.suffix == ".zip" and path.is_file():
            with open(path, "rb") as file:
                yield from in_zip(module, path.name, file)
        elif path.is_dir() and (notebook := path / module.id / f"{module.id}.ipynb").is_file():
            try:
                yield Candidate(path.name, read_untrusted(notebook, folder, MAX_BYTES))
            except (TitoError, OSError) as error:
                yield Candidate(path.name, problem=str(error))


def in_zip(module: Module, name: str, file, nested: bool = False) -> Iterator[Candidate]:
    """A zip named STUDENT-NN_name.zip holds one submission; any other holds such zips or trees. Nothing is unpacked."""
    student = owner(name, module)
    if not student and re.search(r"-\d\d_[a-z]+\.zip$", name):
        return                                          # a submission of another module
    try:
        archive = zipfile.ZipFile(file)
        entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        yield Candidate(student or name, problem=f"{name} is not a readable zip ({error}).")
        return
    with archive:
        if len(entries) > MAX_ENTRIES:
            yield Candidate(student or name, problem=f"{name} has {len(entries)} entries.")
            return
        wanted = [e for e in entries if PurePosixPath(e.filename).name == f"{module.id}.ipynb"]
        if student and len(wanted) != 1:
            yield Candidate(student, problem=f"{name} holds {len(wanted)} files {module.id}.ipynb, it should hold one.")
            return
        for entry in wanted:
            yield from in_entry(archive, entry, student or tree_owner(entry, module), name)
        for entry in entries if not student and not nested else []:
            inner = PurePosixPath(entry.filename).name
            if owner(inner, module):
                for found in in_entry(archive, entry, owner(inner, module), name):
                    yield from [found] if found.problem else in_zip(module, inner, io.BytesIO(found.raw), nested=True)


def in_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, student: str, name: str) -> Iterator[Candidate]:
    """The bytes of one entry, never more than a notebook may have, whatever the zip says about its size."""
    if entry.external_attr >> 16 & 0o170000 == 0o120000:
        yield Candidate(student, problem=f"{name} holds a link: submit the notebook itself.")
        return
    try:
        with archive.open(entry) as member:
            raw = member.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError,
            zlib.error) as error:
        yield Candidate(student, problem=f"{name} cannot be unpacked ({error}).")
        return
    if len(raw) > MAX_BYTES:
        yield Candidate(student, problem=f"{name} unpacks to more than {MAX_BYTES / 1e6:.0f} MB.")
    else:
        yield Candidate(student, raw)


def owner(name: str, module: Module) -> str:
    """ada for ada-02_activations.zip, empty for any other name."""
    ending = f"-{module.id}.zip"
    return name.removesuffix(ending) if name.endswith(ending) else ""


def tree_owner(entry: zipfile.ZipInfo, module: Module) -> str:
    """ada for …/ada/02_activations/02_activations.ipynb."""
    parts = PurePosixPath(entry.filename).parts
    return parts[-3] if len(parts) >= 3 and parts[-2] == module.id else entry.filename
