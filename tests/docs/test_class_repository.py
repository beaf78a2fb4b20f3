"""docs/class_repository.md: the checks that GitHub runs, and a class whose work lies in git repositories."""
import json
import os
import subprocess

import pytest
import yaml

from autograder.release.edition import make_edition
from tests import helpers
from tests.autograder.small_class import ACTIVATIONS, TENSOR, small_class
from tests.docs.walk import GIT, Terminal, sections

PAGE = sections("class_repository.md")
WORKFLOW = yaml.safe_load((helpers.REPOSITORY / "autograder/release/checks.yml").read_text(encoding="utf-8"))
INSTALL, CHECK = [step["run"] for step in WORKFLOW["jobs"]["notebooks"]["steps"] if "run" in step]


def git(folder, *arguments) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **GIT}, check=True, capture_output=True,
                          text=True).stdout.strip()


@pytest.fixture
def edition(tmp_path):
    """A student's clone of a class repository with modules 01 and 02."""
    classroom = small_class(tmp_path)
    for name in ("autograder/release/checks.yml", "pyproject.toml"):
        (classroom.root / name).write_bytes((helpers.REPOSITORY / name).read_bytes())
    make_edition(classroom, [TENSOR, ACTIVATIONS], tmp_path / "edition")
    git(tmp_path / "edition", "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path / "edition")
    return tmp_path / "edition"


def commit(folder) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "work")
    return git(folder, "rev-parse", "HEAD")


def test_the_edition_carries_the_checks_with_pinned_actions_and_no_secret(edition):
    text = (edition / ".github/workflows/checks.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == WORKFLOW and "secrets" not in text
    assert WORKFLOW["permissions"] == {"contents": "read"}
    actions = [step["uses"] for step in WORKFLOW["jobs"]["notebooks"]["steps"] if "uses" in step]
    assert actions and all(action.split("@v")[1].count(".") == 2 for action in actions)
    assert INSTALL == 'pip install --constraint constraints.txt --editable ".[course]"'


@pytest.mark.long
def test_the_checks_run_what_a_push_changed_and_name_what_is_not_solved(edition, tmp_path):
    terminal = Terminal(tmp_path, edition)
    released = git(edition, "rev-parse", "HEAD")
    terminal.run(INSTALL)

    def check(before: str) -> str:
        terminal.environment["BEFORE"] = before
        return terminal.run(CHECK)

    assert "::group::" not in check("0" * 40)                      # as released: nothing is begun
    helpers.solve(edition, "01_tensor")
    solved = commit(edition)
    assert "exercises solved" in check(released) and "02" not in check(released)
    helpers.solve(edition, "02_activations", relu="#| export\ndef relu(x):\n    return x")
    commit(edition)
    with pytest.raises(AssertionError, match="::error::not solved yet: 02_activations\n") as failure:
        check(solved)
    assert "::group::01_tensor" not in str(failure.value)


def test_the_checks_leave_a_students_other_notebooks_alone(edition, tmp_path):
    released = git(edition, "rev-parse", "HEAD")
    for name in ("01_tensor/01_tensor-mine.ipynb", "01_tensor/old/01_tensor.ipynb", "scratch.ipynb", "a b; c.ipynb"):
        path = edition / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    commit(edition)
    assert Terminal(tmp_path, edition, BEFORE=released).run(CHECK) == ""


def test_work_is_collected_from_repositories_and_a_link_brings_nothing(tmp_path):
    classroom = small_class(tmp_path)
    for student in ("ada", "mallory"):
        helpers.make_student_folder(tmp_path / student)
        notebook = helpers.solve(tmp_path / student, "01_tensor")
        if student == "mallory":
            notebook.unlink()
            notebook.symlink_to("../../../ada/notebooks/01_tensor/01_tensor.ipynb")
        git(tmp_path / student, "init", "--quiet")
        commit(tmp_path / student)
    (tmp_path / "repositories.csv").write_text("".join(f"{name},{tmp_path / name}\n" for name in ("ada", "mallory")))
    block, = PAGE["Handing in"]
    with pytest.raises(AssertionError, match="1 new, .* 1 rejected"):
        Terminal(tmp_path, classroom.root).run(block)
    taken = json.loads((classroom.folder / "submitted/ada/01_tensor/01_tensor.ipynb").read_text(encoding="utf-8"))
    assert any("asarray" in "".join(cell["source"]) for cell in taken["cells"])
    assert not (classroom.folder / "submitted/mallory").exists()


def test_every_command_of_the_page_is_run():
    assert [*PAGE] == ["Handing in"]
