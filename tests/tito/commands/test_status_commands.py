"""What shows how far a student is: the same facts in every command, drawn, listed and as JSON."""
import json
import subprocess
import sys

import pytest

from tests import helpers
from tests.tito.conftest import environment
from tito.commands.checkpoint import status
from tito.commands.doctor import doctor
from tito.commands.journey import journey
from tito.commands.milestone import list_milestones
from tito.commands.module import list_modules
from tito.course import MILESTONES, MODULES
from tito.progress import Progress

COMPLETION = """
import os, sys
os.environ.update(_TITO_COMPLETE="complete_{shell}", COMP_WORDS={words!r}, COMP_CWORD="{at}",
                  _TYPER_COMPLETE_ARGS={words!r}, _TYPER_COMPLETE_FISH_ACTION="get-args")
from tito import main
sys.argv = ["tito"]
main.main()
"""


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def complete(folder, *names: str) -> None:
    for module in MODULES:
        if module.name in names:
            module.exported(folder).touch()
            Progress(folder).record(module, "completed")


def line(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


def test_the_journey_shows_what_is_done_next_and_locked(here, capsys):
    complete(here, "tensor")
    journey()
    drawn = capsys.readouterr().out
    assert "Act I Foundation        █░░░  1 of 4" in drawn
    assert " done " in line(drawn, "01_tensor") and "Tensor, Op, zeros" in line(drawn, "01_tensor")
    assert " next " in line(drawn, "02_activations") and "not in this edition" in line(drawn, "03_layers")
    assert "locked       needs 02, 03, 04" in line(drawn, "1957 Rosenblatt")
    assert drawn.endswith("1 of 2 modules of this edition done. Next: tito module start 02 (activations)\n")
    Progress(here).record(MODULES[1], "started")
    for name in ("layers", "losses"):
        (here / f"tinytorch/{name}.py").touch()
    (here / "tinytorch/activations.py").touch()
    journey()
    drawn = capsys.readouterr().out
    assert " in progress " in line(drawn, "02_activations")
    assert "unlocked     tito milestone run 01" in line(drawn, "1957 Rosenblatt")


def test_what_is_begun_is_not_called_next_as_well(here, capsys):
    Progress(here).record(MODULES[0], "started")
    status()
    shown = capsys.readouterr().out
    assert "in progress" in line(shown, "01_tensor") and "next" not in line(shown, "01_tensor")
    assert "Next: tito lab 01 (tensor is begun; when it is solved: tito module complete 01)" in shown


def test_after_the_last_module_the_milestone_is_next_and_then_nothing(here):
    complete(here, "tensor", "activations")
    for name in ("layers", "losses"):
        (here / f"tinytorch/{name}.py").touch()
    progress = Progress(here)
    assert progress.advice() == "Next: tito milestone run 01 (Rosenblatt's perceptron)"
    for script in MILESTONES[0].scripts(here):
        progress.record_part(MILESTONES[0], script)
    assert progress.advice() == "Every module and milestone of this edition is done."


def test_json_holds_what_the_pages_show(here, capsys):
    complete(here, "tensor")

    def read(command):
        command(json=True)
        return json.loads(capsys.readouterr().out)
    assert read(journey) == read(status)
    facts = read(status)
    assert (facts["done"], facts["available"], facts["next"]) == (1, 2, "tito module start 02")
    assert facts["modules"] == read(list_modules) and facts["milestones"] == read(list_milestones)
    assert facts["modules"][0] == {"id": "01_tensor", "act": "I Foundation", "state": "done", "remark": "",
                                   "unlocks": ["02_activations"]}
    assert facts["milestones"][0]["needs"] == ["02_activations", "03_layers", "04_losses"]


def test_the_doctor_s_json_is_all_that_it_prints(here, capsys, monkeypatch):
    from tito import diagnosis
    from tito.errors import TitoError

    monkeypatch.setattr(diagnosis, "kernel", lambda root: diagnosis.Check("notebook kernel", "broken", True, "mend it"))
    with pytest.raises(TitoError, match="checks failed"):
        doctor(json=True)
    found = json.loads(capsys.readouterr().out)
    assert {"state": "wrong", "what": "notebook kernel", "found": "broken", "wrong": True, "mend": "mend it"} \
        in found["checks"] and found["wrong"] >= 1


def test_the_doctor_ends_with_the_next_step_of_who_asks(here, course, capsys, monkeypatch):
    from tito import diagnosis

    well = diagnosis.Check("", "")
    for name in ("imported_from_here", "kernel", "disk_space"):
        monkeypatch.setattr(diagnosis, name, lambda root: well)
    monkeypatch.setattr(diagnosis, "packages", lambda root: [])

    def ends() -> str:
        doctor()
        return capsys.readouterr().out.splitlines()[-1]

    assert "Next: tito module start 01" in ends()
    monkeypatch.chdir(course)
    assert "Next: tito release --to ../class-repository 01" in ends()
    (course / "course").mkdir()
    assert "Next: tito students list" in ends()


def test_output_is_utf_8_whatever_the_code_page(folder):
    done = subprocess.run([sys.executable, "-m", "tito", "journey"], cwd=folder, capture_output=True, timeout=60,
                          env=environment(PYTHONIOENCODING="cp1252", PYTHONUTF8="0", LC_ALL="C"))
    assert done.returncode == 0 and "░░░░  0 of 4" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(("shell", "words", "wanted"), [
    ("bash", "tito jour", "journey"), ("zsh", "tito module test 0", "07"), ("fish", "tito milestone run 0", "06"),
])
def test_each_shell_is_offered_commands_modules_and_milestones(folder, shell, words, wanted):
    script = COMPLETION.format(shell=shell, words=words, at=words.count(" "))
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment(), capture_output=True,
                          text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0 and wanted in done.stdout, done.stderr


def test_solving_is_told_exercise_by_exercise(folder, tito):
    """One process for every kind of verdict that needs no test of its own."""
    helpers.solve(folder, "01_tensor", tensor=next(cell.source for cell in helpers.released(helpers.TENSOR)
                                                   if helpers.grade_id(cell) == "tensor"))
    done = tito(folder, "module", "test", "01")
    assert done.returncode == 1 and "01_tensor: 0 of 2 exercises solved" in done.stdout
    assert "  not written yet  Exercise 1, tensor" in done.stdout
    assert "  waits            Exercise 2, mul     for Exercise 1, tensor" in done.stdout
    assert "Next: go on (tito lab 01), save, and tito module test 01" in done.stderr
