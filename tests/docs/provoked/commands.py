"""What other commands of tito's say: words of the message -> a function of the course folder."""
import errno
import json
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import helpers
from tests.docs.provoked.typed import Said, edited, on, solved, tito
from tests.tito.conftest import environment
from tito import jupyterlab, main
from tito.check import kernel
from tito.check.kernel import fresh_kernel
from tito.course import MODULES
from tito.diagnosis import imported_from_here
from tito.errors import TitoError
from tito.experiment import Broken, Stage
from tito.handed_in import MAX_BYTES, MAX_CELLS


def another_package(folder: Path) -> str:
    """The package of modules 01 to 04 is there, and one of its files does not import."""
    touched(folder)
    (folder / "tinytorch/losses.py").write_text("def (")
    return tito(folder, "milestone", "run", "01")


def touched(folder: Path) -> None:
    for module in MODULES[:4]:
        module.exported(folder).touch()


def missed(folder: Path) -> str:
    touched(folder)
    return tito(folder, "milestone", "run", "01", "--part", "2")


def wrong_relu(folder: Path) -> str:
    with pytest.raises(Broken) as caught:
        Stage.check(Stage.__new__(Stage), "relu", "relu([-1, 2])", lambda: [-1, 2], [0, 2])
    return str(caught.value)


def damaged_record(folder: Path) -> str:
    (folder / ".tito").mkdir()
    (folder / ".tito/progress.json").write_text("{")
    return tito(folder, "journey")


def outside(folder: Path) -> str:
    return tito(folder.parent, "journey")


def update_from(make: Callable[[Path], Path]) -> Said:
    return lambda folder: tito(folder, "update", "--from", str(make(folder.parent)))


def changed_edition(parent: Path) -> Path:
    (parent / "new/.release").mkdir(parents=True)
    (parent / "new/README.md").write_text("changed")
    (parent / "new/.release/manifest.txt").write_text(f"{'0' * 64}  README.md\n")
    return parent / "new"


def cut_off_zip(parent: Path) -> Path:
    with zipfile.ZipFile(parent / "whole.zip", "w") as archive:
        archive.writestr("README.md", "x" * 1000)
    (parent / "new.zip").write_bytes((parent / "whole.zip").read_bytes()[:40])
    return parent / "new.zip"


def no_edition(folder: Path) -> str:
    shutil.rmtree(folder / ".release")
    return tito(folder, "update", "--from", "..")


def in_words(error: BaseException) -> Said:
    """What the command line makes of an error that reaches it."""
    return lambda folder: main._in_one_line(error)


def slow_kernel(folder: Path) -> str:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(TitoError) as caught:
        patch.setattr(kernel.Kernel, "_reply", lambda *_: kernel.Failure("CellTimeout", "60"))
        with fresh_kernel(folder, folder):
            pass
    return str(caught.value)


def moved(folder: Path) -> str:
    """The folder, with the environment in it."""
    (folder / "pyvenv.cfg").write_text("command = python3 -m venv /home/ada/course/.venv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "prefix", str(folder))
        return imported_from_here(folder).found


def no_jupyterlab(folder: Path) -> str:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(TitoError) as caught:
        patch.setattr(jupyterlab.importlib.util, "find_spec", lambda name: None)
        jupyterlab.start(folder, "/lab", {})
    return str(caught.value)


def stopped(folder: Path) -> str:
    """Ctrl-C while a cell works."""
    sign = folder / "begun"
    wait = f"import time\nopen({str(sign)!r}, 'w').close()\ntime.sleep(99)"
    helpers.solve(folder, "01_tensor", mul=f"#| export\n{wait}\ndef mul(a, b): pass")
    running = subprocess.Popen([sys.executable, "-m", "tito", "module", "test", "01"], cwd=folder, env=environment(),
                               stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, encoding="utf-8")
    while running.poll() is None and not sign.exists():
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    return running.communicate(timeout=30)[1]


def too_many_cells(cells):
    return cells + [helpers.free("1")] * MAX_CELLS


def too_large(cells):
    return [*cells, {**json.loads(json.dumps(helpers.free("1"))), "metadata": {"x": "y" * MAX_BYTES}}]


HAND_IN = ("submit", "01", "--student", "ada", "--anyway")
SAID: dict[str, Said] = {
    "not from this folder": on("setup"),
    "works only there": moved,
    "not inside a TinyTorch folder": outside,
    "notebook kernel does not start": slow_kernel,
    "JupyterLab is not installed": no_jupyterlab,
    "Permission denied": in_words(PermissionError(errno.EACCES, "Permission denied", "/course/.tito")),
    "No space left": in_words(OSError(errno.ENOSPC, "No space left on device", "/course/.tito")),
    "is not written": on("export", "01"),
    "There is no module": on("module", "test", "21"),
    "is not in this edition": on("module", "start", "05"),
    "Who are you?": solved("submit", "01"),
    "is not a student id": solved("submit", "01", "--student", "Ada Lovelace"),
    "Nothing was handed in": on("submit", "01", "--student", "ada"),
    "larger than 20 MB": edited(too_large, *HAND_IN),
    "at most 1000 are accepted": edited(too_many_cells, *HAND_IN),
    "record of your progress was damaged": damaged_record,
    "nothing half-done was left": stopped,
    "is still locked": on("milestone", "run", "01"),
    "cannot run on your package": another_package,
    "is broken:": wrong_relu,
    "did not reach its expected result": missed,
    "is no student edition": no_edition,
    "Fetch it again; nothing was changed here": update_from(changed_edition),
    "is not a readable zip file": update_from(cut_off_zip),
}
