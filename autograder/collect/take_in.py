"""`tito collect`: candidates, from the nbgrader exchange, a folder or a zip, into the course. None of them is trusted.

First it is decided which candidate counts for a student, then that one is read and rebuilt from the released notebook
before anything is written. What cannot be read is told in one line, kept in `rejected`, and does not stop the others.
"""
import os
import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat

from autograder.collect.attempts import checksum, place, rebuilds_to, renew_receipt, the_one, why_it_stays
from autograder.collect.candidates import Candidate, HandedIn
from autograder.collect.rebuild import rebuild
from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook, write_untrusted
from autograder.records.settings import Rule, read_settings
from autograder.records.submission import Submission
from tito.console import one_line
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.handed_in import MAX_BYTES
from tito.student_id import student_id

MAX_KEPT = 5_000_000           # bytes of one rejected file
MAX_REJECTED = 100_000_000     # bytes of all that are kept


@dataclass
class Collected:
    new: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    retimed: list[str] = field(default_factory=list)       # of these, whose time of hand-in is another now
    rejected: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def collect(classroom: Classroom, module: Module, candidates: Iterable[Candidate],
            gone: Container[str] = ()) -> Collected:
    """Take in what can be rebuilt from the release, one submission a student, and nothing of who has `gone`."""
    release, settings = read_notebook(classroom.released(module)), read_settings(classroom.folder)
    candidates = list(candidates)
    result, rejected = Collected(remarks=left_out(candidates)), Rejected(classroom.folder / "rejected", module)
    for name, found in by_student(candidates).items():
        handed_in, rule = None, settings.rule(name, module)
        if name in gone:
            result.remarks.append(one_line(f"{name}: left out, was removed from the class (tito students add "
                                           "takes them back)."))
            continue
        try:
            chosen, choice = the_one(found, rule)
            handed_in = chosen.read()
            submission = Submission(classroom, student_id(name), module)
            kinds, remarks = take_in(submission, release, handed_in, rule)
            for kind in kinds:
                getattr(result, kind).append(submission.student)
            result.remarks += [one_line(f"{submission.student}: {remark}") for remark in [*choice, *remarks]]
        except (TitoError, OSError) as error:
            reason = str(error) if isinstance(error, TitoError) else f"{error.filename}: {error.strerror}."
            result.rejected.append(one_line(f"{name}: {reason}"))
            if handed_in:
                rejected.keep(name, handed_in.raw)
    result.remarks += rejected.remarks()
    return result


def left_out(candidates: list[Candidate]) -> list[str]:
    """One line for each reason why files are no submissions, with all their names."""
    reasons: dict[str, list[str]] = {}
    for candidate in candidates:
        if candidate.left_out:
            reasons.setdefault(candidate.left_out, []).append(candidate.where)
    return [one_line(f"left out, {reason}: {', '.join(names)}.") for reason, names in reasons.items()]


def by_student(candidates: list[Candidate]) -> dict[str, list[Candidate]]:
    """Candidates under the one spelling of their student's id; under the name as it is where that is none."""
    found: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.left_out:
            continue
        try:
            name = student_id(candidate.student)
        except TitoError:
            name = candidate.student
        found.setdefault(name, []).append(candidate)
    return found


def take_in(submission: Submission, release: dict, handed_in: HandedIn, rule: Rule) -> tuple[list[str], list[str]]:
    """Write a rebuilt submission, unless it is known already. Says where in `Collected` it belongs, and remarks."""
    notebook, remarks = rebuild(release, handed_in.raw)
    if (size := len(nbformat.writes(nbformat.from_dict(notebook)).encode("utf-8"))) >= MAX_BYTES:
        raise TitoError(f"it comes to {size / 1e6:.0f} MB, a line of its own for every line break in it, at most "
                        f"{MAX_BYTES / 1e6:.0f} are accepted: clear its outputs and submit it again.")
    if not os.path.lexists(submission.submitted):
        write(submission, notebook, handed_in, remarks)
        return ["new"], remarks
    before = submission.read(MAX_BYTES)
    if rebuilds_to(notebook, release, before):
        is_retimed = renew_receipt(submission, before, handed_in, remarks)
        return ["unchanged", "retimed"] if is_retimed else ["unchanged"], remarks
    if why := why_it_stays(submission, before, notebook, release, handed_in, rule):
        return ["unchanged"], [why]
    known = submission.handed_in_at(before) or handed_in.when
    copy = submission.replaced / f"{stamp(known)}-{checksum(before)}.ipynb"
    write_whole(copy, before)
    write(submission, notebook, handed_in, remarks)
    return ["replaced"], [f"the earlier attempt was replaced and is kept as {place(submission, copy)}.", *remarks]


def write(submission: Submission, notebook: dict, handed_in: HandedIn, remarks: list[str]) -> None:
    content = nbformat.writes(nbformat.from_dict(notebook)) + "\n"
    submission.note(content.encode("utf-8"), handed_in.moment, remarks, handed_in.place)     # counts once it lies there
    write_untrusted(submission.submitted, submission.classroom.folder, content)


class Rejected:
    """Rejected files, each kept once, as far as there is room."""

    def __init__(self, folder: Path, module: Module):
        self.folder, self.module, self.left_out = folder, module, 0
        self.size = sum(path.stat().st_size for path in folder.rglob("*.ipynb"))

    def keep(self, student: str, raw: bytes) -> None:
        path = self.folder / folder_name(student) / self.module.id / f"{checksum(raw)}.ipynb"
        if path.exists():
            return
        if len(raw) > MAX_KEPT or self.size + len(raw) > MAX_REJECTED:
            self.left_out += 1
            return
        write_whole(path, raw)
        self.size += len(raw)

    def remarks(self) -> list[str]:
        return [f"{self.left_out} rejected files were not kept in {self.folder}: it takes {MAX_KEPT / 1e6:g} MB each "
                f"and {MAX_REJECTED / 1e6:g} MB in all."] if self.left_out else []


def folder_name(student: str) -> str:
    """The id; or of what is none, behind an @, with which no id begins, what can name a folder."""
    try:
        return student_id(student)
    except TitoError:
        return "@" + re.sub(r"[^\w@-]+", "_", student)[:50]


def stamp(when: datetime) -> str:
    return when.strftime("%Y%m%d-%H%M%S")
