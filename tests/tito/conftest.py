"""A student's folder, and `tito` as a process in it."""
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import helpers

Tito = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A blank student folder, under a name with blanks and letters beyond ASCII."""
    return helpers.make_student_folder(tmp_path / "Übung mit Leerzeichen 深層")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The instructor's repository."""
    return helpers.make_course(tmp_path / "course")


def environment(**extra: str) -> dict[str, str]:
    """No nbgrader configuration or name of the person who runs the tests comes in."""
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "TITO", "PYTHON"))}
    return {**keep, **helpers.NO_CONFIG, "PYTHONPATH": str(helpers.REPOSITORY), "LOGNAME": "ada", **extra}


@pytest.fixture
def tito() -> Tito:
    """tito(root, "module", "test", "01") -> the finished process, its output decoded as UTF-8."""
    def run(root: Path, *arguments: str, stdin: str = "", **extra: str) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, "-m", "tito", *arguments], cwd=root, env=environment(**extra),
                              input=stdin, capture_output=True, text=True, encoding="utf-8", timeout=100)
    return run
