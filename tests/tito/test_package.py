"""A notebook's file is tried beside copies of the others before it is written."""
import subprocess
from pathlib import Path
from types import SimpleNamespace

from tito import package
from tito.course import MODULES


def test_a_read_only_file_of_the_package_is_copied_without_its_mode(folder, monkeypatch):
    """The copy of the module itself is overwritten."""
    modes = []

    def run(command, **_):
        modes.append((Path(command[4]) / "tinytorch/tensor.py").stat().st_mode & 0o200)
        return SimpleNamespace(stdout="", stderr="", returncode=0)
    monkeypatch.setattr(subprocess, "run", run)
    there = MODULES[0].exported(folder)
    there.write_text("# earlier")
    there.chmod(0o444)
    assert package.import_problem(folder, MODULES[0], "x = 1") == "" and modes == [0o200]
