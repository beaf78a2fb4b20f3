"""The student's README, walked through by its own commands: from a clone to a milestone and an update."""
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.records.classroom import Classroom
from autograder.release.edition import make_edition
from tests import helpers
from tests.autograder.release import offline_pip
from tests.docs.pages import STUDENT, commands, text_of
from tests.jupyter import keyboard
from tito.course import MODULES, Module
from tito.notebooks import read_cells
from tito.package import MARKERS

PERSON = {f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
NEXT = MODULES[4]


class Student:
    """Somebody at a terminal, who types one line after the other; the terminal opens in `folder`."""

    def __init__(self, folder: Path):
        self.folder, self.active = folder, ""
        home = folder / "home"
        home.mkdir()
        foreign = ("JUPYTER", "TITO", "PYTHON", "VIRTUAL")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
        self.environment = {**kept, **PERSON, "HOME": str(home), "BROWSER": "true", "GIT_CONFIG_GLOBAL": os.devnull,
                            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
                            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}

    def start(self, line: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen:
        return subprocess.Popen(["bash", "-c", f"{self.active}{line}"], cwd=self.folder, env=self.environment,
                                text=True, encoding="utf-8", stdin=stdin, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, start_new_session=True)

    def types(self, line: str) -> str:
        """What the terminal shows. Activation and another folder last for the lines that follow."""
        if line.startswith("cd "):
            self.folder /= line.removeprefix("cd ")
            return ""
        if line.startswith(". "):
            self.active = f"{line}\n"
            return ""
        running = self.start(line)
        said, _ = running.communicate(timeout=300)
        assert running.returncode == 0, f"{line}\n{said}"
        return said

    def solves(self, module: Module, *exercises: str) -> None:
        """Writes the answers, all or those named, into the notebook and saves it."""
        reference = {cell.grade_id: cell.source for cell in read_cells(module.notebook(helpers.REPOSITORY))
                     if cell.role in ("answer", "written")}

        def write(cells):
            for cell in cells:
                name = helpers.grade_id(cell)
                if name in reference and (not exercises or name in exercises):
                    cell["source"] = MARKERS.sub("", reference[name])
        helpers.edit(module.notebook(self.folder), write)

    def completes(self, module: Module) -> None:
        for line in (f"tito module start {module.number:02}", f"tito module complete {module.number:02}"):
            if "complete" in line:
                self.solves(module)
            self.types(line)

    def looks_at_jupyterlab(self, line: str, notebook: Path) -> None:
        """Starts it, asks it for the notebook, and ends it by Ctrl-C."""
        running = self.start(line, stdin=keyboard())
        try:
            assert self.served(running, f"api/contents/{notebook.relative_to(self.folder).as_posix()}") == "notebook"
        finally:
            os.killpg(running.pid, signal.SIGINT)
            assert "Next: when it is solved and saved" in running.communicate(timeout=60)[0]

    def served(self, running: subprocess.Popen, what: str) -> str:
        """The type of what JupyterLab serves there, as soon as it does."""
        runtime = Path(self.environment["JUPYTER_RUNTIME_DIR"])
        for _ in range(1200):
            assert running.poll() is None, running.communicate()[0]
            time.sleep(0.1)
            for path in runtime.glob("jpserver-*.json"):
                with suppress(OSError, ValueError):        # not written yet, or not listening
                    server = json.loads(path.read_text(encoding="utf-8"))
                    with urllib.request.urlopen(f"{server['url']}{what}?token={server['token']}") as answer:
                        return json.load(answer)["type"]
        raise AssertionError("JupyterLab did not start")


def released(target: Path, modules: list[Module], message: str) -> None:
    """The instructor's side: an edition, pushed as the class repository."""
    make_edition(Classroom.at(helpers.REPOSITORY, target.parent / "course"), modules, target)
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", message]):
        subprocess.run(["git", *arguments], cwd=target, check=True, env={**os.environ, **PERSON})


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="the lines are for a POSIX shell")
def test_the_guide_leads_from_a_clone_to_a_milestone_and_on_to_the_next_release(tmp_path):
    released(tmp_path / "class", MODULES[:4], "01 to 04")
    student = Student(tmp_path)
    readme = (tmp_path / "class/README.md").read_text(encoding="utf-8")
    said = {}
    for line in commands(readme):
        if line.startswith(".venv/bin/pip"):
            extra = re.fullmatch(r"\.venv/bin/pip install -c constraints\.txt -e '\.\[(\w+)\]'", line)[1]
            assert offline_pip.install(student.folder, extra, student.folder / ".venv") == []
        elif line.startswith("tito lab"):
            student.looks_at_jupyterlab(line, MODULES[0].notebook(student.folder))
        elif line == "tito module test 01":
            student.solves(MODULES[0], "op")
            said[line] = fails(student, line)
            student.solves(MODULES[0])
        elif line == "tito milestone run 01":
            for module in MODULES[1:4]:
                student.completes(module)
            said[line] = student.types(line)
        elif line == "git fetch":
            released(tmp_path / "class", MODULES[:5], "05 is added")
            assert "would be overwritten by merge" in fails(student, "git pull")
            student.types(line)
        else:
            said[line] = student.types(line.replace("--student ID", "--student ada").replace("ADDRESS", "./class"))
            if line == "tito module complete 01":
                tried = student.types("python -m doctest README.md && echo as in the guide")
                assert tried.strip() == "as in the guide"
    sample = re.search(r"it says, among others:\n\n((?:    .*\n)+)", readme)[1]
    for words in map(str.strip, sample.splitlines()):
        assert re.search(r"\s+".join(map(re.escape, words.split())), said["tito module test 01"])
    assert "Milestone 01_1957_perceptron is reached" in said["tito milestone run 01"]
    assert list((student.folder / "submissions").iterdir()) == [student.folder / "submissions/ada-01_tensor.zip"]
    assert "Receipt: 01_tensor" in said["tito submit 01 --student ID"]
    assert NEXT.notebook(student.folder).is_file() and (student.folder / "tinytorch/losses.py").is_file()
    assert "Next: tito module start 05" in said["tito journey"] or "05_autograd" in student.types("tito journey")


def fails(student: Student, line: str) -> str:
    with pytest.raises(AssertionError) as stopped:
        student.types(line)
    return str(stopped.value)


def test_the_lines_that_are_not_walked_name_what_is_there():
    """Those for Windows, and the two of the milestone of 2017."""
    extras = tomllib.loads(text_of("pyproject.toml"))["project"]["optional-dependencies"]
    named = re.findall(r"-e '\.\[(\w+)\]'", text_of(STUDENT))
    assert named == ["course", "course", "pretrained"] and set(named) <= extras.keys()
    [published] = re.findall(r"--no-deps -c constraints\.txt (\S+)", text_of(STUDENT))
    assert re.search(rf"^{published}==", text_of("constraints.txt"), re.MULTILINE)


def test_what_stands_beside_and_above_a_cell_is_explained():
    assert [sign for sign in ("`[13]`", "`[ ]`", "`[*]`", "`#| export`") if sign not in text_of(STUDENT)] == []


def test_the_edition_holds_the_pages_that_its_readme_links(tmp_path):
    make_edition(Classroom.at(helpers.REPOSITORY, tmp_path / "course"), MODULES[:1], tmp_path / "edition")
    assert {path.name for path in (tmp_path / "edition/docs").iterdir()} == {"troubleshooting.md", "pytorch.md"}
