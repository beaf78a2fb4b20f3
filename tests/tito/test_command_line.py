"""The command line itself: quick help, exit codes, one line per error, milestones, export, lab, doctor."""
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import helpers
from tests.tito.conftest import environment
from tito import progress
from tito.commands import milestone

HEAVY = ["numpy", "nbclient", "jupyter_client", "IPython", "nbdev", "matplotlib", "nbgrader", "rich", "nbformat"]
LOADED = """
import sys
from tito import main
sys.argv = ["tito", "--help"]
try:
    main.main()
finally:
    print("LOADED", *sorted(set(sys.modules) & set({heavy})))
"""
EXAMPLES = """
from tito import main
def walk(group, path):
    for name, command in group.commands.items():
        if getattr(command, "rich_help_panel", None) == main.INSTRUCTOR:
            continue
        if hasattr(command, "commands"):
            walk(command, f"{path} {name}")
        elif f"Example: {path} {name}" not in (command.help or ""):
            print(f"{path} {name}")
walk(main.typer.main.get_command(main.app), "tito")
"""
BROKEN_DISK = """
import sys
from tito import main, package
def install(*_):
    raise {error}
package.install = install
sys.argv = ["tito", *{arguments}]
main.main()
"""


def python(root, source: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", source], cwd=root, env=environment(), capture_output=True, text=True,
                          encoding="utf-8", timeout=60)


def test_help_loads_nothing_heavy_and_shows_both_readers(folder):
    done = python(folder, LOADED.format(heavy=HEAVY))
    assert done.returncode == 0 and done.stdout.rstrip().endswith("LOADED"), done.stdout[-300:]
    for word in ("Student:", "setup", "doctor", "lab", "module", "checkpoint", "milestone", "export", "submit"):
        assert word in done.stdout


def test_every_help_for_students_teaches_by_an_example(folder):
    done = python(folder, EXAMPLES)
    assert done.returncode == 0 and done.stdout.split() == [], f"no example in the help of {done.stdout}"


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (("module", "test", "99"), 2, "There is no module '99'"),
    (("module", "test", "tensr"), 2, "There is no module 'tensr': did you mean tensor?"),
    (("module", "test"), 2, "Missing argument 'NN'. Example: tito module test 01"),
    (("update",), 2, "Missing option '--from'. Example: tito update --from ../new-edition.zip"),
    (("modul",), 2, "modul"),
    (("milestone", "run", "1066"), 2, "There is no milestone '1066'"),
    (("milestone", "run", "02"), 1, "not in this edition"),
    (("milestone", "run", "01"), 1, "still locked: complete 01_tensor, 02_activations, 03_layers, 04_losses first"),
], ids=str)
def test_wrong_usage_is_one_clear_message(folder, tito, arguments, code, words):
    done = tito(folder, *arguments)
    assert done.returncode == code and words in done.stderr and "Traceback" not in done.stderr


def test_outside_a_course_folder_it_says_where_to_go(tito, tmp_path):
    done = tito(tmp_path, "checkpoint", "status")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "not inside a TinyTorch folder" in done.stderr


@pytest.mark.parametrize(("error", "words"), [
    ('PermissionError(13, "Permission denied", "/course")', "/course: Permission denied. Make that folder writable"),
    ('OSError(28, "No space left on device", "/course")', "Free some disk space"),
    ('ValueError("odd")', "ValueError: odd (run again with --verbose for the details)"),
])
def test_any_error_is_one_line_and_verbose_shows_the_rest(folder, error, words):
    helpers.solve(folder, "01_tensor")
    done = python(folder, BROKEN_DISK.format(error=error, arguments=["export", "01"]))
    assert done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1
    done = python(folder, BROKEN_DISK.format(error=error, arguments=["export", "01", "--verbose"]))
    assert "Traceback" in done.stderr and words in done.stderr


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap makes a folder read-only even for root")
def test_a_read_only_folder_is_named_and_nothing_is_lost(folder, tito):
    helpers.solve(folder, "01_tensor")
    sandbox = ["bwrap", "--bind", "/", "/", "--dev-bind", "/dev", "/dev", "--ro-bind", str(folder), str(folder)]
    if subprocess.run([*sandbox, "true"]).returncode:
        pytest.skip("bubblewrap does not work here")
    for command in (["export", "01"], ["module", "start", "01"]):
        done = subprocess.run([*sandbox, sys.executable, "-m", "tito", *command], cwd=folder, env=environment(),
                              capture_output=True, text=True, encoding="utf-8", timeout=60)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
        assert "Read-only file system" in done.stderr and str(folder) in done.stderr


