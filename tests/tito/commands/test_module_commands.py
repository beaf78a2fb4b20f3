"""`tito module …` as a process, on a student's own notebook as saved on disk."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import helpers
from tests.tito.conftest import environment
from tito.commands import module

MUL = next(cell.source for cell in helpers.TENSOR if helpers.grade_id(cell) == "mul")
WRONG_MUL = MUL.replace("a.numpy() * b.numpy()", "a.numpy() + b.numpy()")
COMMENTED_MUL = "\n".join("# " + line for line in MUL.splitlines())
HALF_MUL = "#| export\ndef mul(a, b):\n    product = a.numpy() * b.numpy()\n    raise NotImplementedError()"


def exported(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "tinytorch").glob("*.py"))


def solved(folder: Path, **sources: str) -> None:
    helpers.solve(folder, "01_tensor", **sources)


def out_of_order(folder: Path) -> None:
    solved(folder)
    path = folder / "notebooks/01_tensor/01_tensor.ipynb"
    helpers.edit(path, lambda cells: [*cells[:3], helpers.free("print(later)"), *cells[3:], helpers.free("later = 3")])


def without_tests(folder: Path) -> None:
    """A wrong answer, and the cells that would have told are commented out or deleted."""
    solved(folder, mul=WRONG_MUL, test_mul="# nothing to see here")
    helpers.edit(folder / "notebooks/01_tensor/01_tensor.ipynb",
                 lambda cells: [cell for cell in cells if helpers.grade_id(cell) != "test_tensor"])


def without_mul(folder: Path) -> None:
    solved(folder)
    helpers.edit(folder / "notebooks/01_tensor/01_tensor.ipynb",
                 lambda cells: [cell for cell in cells if helpers.grade_id(cell) != "mul"])


def not_json(folder: Path) -> None:
    (folder / "notebooks/01_tensor/01_tensor.ipynb").write_text('{"cells": [', encoding="utf-8")


def missing(folder: Path) -> None:
    (folder / "notebooks/01_tensor/01_tensor.ipynb").unlink()


def another_course(folder: Path) -> None:
    helpers.write_notebook(folder / "notebooks/01_tensor/01_tensor.ipynb", [helpers.answer("poem", "x = 1")])


FAILURES = {
    "blank": (lambda folder: None,
              ["cell [3] (Exercise 1, tensor): it is not solved yet", "0 of 2 exercises"]),
    "commented out": (lambda f: solved(f, mul=COMMENTED_MUL),
                      ["cell [6] (Exercise 2, mul): its code is commented out"]),
    "syntax error": (lambda f: solved(f, mul=MUL.replace("a, b):", "a, b:")),
                     ["cell [6] (Exercise 2, mul)", "line 2", "def mul(a, b:"]),
    "half solved": (lambda f: solved(f, mul=HALF_MUL),
                    ["cell [7] (Exercise 2): it is not solved yet: mul still ends in"]),
    "answer deleted": (without_mul, ["Exercise 2, mul: its cell is missing",
                                     "copy it from .release/01_tensor/01_tensor.ipynb"]),
    "out of order": (out_of_order,
                     ["cell [3]", "`later` is defined only further down, in your own cell [10]", "top to bottom"]),
    "wrong, tests removed": (without_tests, ["`test_mul`", "2·4 and 3·5 are 8 and 15",
                                             "locked cell `test_tensor` was deleted",
                                             "`test_mul`, [7], is not as it was released"]),
    "ends the kernel": (lambda f: solved(f, mul="#| export\nimport os\ndef mul(a, b): os._exit(0)"),
                        ["cell [7]", "ended the kernel"]),
    "not JSON": (not_json, ["01_tensor.ipynb is not a readable notebook", "tito module reset 01 keeps a copy"]),
    "missing": (missing, ["There is no", "tito module start 01"]),
    "another course": (another_course, ["is not the notebook of this module"]),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_notebook_that_does_not_work_fails_by_name_and_exports_nothing(folder, tito, case):
    spoil, words = FAILURES[case]
    spoil(folder)
    done = tito(folder, "module", "complete", "01")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert [word for word in words if word not in said] == [], said
    assert "Traceback" not in said
    assert exported(folder) == ["__init__.py"]
    assert "completed" not in (folder / ".tito/progress.json").read_text() if (folder / ".tito").exists() else True


def test_completing_exports_records_unlocks_and_says_what_is_next(folder, tito):
    solved(folder)
    done = tito(folder, "module", "complete", "02_tensor")
    assert done.returncode == 0, done.stderr
    assert "02_tensor: taken as 01_tensor, the name wins." in done.stderr
    assert "tinytorch/tensor.py" in done.stdout and "Next: tito module start 02" in done.stdout
    text = (folder / "tinytorch/tensor.py").read_text(encoding="utf-8")
    assert "def mul(a, b):" in text and "SOLUTION" not in text

    later = tito(folder, "module", "test", "2")
    assert "(Exercise 1, relu)" in later.stderr and "not solved yet" in later.stderr, "02 imports 01, stops at its own"
    assert "01_tensor                        done" in tito(folder, "checkpoint", "status").stdout


def test_what_is_exported_is_what_was_tested(folder, tito):
    """A locked cell that the student changed is exported as released; the earlier file is kept."""
    (folder / "tinytorch/tensor.py").write_text("# mine\n")
    solved(folder, imports="#| export\nimport numpy as np\nx = 1 / 0")
    done = tito(folder, "module", "complete", "01")
    assert done.returncode == 0 and "`imports`, [2], is not as it was released" in done.stderr
    assert "1 / 0" not in (folder / "tinytorch/tensor.py").read_text(encoding="utf-8")
    assert [copy.read_text() for copy in (folder / ".tito/backups").iterdir()] == ["# mine\n"]


def test_a_module_before_its_foundation_names_the_foundation(folder, tito):
    helpers.solve(folder, "02_activations")
    done = tito(folder, "module", "test", "02")
    assert done.returncode == 1
    assert "module 02 needs tinytorch.tensor: complete 01_tensor first" in done.stderr
    assert "Next: tito module start 01" in done.stderr and "tito lab 02" not in done.stderr


def test_a_reason_is_printed_once_where_the_command_gives_up(folder, tito):
    solved(folder, mul=WRONG_MUL)
    done = tito(folder, "module", "test", "01")
    assert "  wrong   Exercise 2, mul     see below" in done.stdout
    assert (done.stdout + done.stderr).count("2·4 and 3·5 are 8 and 15") == 1


def test_a_package_that_is_not_there_is_told_once(folder, tito):
    solved(folder, mul="#| export\ndef mul(a, b):\n    import no_such_package")
    said = tito(folder, "module", "test", "01").stderr
    assert "no_such_package is not installed, and the course does not need it" in said
    assert "which grading does not have" not in said


def test_the_instructors_notebooks_pass_as_they_are(course, tito):
    done = tito(course, "module", "complete", "tensor")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 exercises solved" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")
def test_ctrl_c_ends_the_kernel_and_a_second_run_starts_clean(folder, tito):
    pid_file = folder / "pid"
    solved(folder, mul=f"#| export\nimport os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\n"
                       "time.sleep(600)\ndef mul(a, b): pass")
    running = subprocess.Popen([sys.executable, "-m", "tito", "module", "complete", "01"], cwd=folder,
                               env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    wait_for(lambda: pid_file.is_file() and pid_file.read_text())
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert errors == "error: stopped; nothing half-done was left: run the same command again\n"
    wait_for(lambda: not alive(int(pid_file.read_text())))
    assert exported(folder) == ["__init__.py"]

    solved(folder)
    assert tito(folder, "module", "complete", "01").returncode == 0


def wait_for(condition) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("this never came true")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("command", [("module", "test"), ("module", "complete"), ("submit",)])
def test_a_written_question_whose_cell_was_deleted_is_told(folder, tito, command):
    solved(folder)
    helpers.edit(folder / "notebooks/01_tensor/01_tensor.ipynb",
                 lambda cells: [cell for cell in cells if helpers.grade_id(cell) != "why_float32"])
    done = tito(folder, *command, "01", **({"JUPYTERHUB_USER": "ada"} if command == ("submit",) else {}))
    assert done.returncode == 0
    assert "the cell of the written question `why_float32` is missing: bring it back with Undo" in done.stderr
    assert ".release/01_tensor/01_tensor.ipynb" in done.stderr


def test_starting_brings_a_missing_notebook_and_keeps_one_that_is_there(folder, tito):
    path = folder / "notebooks/01_tensor/01_tensor.ipynb"
    path.unlink()
    done = tito(folder, "module", "start", "01")
    assert done.returncode == 0 and "tito lab 01" in done.stdout
    assert path.read_bytes() == (folder / ".release/01_tensor/01_tensor.ipynb").read_bytes()
    mine = helpers.solve(folder, "01_tensor").read_bytes()
    assert tito(folder, "module", "start", "01").returncode == 0 and path.read_bytes() == mine
    assert "01_tensor        in progress " in (listed := tito(folder, "module", "list").stdout)
    assert "Next: tito lab 01" in listed and "Next: tito module start" not in listed


def test_a_notebook_that_cannot_be_read_is_not_started_and_stays(folder, tito):
    path = folder / "notebooks/01_tensor/01_tensor.ipynb"
    path.write_text("mine")
    done = tito(folder, "module", "start", "01")
    assert done.returncode == 1 and f"{path} is not a readable notebook" in done.stderr and path.read_text() == "mine"


def test_a_module_of_a_later_edition_is_not_here_yet(folder, tito):
    assert "not in this edition" in tito(folder, "module", "start", "05").stderr
    assert tito(folder, "module", "test", "05").returncode == 1


def test_reset_asks_where_somebody_can_answer_and_keeps_a_copy(folder, tito, monkeypatch, capsys):
    path = folder / "notebooks/01_tensor/01_tensor.ipynb"
    solved(folder)
    mine = path.read_bytes()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(module.typer, "confirm", lambda question: "Your notebook is kept as a copy" not in question)
    module.reset("01")
    assert "Nothing was changed" in capsys.readouterr().out and path.read_bytes() == mine
    done = tito(folder, "module", "reset", "01", stdin="y\n")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "tito module reset 01 --yes" in done.stderr
    assert done.stdout == "" and path.read_bytes() == mine
    assert tito(folder, "module", "reset", "01", "--yes").returncode == 0
    assert path.read_bytes() == (folder / ".release/01_tensor/01_tensor.ipynb").read_bytes()
    assert [copy.read_bytes() for copy in (folder / ".tito/backups").iterdir()] == [mine]


def test_reset_leaves_the_instructors_source_alone(course, tito):
    before = (course / "notebooks/01_tensor/01_tensor.ipynb").read_bytes()
    done = tito(course, "module", "reset", "01", "--yes")
    assert done.returncode == 1 and "cannot be reset" in done.stderr
    assert (course / "notebooks/01_tensor/01_tensor.ipynb").read_bytes() == before
