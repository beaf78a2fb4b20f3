"""docs/newer_version.md: a newer TinyTorch is pulled into an instructor's clone, in which a class is graded."""
import os
import subprocess

import pytest

from tests import helpers
from tests.autograder.release.test_changed_cells import give
from tests.autograder.small_class import SANDBOXED, TENSOR, grade, hand_in, row, small_class, submission
from tests.docs.walk import GIT, Terminal, sections
from tito.package import install

PAGE = sections("newer_version.md")
MORE = helpers.test_cell("test_more", "assert mul(Tensor([3]), Tensor([2])).numpy()[0] == 6, '3·2 is 6'", 7)


def git(folder, *arguments) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **GIT}, check=True, capture_output=True)


def commit(root, message: str) -> None:
    install(root, TENSOR.notebook(root).read_bytes(), TENSOR)
    git(root, "add", "--all")
    git(root, "commit", "--message", message)


def changed(cells: list[dict]) -> list[dict]:
    """One test is worth two points more, and another one has come in."""
    next(cell for cell in cells if helpers.grade_id(cell) == "test_mul")["metadata"]["nbgrader"]["points"] += 2
    return [*cells, MORE]


@pytest.fixture
def clone(tmp_path):
    """Ada has solved 01 and a person has read her answer, blaise left `mul` open; the newer version is not pulled.

    The instructor has committed a change, too.
    """
    classroom = small_class(tmp_path)
    root, upstream = classroom.root, tmp_path / "upstream"
    (root / ".gitignore").write_bytes((helpers.REPOSITORY / ".gitignore").read_bytes())
    git(root, "init", "--initial-branch", "main")
    commit(root, "older")
    git(tmp_path, "clone", str(root), str(upstream))
    git(root, "remote", "add", "origin", str(upstream))
    git(root, "fetch")
    git(root, "branch", "--set-upstream-to", "origin/main")
    (root / "own.md").write_text("a change of the instructor's own, committed\n")
    git(root, "add", "own.md")
    git(root, "commit", "--message", "own")
    hand_in(classroom, "ada", TENSOR)
    hand_in(classroom, "blaise", TENSOR, submission(classroom, TENSOR, mul=None))
    grade(classroom, TENSOR)
    give(classroom, "why_float32", 3)
    helpers.edit(TENSOR.notebook(upstream), changed)
    commit(upstream, "newer")
    return classroom


def scores(classroom) -> list[tuple[float, float]]:
    return [(found.score, found.max_score) for found in (row(classroom, name, TENSOR) for name in ("ada", "blaise"))]


@pytest.mark.skipif(not SANDBOXED, reason="grading needs a sandbox")
@pytest.mark.long
def test_a_newer_version_is_taken_in_and_held_back_and_left_again(clone, tmp_path):
    terminal, before = Terminal(tmp_path, clone.root), scores(clone)
    assert before == [(8, 9), (3, 9)]
    (coming,), (pull, give_back), (keep,), (leave,) = PAGE.values()
    assert TENSOR.id in terminal.run(coming)
    said = terminal.run(pull)
    assert "note: 01_tensor has changed since it was handed in: added test_more" in said
    assert "ada 01_tensor: test_mul 2 -> 4 (regraded)" in said and "blaise" not in said
    assert scores(clone) == [(17, 18), (3, 18)]
    terminal.run(give_back)
    assert (tmp_path / "grades.csv").is_file() and "test_more" in (
        tmp_path / "class-repository/notebooks/01_tensor/01_tensor.ipynb").read_text()
    assert "ada 01_tensor: test_mul 4 -> 2 (regraded)" in terminal.run(keep) and scores(clone) == before
    again = next(line for line in pull.splitlines() if line.startswith("git pull"))
    terminal.run(f"git reset --quiet --hard HEAD~2 && {again} && tito grade")
    assert scores(clone) == [(17, 18), (3, 18)]
    terminal.run(leave)
    assert scores(clone) == before


def test_every_command_of_the_page_is_run():
    assert [*PAGE] == ["See what is coming", "Take it in", "Keep one module as the class had it", "Go back"]