def test_export_does_what_it_can_and_names_the_rest(folder, tito):
    helpers.solve(folder, "01_tensor")
    helpers.solve(folder, "02_activations", relu="#| export\ndef relu(x:\n    pass")
    done = tito(folder, "export")
    assert done.returncode == 1 and "02_activations: cannot export exercise `relu`" in done.stderr
    assert "01_tensor -> tinytorch/tensor.py" in done.stdout
    assert sorted(path.name for path in (folder / "tinytorch").glob("*.py")) == ["__init__.py", "tensor.py"]
    assert "05_autograd is not in this edition" in tito(folder, "export", "05").stderr


def test_a_student_s_export_says_that_it_is_untested_and_how_to_test_it(folder, course, tito):
    helpers.solve(folder, "01_tensor")
    tito(folder, "module", "complete", "01")
    assert "untested" not in tito(folder, "export", "01").stdout, "it is what was completed"
    helpers.solve(folder, "01_tensor", mul="#| export\ndef mul(a, b):\n    return a")
    done = tito(folder, "export", "01")
    assert "01_tensor -> tinytorch/tensor.py, untested (the earlier file is kept as" in done.stdout
    assert "Next: tito module complete 01 (tests it first)" in done.stdout
    assert "untested" not in tito(course, "export", "01").stdout


def test_export_never_puts_stubs_into_the_package(folder, tito):
    target = folder / "tinytorch/tensor.py"
    done = tito(folder, "export", "01")
    assert done.returncode == 1 and not target.exists()
    assert "01_tensor: 2 of 2 exercises are not solved yet; tinytorch/tensor.py is not written" in done.stderr
    target.write_text("# works")
    done = tito(folder, "export", "01")
    assert done.returncode == 1 and target.read_text() == "# works"
    assert "not solved yet; tinytorch/tensor.py stays as it is" in done.stderr


def test_a_friends_files_are_named_as_such_and_enough_for_a_milestone(folder, tito):
    for name in ("tensor", "activations", "layers", "losses"):
        (folder / f"tinytorch/{name}.py").touch()
    assert "tinytorch/tensor.py is here, but not completed" in tito(folder, "checkpoint", "status").stdout
    said = tito(folder, "module", "start", "02").stderr
    assert "tinytorch/tensor.py is here, but not completed" in said and "(tito module complete 01 does that)" in said
    done = tito(folder, "milestone", "run", "01", "--quick")
    assert done.returncode == 0 and "is reached" in done.stdout
    assert "not completed from your notebooks: the milestone runs on the package as it is" in done.stderr
    (folder / "tinytorch/losses.py").write_text("def (")
    done = tito(folder, "milestone", "run", "01", "--quick")
    assert done.returncode == 1 and "tinytorch/losses.py, line 1" in done.stderr and done.stderr.count("\n") == 1


def test_a_milestone_that_cannot_be_recorded_is_reached_and_says_so_once(course, monkeypatch, capfd):
    for name in ("tensor", "activations", "layers", "losses"):
        (course / f"tinytorch/{name}.py").touch()

    def read_only(path, *_):
        raise PermissionError(13, "Permission denied", str(path))
    monkeypatch.chdir(course)
    monkeypatch.setattr(progress, "write_whole", read_only)
    milestone.run("01", part=None, quick=True)
    said = capfd.readouterr()
    assert "is reached" in said.out and said.err.count("Permission denied") == 1
    assert "not recorded: " in said.err and "Make that folder writable" in said.err


def test_a_milestone_runs_its_parts_until_one_fails(course, tito):
    for name in ("tensor", "activations", "layers", "losses"):
        (course / f"tinytorch/{name}.py").touch()
    done = tito(course, "milestone", "run", "perceptron")
    assert done.returncode == 1 and "forward" in done.stdout and "02_rosenblatt_trained.py did not reach" in done.stderr
    assert tito(course, "milestone", "run", "01", "--part", "3").returncode == 2
    done = tito(course, "milestone", "run", "1957", "--part", "2", "--quick")
    assert done.returncode == 0 and "trained --quick" in done.stdout
    assert "is reached" in done.stdout, "part 1 succeeded in the first run"
    assert "Rosenblatt's perceptron       2 parts  done" in tito(course, "milestone", "list").stdout


@pytest.fixture
def with_lab(tmp_path):
    """The PYTHONPATH on which a JupyterLab lies that only says how it was started."""
    fake = tmp_path / "site/jupyterlab"
    fake.mkdir(parents=True)
    (fake / "__init__.py").touch()
    (fake / "__main__.py").write_text("import os, sys\nprint(sys.argv[1:], os.environ['PYTHONPATH'])\n"
                                      "print('path', os.environ['PATH'])\n"
                                      "print('parent', os.getppid())\nsys.exit(7)\n")
    return f"{fake.parent}:{helpers.REPOSITORY}"


