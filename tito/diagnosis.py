"""The checks behind `tito doctor` and `tito setup`: what was found, whether it is wrong, how to mend it."""
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from tito.check.kernel import fresh_kernel
from tito.course import available
from tito.errors import TitoError
from tito.installation import install, install_from, of_another_folder, python, wanted
from tito.notebooks import load

PLACES = """
import json
from importlib.util import find_spec
print(json.dumps({name: find_spec(name) and find_spec(name).origin for name in %r}))
"""


@dataclass(frozen=True)
class Check:
    what: str
    found: str
    wrong: bool = False
    mend: str = ""            # also on checks that are not wrong, as advice


def python_version() -> Check:
    found = f"{platform.python_version()} ({sys.executable})"
    return Check("Python", found, *_unless(
        sys.version_info >= (3, 11), "Install Python 3.11 or later and make a new environment."))


def packages(root: Path) -> list[Check]:
    """Every package of the course extra: installed, and in the version that is known to work?"""
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", _text(root / "constraints.txt"), re.MULTILINE))
    checks = []
    for name in wanted(root):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            checks.append(Check(name, "not installed", True, install(root)))
            continue
        differs = name in pinned and found != pinned[name]
        checks.append(Check(name, found + (f" (tried with {pinned[name]})" if differs else ""),
                            mend=install(root) if differs else ""))
    return checks


def imported_from_here(root: Path) -> Check:
    """A notebook imports what a plain Python in its folder imports: that must be this folder's package."""
    what, names = "tinytorch and tito", ("tinytorch", "tito")
    if found := of_another_folder(root):
        return Check(what, found, True, install_from(root))
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", PLACES % (names,)], cwd=root / "notebooks", env=env,
                          capture_output=True, text=True, encoding="utf-8")
    places = json.loads(done.stdout) if done.returncode == 0 else {}
    for name in names:
        place = places.get(name)
        if not place:
            return Check(what, f"{name} is not installed", True, install_from(root))
        if not Path(place).resolve().is_relative_to(root):
            return Check(what, f"{name} comes from {Path(place).parent}, not from this folder", True,
                         f"{_uninstall(root)}{install_from(root)}")
    return Check(what, f"from {root}")


def _uninstall(root: Path) -> str:
    """What `pip install tinytorch` brings is not this course: on PyPI that name belongs to another project."""
    try:
        metadata.distribution("tinytorch")
    except metadata.PackageNotFoundError:
        return ""
    return ("The package that is called tinytorch on PyPI is not this course: "
            f"{python(root)} -m pip uninstall tinytorch. Then: ")


def notebooks(root: Path) -> Check:
    """Whether all can be read: one may have been saved by halves, or stand in the middle of a merge."""
    for module in available(root):
        try:
            load(module.notebook(root))
        except TitoError as error:
            return Check("notebooks", f"{module.id}.ipynb cannot be read", True, str(error))
    return Check("notebooks", "can be read")


def kernel(root: Path) -> Check:
    """Start a kernel as a notebook does, and import what notebooks import."""
    try:
        with fresh_kernel(root, root / "notebooks") as running:
            failure = running.run("import numpy, matplotlib.pyplot")
    except TitoError as error:
        return Check("notebook kernel", str(error), True, install(root))
    if failure:
        return Check("notebook kernel", f"{failure.name}: {failure.message}", True, install(root))
    return Check("notebook kernel", "starts and imports NumPy and matplotlib")


def folder_writable(root: Path) -> Check:
    what = "folder"
    for folder in (root, root / "notebooks"):
        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            return Check(what, f"{folder} cannot be written ({error.strerror})", True,
                         "Make it writable, or copy the course folder to a place of your own.")
    return Check(what, f"{root} is writable")


def disk_space(root: Path) -> Check:
    free = shutil.disk_usage(root).free / 1e9
    return Check("disk space", f"{free:.1f} GB free", *_unless(free > 0.5, "Free at least 1 GB for data and figures."))


def blas_threads() -> Check:
    found = os.environ.get("OPENBLAS_NUM_THREADS", "")
    advice = "" if found == "1" else "One is fastest for small matrices: unset OPENBLAS_NUM_THREADS."
    return Check("BLAS threads", found, mend=advice)


def sandbox() -> list[Check]:
    """Only instructors grade, so only they need a sandbox."""
    if not find_spec("autograder") or not find_spec("autograder.sandbox.survey"):
        return []
    from autograder.sandbox.survey import sandbox_abilities, sandbox_problem

    if problem := sandbox_problem():
        return [Check("sandbox for grading", problem, mend="tito grade needs it.")]
    has, lacks = sandbox_abilities()
    return [Check("sandbox for grading", has), Check("what it does not stop", lacks)]


def _unless(right: bool, mend: str) -> tuple[bool, str]:
    """The last two fields of a Check."""
    return not right, "" if right else mend


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
