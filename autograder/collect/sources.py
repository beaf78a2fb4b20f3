"""The files in a folder or a zip that the instructor names, and the submissions among them.

Who handed in is said by the folder or file name at the top, which the instructor or the platform gave, never by
anything inside of what a student sent: a zip counts as the work of a whole class only where it is itself named; a zip
in a folder holds one submission. When is the date of the file on the instructor's disk, or the platform's own time:
dates inside a zip are the student's own.
"""
import io
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.collect.candidates import Candidate, HandedIn, by_disk, refused
from autograder.collect.platforms import CLUTTER, Claim, LeftOut, notebook_of, whose
from autograder.collect.roster import Roster
from autograder.collect.zips import MAX_ENTRIES, Unpacker, open_zip, slashed
from autograder.records.files import open_folder, read_in
from tito.course import Module
from tito.errors import TitoError
from tito.handed_in import MAX_BYTES

HEAP = 10                           # of files in one folder that are nobody's for one reason


@dataclass(frozen=True)
class Entry:
    """A file: its path from the top, where people find it, and how to read it."""
    parts: tuple[str, ...]
    where: str
    read: Callable[[], HandedIn]


def find_candidates(module: Module, source: Path, roster: Path | None = None) -> list[Candidate]:
    """What every file in a folder or zip is: somebody's submission, something refused, or something else.

    `roster` is where a platform's names become student ids; people who are not in it yet are added.
    """
    entries, nobodys, claims = entries_of(module, source), {}, []
    submissions = gradescopes(entries)
    for entry in entries:
        try:
            claims += [(claim, entry) for claim in whose(entry.parts, module, submissions)]
        except (LeftOut, TitoError) as reason:
            nobodys.setdefault((entry.parts[0], type(reason), str(reason)), []).append(entry)
    return [candidate for (top, kind, reason), alike in nobodys.items()
            for candidate in without_owner(top, kind, reason, alike)] + candidates(claims, roster)


def without_owner(top: str, kind: type, reason: str, entries: list[Entry]) -> list[Candidate]:
    """One for each; for a folder with a heap of them one in all, or it would bury what there is to do."""
    places = [entry.where for entry in entries]
    if len(places) > HEAP:
        places = [f"{top} ({len(places)} files, such as {places[0]})"]
    return [Candidate("", place, entry.read, left_out=reason) if kind is LeftOut else refused(place, place, reason)
            for place, entry in zip(places, entries)]


def candidates(claims: list[tuple[Claim, Entry]], path: Path | None) -> list[Candidate]:
    people, found = {claim for claim, _ in claims if claim.platform}, []
    students = Roster(path).students(people) if path and people else {}
    nobody = TitoError("a platform named it, and only a roster says who that is.")
    for claim, entry in claims:
        student = students.get(claim, nobody) if claim.platform else claim.name
        if isinstance(student, TitoError):
            found.append(refused(entry.where, entry.where, str(student)))
        else:
            found.append(Candidate(student, entry.where, partial(read_claimed, entry, claim), claim.attempt,
                                   claim.when))
    return found


def read_claimed(entry: Entry, claim: Claim) -> HandedIn:
    handed_in = entry.read()
    return handed_in._replace(when=claim.when or handed_in.when, clock=claim.clock,
                              place="/".join(entry.parts) if claim.platform else "")


def gradescopes(entries: list[Entry]) -> dict[str, list[Claim]]:
    from autograder.collect.gradescope import METADATA, submitters

    return next((submitters(entry.read().raw) for entry in entries if entry.parts == (METADATA,)), {})


def entries_of(module: Module, source: Path) -> list[Entry]:
    if source.is_dir():
        return unwrapped(in_folder(module, source), source.absolute().name)
    if not source.is_file():
        raise TitoError(f"{source} does not exist: give a folder or a zip of submissions.")
    source = source.resolve()
    single = Entry((source.name,), source.name, partial(read_file, module, Unpacker(), source.parent, source))
    try:
        whose(single.parts, module, {})
    except TitoError:
        return unwrapped(in_zip(module, source), source.stem) if source.suffix.lower() == ".zip" else [single]
    except LeftOut:
        pass
    return [single]