def test_lab_opens_the_notebook_with_this_folders_package(folder, tito, with_lab):
    done = tito(folder, "lab", "01", PYTHONPATH=with_lab)
    assert "/lab/tree/notebooks/01_tensor/01_tensor.ipynb" in done.stdout and str(folder) in done.stdout
    assert done.returncode == 7
    assert "--ServerApp.answer_yes=True" in done.stdout, "else Ctrl-C asks, and goes on when nobody answers"
    assert "tito module test 01 in another terminal" in done.stdout, "as in the student guide"
    assert f"path {Path(sys.executable).parent}{os.pathsep}" in done.stdout, "tito is found in JupyterLab's terminals"
    assert f"parent {os.getpid()}\n" in done.stdout, "JupyterLab takes tito's place, and ends when that is ended"
    assert "05_autograd is not in this edition" in tito(folder, "lab", "05").stderr


def test_lab_names_the_python_of_this_machine_in_a_students_notebook_alone(folder, course, tito, with_lab):
    def notebook(root):
        return json.loads((root / "notebooks/01_tensor/01_tensor.ipynb").read_text(encoding="utf-8"))

    before = {root: notebook(root) for root in (folder, course)}
    for root in before:
        tito(root, "lab", "01", PYTHONPATH=with_lab)
    assert notebook(course) == before[course] and not (course / ".tito").exists()
    after = notebook(folder)
    assert after["metadata"].pop("language_info")["version"] == platform.python_version()
    assert after == before[folder]


def test_lab_notes_that_a_module_was_begun(folder, tito, with_lab):
    tito(folder, "lab", "01", PYTHONPATH=with_lab)
    assert "in progress" in tito(folder, "module", "list").stdout
    begun = (folder / ".tito/progress.json").read_text()
    tito(folder, "lab", "01", PYTHONPATH=with_lab)
    assert (folder / ".tito/progress.json").read_text() == begun, "the first start is kept"


def test_lab_on_the_folder_names_the_python_in_the_notebooks_that_were_begun(folder, tito, with_lab):
    tito(folder, "module", "start", "01")
    untouched = (folder / "notebooks/02_activations/02_activations.ipynb").read_bytes()
    tito(folder, "lab", PYTHONPATH=with_lab)
    begun = json.loads((folder / "notebooks/01_tensor/01_tensor.ipynb").read_text(encoding="utf-8"))
    assert begun["metadata"]["language_info"]["version"] == platform.python_version()
    assert (folder / "notebooks/02_activations/02_activations.ipynb").read_bytes() == untouched


def test_lab_on_the_folder_opens_although_a_notebook_is_not_readable(folder, tito, with_lab):
    tito(folder, "module", "start", "01")
    (folder / "notebooks/01_tensor/01_tensor.ipynb").write_text("{")
    done = tito(folder, "lab", PYTHONPATH=with_lab)
    assert done.returncode == 7 and "/lab/tree/notebooks'" in done.stdout
    assert "tito module reset 01 keeps a copy" in done.stderr


def test_a_locked_milestone_says_what_it_needs_and_where_to_go_on(folder, tito):
    (folder / "tinytorch/tensor.py").touch()
    done = tito(folder, "milestone", "run", "01")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "still locked: complete 02_activations, 03_layers, 04_losses first. Next: tito module complete 01 (" \
        in done.stderr


def test_doctor_says_that_the_package_comes_from_elsewhere(folder, tito):
    done = tito(folder, "doctor")
    assert done.returncode == 1 and "-m pip install" in done.stdout and "checks failed" in done.stderr
    assert "can be read" in done.stdout and "notebook kernel" in done.stdout and str(folder) in done.stdout


def test_the_doctor_warns_of_the_other_tinytorch(folder, monkeypatch):
    from importlib import metadata

    from tito.diagnosis import _uninstall

    monkeypatch.setattr(metadata, "distribution", lambda name: name)
    assert "-m pip uninstall tinytorch" in _uninstall(folder)

    def missing(name):
        raise metadata.PackageNotFoundError(name)
    monkeypatch.setattr(metadata, "distribution", missing)
    assert _uninstall(folder) == ""


def test_setup_stops_at_the_first_thing_that_is_wrong(folder, tito):
    done = tito(folder, "setup")
    assert done.returncode == 1 and "-m pip install" in done.stderr and not (folder / ".tito").exists()


def test_a_command_of_tito_module_is_recognised_without_the_word(folder, tito):
    done = tito(folder, "test", "01")
    assert done.returncode == 2 and "Did you mean 'tito module test'?" in done.stderr
