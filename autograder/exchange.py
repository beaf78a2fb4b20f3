"""Submissions that lie in the nbgrader exchange, where `nbgrader submit` or `tito submit` put them."""
import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from autograder.collect import Candidate
from autograder.files import read_untrusted
from autograder.gradebook import COURSE_ID
from autograder.rebuild import MAX_BYTES
from tito.course import Module
from tito.errors import TitoError


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


def in_exchange(root: Path, module: Module) -> Iterator[Candidate]:
    """The newest submission of every student. Time is when the server changed the folder: a student cannot set that."""
    folder = inbound(root)
    if not folder.is_dir():
        raise TitoError(f"There is no nbgrader exchange at {folder}: say where the submissions are, with --from PATH.")
    newest: dict[str, tuple[float, Path]] = {}
    for path in folder.glob(f"*+{module.id}+*"):
        student, seen = path.name.split(f"+{module.id}+")[0], path.lstat().st_ctime
        newest[student] = max(newest.get(student, (0.0, path)), (seen, path))
    for student, (seen, path) in sorted(newest.items()):
        try:
            check_owner(student, path)
            raw = read_untrusted(path / f"{module.id}.ipynb", folder, MAX_BYTES)
            yield Candidate(student, raw, when=datetime.fromtimestamp(seen, UTC))
        except (TitoError, OSError) as error:
            yield Candidate(student, problem=str(error))


def check_owner(student: str, path: Path) -> None:
    """Nobody hands in for somebody else. Where all work under one account, that account's word counts."""
    import pwd

    owner = path.lstat().st_uid
    if owner == os.getuid():
        return
    try:
        name = pwd.getpwuid(owner).pw_name
    except KeyError:
        name = f"user {owner}"
    if name != student:
        raise TitoError(f"the submission says {student} but belongs to {name}.")