def unwrapped(entries: list[Entry], name: str) -> list[Entry]:
    """Without the one folder around everything, which has the name of the zip or is Gradescope's.

    Any other could be the folder of the only student who handed in.
    """
    tops = {entry.parts[0] for entry in entries if not CLUTTER.fullmatch(entry.parts[0])}
    wrapper = rf"{re.escape(name)}|{re.escape(re.sub(r' ?[(][0-9]+[)]$', '', name))}|assignment_\d+_export"
    if len(tops) != 1 or not re.fullmatch(wrapper, *tops):
        return entries
    return [Entry(entry.parts[1:], entry.where, entry.read) if entry.parts[0] in tops and len(entry.parts) > 1
            else entry for entry in entries]


def in_folder(module: Module, folder: Path) -> list[Entry]:
    """Its files, and whatever stands for one: a link is not followed, reading it says that it is one."""
    found, unpacker = [], Unpacker()
    for base, folders, files in os.walk(folder):
        odd = [name for name in folders if name.lower().endswith((".ipynb", ".zip"))]
        links = [name for name in folders if name not in odd and os.path.islink(os.path.join(base, name))]
        folders[:] = sorted({*folders} - {*odd, *links})
        depth = len(Path(base).relative_to(folder).parts)
        paths = [Path(base, name) for name in (*files, *odd)]
        paths += [Path(base, name, *[module.id, f"{module.id}.ipynb"][depth:]) for name in links]
        for path in sorted(paths):
            relative = path.relative_to(folder)
            found.append(Entry(relative.parts, str(relative), partial(read_file, module, unpacker, folder, path)))
        if len(found) > MAX_ENTRIES:
            raise TitoError(f"{folder} holds more than {MAX_ENTRIES} files: give the folder of the submissions alone.")
    return found


def in_zip(module: Module, source: Path) -> list[Entry]:
    """The files in a zip, also in one whose names have backslashes, as PowerShell once wrote them."""
    archive, unpacker, when = open_zip(source, source.name), Unpacker(), by_disk(source.stat().st_mtime)
    found = []
    for entry in archive.infolist():
        path = slashed(entry)
        if not entry.is_dir() and not path.endswith("/"):
            read = partial(read_entry, archive, entry, module, unpacker, when)
            found.append(Entry(PurePosixPath(path).parts, path, read))
    return found


def read_file(module: Module, unpacker: Unpacker, folder: Path, path: Path) -> HandedIn:
    with open_folder(path.parent, folder) as opened:
        raw, status = read_in(opened, path.name, MAX_BYTES)
    if path.suffix.lower() == ".zip":
        raw = the_notebook(raw, path.name, module, unpacker)
    return HandedIn(raw, by_disk(status.st_mtime))


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, module: Module, unpacker: Unpacker,
               when: datetime) -> HandedIn:
    raw = unpacker.unpack(archive, entry)
    if entry.filename.lower().endswith(".zip"):
        raw = the_notebook(raw, PurePosixPath(slashed(entry)).name, module, unpacker)
    return HandedIn(raw, when)


def the_notebook(raw: bytes, name: str, module: Module, unpacker: Unpacker) -> bytes:
    """The one notebook in the zip of one student."""
    with open_zip(io.BytesIO(raw), name) as archive:
        wanted = [entry for entry in archive.infolist() if is_wanted(PurePosixPath(slashed(entry)).parts, module)]
        if len(wanted) != 1:
            raise TitoError(f"{name} holds {len(wanted)} files {module.id}.ipynb, it should hold one.")
        return unpacker.unpack(archive, wanted[0])


def is_wanted(parts: tuple[str, ...], module: Module) -> bool:
    return bool(parts) and notebook_of(parts[-1], module) and not any(CLUTTER.fullmatch(part) for part in parts)
