"""Submissions that lie in the nbgrader exchange, where `nbgrader submit` or `tito submit` put them."""
import contextlib
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from autograder.collect.candidates import Candidate, HandedIn, refused
from autograder.records.clock import Clock
from autograder.records.files import open_folder, read_in
from autograder.records.gradebook import COURSE_ID
from tito.course import Module
from tito.errors import TitoError
from tito.handed_in import MAX_BYTES


def inbound(root: Path) -> Path:
    """The folder into which students' submissions are written, by nbgrader's own configuration."""
    from nbgrader.apps import NbGrader
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange.default import Exchange

    app = NbGrader(log_level="ERROR")
    with contextlib.chdir(root):
        app.load_config_file()
    course = CourseDirectory(config=app.config).course_id or COURSE_ID
    return Path(Exchange(config=app.config).root) / course / "inbound"


def in_exchange(root: Path, module: Module) -> list[Candidate]:
    """Every submission of every student, and whatever says a student's name but is somebody else's."""
    folder = inbound(root)
    if not folder.is_dir():
        raise TitoError(f"There is no nbgrader exchange at {folder}: say where the submissions are, with --from PATH.")
    found = []
    for path in sorted(folder.glob(f"*+{module.id}+*")):
        student = path.name.split(f"+{module.id}+")[0]
        try:
            status = path.lstat()
            check_owner(student, status)
        except (TitoError, OSError) as error:
            found.append(refused(path.name, path.name, str(error)))
        else:
            found.append(Candidate(student, path.name, partial(read_submission, folder, path, student, module),
                                   ("exchange", status.st_ctime, path.name), changed(status), missing(path, module)))
    return found


def missing(path: Path, module: Module) -> str:
    """Why this is no attempt: nbgrader hands in a folder without a notebook, too, and it would count as the newest."""
    name = f"{module.id}.ipynb"
    return "" if os.path.lexists(path / name) else f"no {name} is in it"


def changed(*statuses: os.stat_result) -> datetime:
    """When the last of these changed, by the server's clock: a student cannot set it back."""
    return datetime.fromtimestamp(max(status.st_ctime for status in statuses), UTC)


def read_submission(folder: Path, path: Path, student: str, module: Module) -> HandedIn:
    """Owner and time are those of what was opened."""
    with open_folder(path, folder) as opened:
        status = os.fstat(opened)
        check_owner(student, status)
        raw, of_file = read_in(opened, f"{module.id}.ipynb", MAX_BYTES)
    if of_file.st_uid != status.st_uid:
        raise TitoError(f"{module.id}.ipynb belongs to {account(of_file.st_uid)}, its folder to "
                        f"{account(status.st_uid)}.")
    return HandedIn(raw, changed(status, of_file), Clock.exchange, path.name)


def secret_of(inbound: Path, place: str, student: str) -> str:
    """What the student's nbgrader put beside this submission, and kept: feedback is found by it."""
    with open_folder(inbound / place, inbound) as opened:
        check_owner(student, os.fstat(opened))
        secret, _ = read_in(opened, "submission_secret.txt", 1_000)
    if not secret.isascii() or not secret:
        raise TitoError("submission_secret.txt is none that nbgrader wrote.")
    return secret.decode()


def check_owner(student: str, status: os.stat_result) -> None:
    """Nobody hands in for somebody else. Where all work under one account, that account's word counts."""
    if status.st_uid != os.getuid() and account(status.st_uid) != student:
        raise TitoError(f"the submission says {student} but belongs to {account(status.st_uid)}.")


def account(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
