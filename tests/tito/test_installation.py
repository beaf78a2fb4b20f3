"""A course folder that was copied or moved with its environment is noticed, and the mend changes no other folder."""
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests import helpers
from tests.tito.conftest import environment
from tito import installation
from tito.installation import install, install_from, made_elsewhere, not_installed
from tito.package_error import explain

ANEW = f"{installation.NEW} -m venv --clear .venv; "


@pytest.fixture
def with_environment(folder) -> Path:
    """A student's folder with an environment of its own, in which nothing is installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / ".venv")], check=True)
    return folder


@pytest.fixture
def copied(with_environment, tmp_path) -> Path:
    return shutil.copytree(with_environment, tmp_path / "copy", symlinks=True)


def test_an_environment_works_where_it_was_made_under_any_name_of_that_place(with_environment, tmp_path):
    (tmp_path / "link").symlink_to(with_environment)
    assert made_elsewhere(with_environment / ".venv") == made_elsewhere(tmp_path / "link/.venv") == ""


def test_a_copied_and_a_moved_environment_say_where_they_were_made(with_environment, copied, tmp_path):
    assert made_elsewhere(copied / ".venv") == str(with_environment / ".venv")
    moved = with_environment.rename(tmp_path / "moved")
    assert made_elsewhere(moved / ".venv") == str(with_environment / ".venv")


@pytest.mark.parametrize("line", ["command = /usr/bin/python3 -m venv --clear --prompt=course {}", "home = /usr/bin"])
def test_only_the_place_is_read(tmp_path, line):
    (tmp_path / "pyvenv.cfg").write_text(line.format(tmp_path) + "\n")
    assert made_elsewhere(tmp_path) == ""
    assert made_elsewhere(tmp_path / "nothing here") == ""


@pytest.mark.parametrize("of_the_old_folder", [True, False])
def test_in_a_copied_folder_the_environment_is_made_anew(with_environment, copied, monkeypatch, of_the_old_folder):
    """Whether the old one is active, as after `. .venv/bin/activate` in the copy, or the Python of the copy runs."""
    monkeypatch.setattr(sys, "prefix", str((with_environment if of_the_old_folder else copied) / ".venv"))
    mend = install_from(copied)
    assert mend.startswith(f"In {copied}: {ANEW}.venv") and "python -m pip install -c constraints.txt" in mend
    venv.main(["--clear", "--without-pip", str(copied / ".venv")])
    assert made_elsewhere(copied / ".venv") == ""
    monkeypatch.setattr(sys, "prefix", str(copied / ".venv"))
    assert ANEW not in install_from(copied)


def test_where_another_folders_environment_is_active_ones_own_is_activated(with_environment, tmp_path, monkeypatch):
    other = helpers.make_student_folder(tmp_path / "other")
    monkeypatch.setattr(sys, "prefix", str(other / ".venv"))
    assert install_from(with_environment) == f"In {with_environment}: {installation.ACTIVATE}"


def test_an_environment_that_lies_apart_gets_the_course_installed_by_its_own_python(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "conda"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "conda/bin/python"))
    assert install_from(folder) == f"In {folder}: {tmp_path}/conda/bin/python {installation.WHAT}"
    monkeypatch.setattr(sys, "executable", str(folder / ".venv/bin/python"))
    assert install(folder) == f".venv/bin/python {installation.WHAT}"


@pytest.mark.parametrize("name, words", [("matplotlib.pyplot", "tito doctor says how"), ("scipy", "uses NumPy only"),
                                         ("scipy.signal", "scipy.signal is not installed, and the course does not")])
def test_only_what_the_course_asks_for_is_a_case_for_the_doctor(name, words):
    assert words in explain(ModuleNotFoundError(f"No module named {name!r}", name=name))
    assert ("doctor" in words) == ("doctor" in not_installed(name))


def in_folder(folder: Path, interpreter: Path, source: Path, *command: str) -> subprocess.CompletedProcess:
    """tito from `source`, run by the Python of an environment in which nothing is installed."""
    packages = ":".join([str(source), *site.getsitepackages()])
    return subprocess.run([interpreter, "-m", "tito", *command], cwd=folder, capture_output=True, text=True,
                          encoding="utf-8", env=environment(PYTHONPATH=packages), timeout=60)


def test_every_command_notes_once_that_the_environment_of_the_first_folder_is_active(with_environment, copied):
    """As after `. .venv/bin/activate` in the copy, where tito is that of the first folder."""
    shutil.copytree(helpers.REPOSITORY / "tito", with_environment / "tito")
    first = with_environment / ".venv/bin/python"
    line = f"tito comes from {with_environment / 'tito'}, not from this folder. In {copied}: {ANEW}"
    for command in (["module", "start", "01"], ["submit", "01"], ["export", "01"]):
        said = in_folder(copied, first, with_environment, *command).stderr
        assert said.startswith("note: tito comes") and said.count(line) == 1, said
    assert "not from this folder" not in in_folder(with_environment, first, with_environment, "module", "list").stderr
    assert line in in_folder(copied, first, with_environment, "setup").stderr
    moved = in_folder(copied, copied / ".venv/bin/python", helpers.REPOSITORY, "module", "start", "01")
    assert "works only there. In " in moved.stderr and moved.returncode == 0


def test_the_instructors_tito_runs_in_an_edition_without_a_note(folder, tito):
    assert tito(folder, "module", "start", "01").stderr == ""


def test_setup_in_a_copied_folder_stops_with_the_mend(with_environment, copied):
    done = in_folder(copied, copied / ".venv/bin/python", helpers.REPOSITORY, "setup")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert f"was made as {with_environment / '.venv'} and works only there. In {copied}: {ANEW}" in done.stderr
