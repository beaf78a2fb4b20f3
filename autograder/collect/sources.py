"""Submissions in a folder or a zip that the instructor names.

Who handed in is said by the folder or file name at the top, which the instructor or the platform gave, never by
anything inside of what a student sent: a zip counts as the work of a whole class only where it is itself named; a zip
in a folder holds one submission, of the student in its name. When is the date of the file on the instructor's disk:
dates inside a zip are the student's own.
"""
import io
import os
import zipfile
import zlib
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.collect.candidates import Candidate, HandedIn, by_disk, refused
from autograder.collect.rebuild import MAX_BYTES
from autograder.records.files import open_folder, read_in
from tito.course import MODULES, Module
from tito.errors import TitoError

MAX_ENTRIES = 50_000                # in one zip: a class of thousands fits, a bomb of names does not
MAX_UNPACKED = 5_000_000_000        # in one run: thousands of notebooks full of figures
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)     # any other unpacks in one go, whatever its size
UNREADABLE = (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError, zlib.error)


def find_candidates(module: Module, source: Path) -> list[Candidate]:
    """The submissions of a module in a zip, or in a folder of STUDENT-NN_name.zip or STUDENT/NN_name/NN_name.ipynb."""
    if source.is_dir():
        return in_folder(module, source)
    if not source.is_file():
        raise TitoError(f"{source} does not exist: give a folder or a zip of submissions.")
    source = source.resolve()
    if student := owner(source.name, module):
        return [Candidate(student, source.name, partial(read_zip, source.parent, source, module, Unpacker()))]
    return [] if of_some_module(source.name) else in_class_zip(module, source)


def in_folder(module: Module, folder: Path) -> list[Candidate]:
    found, unpacker = [], Unpacker()
    for path in sorted(folder.iterdir()):
        notebook = path / module.id / f"{module.id}.ipynb"
        if student := owner(path.name, module):
            found.append(Candidate(student, path.name, partial(read_zip, folder, path, module, unpacker)))
        elif path.suffix == ".zip" and not of_some_module(path.name):
            found.append(refused(path.name, path.name, f"its name is not STUDENT-{module.id}.zip: rename it, or give "
                                                       "it to --from by itself if it holds a whole class."))
        elif os.path.lexists(notebook):
            found.append(Candidate(path.name, str(notebook.relative_to(folder)), partial(read_file, folder, notebook)))
    return found


def in_class_zip(module: Module, source: Path) -> list[Candidate]:
    """A zip of many submissions, as zips or as folders at its top, or in one folder of the zip's own name."""
    archive, unpacker, when = open_zip(source, source.name), Unpacker(), by_disk(source.stat().st_mtime)
    entries = [(entry, PurePosixPath(entry.filename).parts) for entry in archive.infolist() if not entry.is_dir()]
    if all(parts[0] == source.stem for _, parts in entries):
        entries = [(entry, parts[1:]) for entry, parts in entries]
    found, nobodys = [], []
    for entry, parts in entries:
        name = parts[-1] if parts else ""
        read = partial(read_entry, archive, entry, module, unpacker, when)
        if len(parts) == 1 and owner(name, module):
            found.append(Candidate(owner(name, module), entry.filename, read))
        elif len(parts) == 3 and parts[1:] == (module.id, f"{module.id}.ipynb"):
            found.append(Candidate(parts[0], entry.filename, read))
        elif owner(name, module) or name == f"{module.id}.ipynb":
            nobodys.append(entry.filename)
    if nobodys:
        problem = (f"it is not clear whose {len(nobodys)} of its files are, such as {nobodys[0]}: unpack it, and give "
                   f"the folder that holds STUDENT-{module.id}.zip or STUDENT/{module.id}/{module.id}.ipynb to --from.")
        found.append(refused(source.name, source.name, problem))
    return found


def read_file(folder: Path, path: Path) -> HandedIn:
    with open_folder(path.parent, folder) as opened:
        raw, status = read_in(opened, path.name, MAX_BYTES)
    return HandedIn(raw, by_disk(status.st_mtime))


def read_zip(folder: Path, path: Path, module: Module, unpacker: "Unpacker") -> HandedIn:
    raw, when = read_file(folder, path)
    return HandedIn(the_notebook(raw, path.name, module, unpacker), when)


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, module: Module, unpacker: "Unpacker",
               when: datetime) -> HandedIn:
    raw = unpacker.unpack(archive, entry)
    if not entry.filename.endswith(".ipynb"):
        raw = the_notebook(raw, PurePosixPath(entry.filename).name, module, unpacker)
    return HandedIn(raw, when)


def the_notebook(raw: bytes, name: str, module: Module, unpacker: "Unpacker") -> bytes:
    """The one notebook in the zip of one student."""
    with open_zip(io.BytesIO(raw), name) as archive:
        wanted = [entry for entry in archive.infolist()
                  if PurePosixPath(entry.filename).name == f"{module.id}.ipynb" and not entry.is_dir()]
        if len(wanted) != 1:
            raise TitoError(f"{name} holds {len(wanted)} files {module.id}.ipynb, it should hold one.")
        return unpacker.unpack(archive, wanted[0])


def open_zip(file, name: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except UNREADABLE as error:
        raise TitoError(f"{name} is not a readable zip ({error}).") from None
    if len(archive.infolist()) > MAX_ENTRIES:
        raise TitoError(f"{name} has {len(archive.infolist())} entries, at most {MAX_ENTRIES} are accepted.")
    return archive


class Unpacker:
    """Takes files out of zips, within limits of one file and of a whole run, whatever a zip says about its sizes."""

    def __init__(self):
        self.left = MAX_UNPACKED

    def unpack(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
        name = PurePosixPath(entry.filename).name
        if entry.external_attr >> 16 & 0o170000 == 0o120000:
            raise TitoError(f"{name} is a link: submit the file itself.")
        if entry.compress_type not in PACKED:
            raise TitoError(f"{name} is packed by a rare method: zip it again with the usual one (deflate).")
        if self.left <= 0:
            raise TitoError(f"{name} was not unpacked, {MAX_UNPACKED / 1e9:g} GB came out of zips in this run already: "
                            "collect it in a run of its own.")
        try:
            with archive.open(entry) as member:
                raw = member.read(MAX_BYTES + 1)
        except UNREADABLE as error:
            raise TitoError(f"{name} cannot be unpacked ({error}).") from None
        self.left -= len(raw)
        if len(raw) > MAX_BYTES:
            raise TitoError(f"{name} unpacks to more than {MAX_BYTES / 1e6:.0f} MB.")
        return raw


def owner(name: str, module: Module) -> str:
    """ada for ada-02_activations.zip, empty for any other name."""
    ending = f"-{module.id}.zip"
    return name.removesuffix(ending) if name.endswith(ending) else ""


def of_some_module(name: str) -> bool:
    return any(owner(name, module) for module in MODULES)
