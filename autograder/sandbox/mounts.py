"""The file system of the sandbox: Python, NumPy and the worker's own files, and two small folders to write in.

No other package is there to import, no terminal, no shared memory. Each back-end makes this plan true in its own way.
"""
import functools
import os
import sys
from pathlib import Path

import numpy as np

INSIDE = Path(__file__).resolve().parent / "inside"      # the worker's own files
REPOSITORY = INSIDE.parents[2]                            # or site-packages, where autograder is installed
NUMPY_SITE = Path(np.__file__).resolve().parent.parent
PYTHON = Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
PYTHON_HOME = Path(os.path.realpath(sys.base_prefix))
TMPFS_BYTES = 64 << 20
HOME = "/student"           # in the sandbox
WRITABLE = ("/tmp", HOME)
DEVICES = ("null", "random", "urandom")                   # not zero: mapped, it is shared anonymous memory
SECRETS = ("keys", "key-users")                           # files of /proc that tell of the keys of whoever grades
Step = tuple[str, str, str]


def _packages(folders: list[Path]) -> set[Path]:
    """Every folder of installed packages, of any Python, and this package's own, with the reference solutions."""
    found = {REPOSITORY}
    for folder in folders:
        for parent, names, _ in os.walk(folder):
            here = [name for name in names if name in ("site-packages", "dist-packages")]
            names[:] = set(names) - set(here)
            found.update(Path(parent, name).resolve() for name in here)
    return {path for path in found if any(path.is_relative_to(folder) for folder in folders)}


def without(pattern: str) -> tuple[Step, ...]:
    """More steps of a plan: nothing stands in the place of compiled modules of this name, of any Python in sight."""
    homes = Path("/usr"), Path("/usr/local"), PYTHON_HOME
    found = {file.resolve() for home in homes for file in home.glob(f"lib*/python3*/lib-dynload/{pattern}")}
    there = sorted(file for file in found if any(file.is_relative_to(home) for home in homes))
    return tuple(("show", str(file), "/dev/null") for file in there)


@functools.cache
def plan() -> tuple[Step, ...]:
    """Steps (kind, path in the sandbox, argument), each on top of those before it.

    "space": an empty folder to write in, of TMPFS_BYTES; "show": the host's path of the argument, read-only, left out
    if it is not there; "link": to the argument; "hide": an empty folder, read-only once all steps are done;
    "device": the host's of the same path; "processes": the sandbox's own /proc, read-only before student code runs.
    """
    steps = [("space", folder, "") for folder in WRITABLE]
    # Of a Python elsewhere not the whole home, which may hold other environments
    places = [PYTHON.parent, *(PYTHON_HOME / name for name in ("bin", "lib", "lib32", "lib64"))]
    own = dict.fromkeys(place for place in places if place.is_dir() and not place.is_relative_to("/usr"))
    folders = [Path("/usr"), *own]
    steps += [_show(folder) for folder in folders]
    for name in ("bin", "lib", "lib32", "lib64"):
        steps.append(("link", f"/{name}", f"usr/{name}") if os.path.islink(f"/{name}") else _show(f"/{name}"))
    # Some NumPy builds find their BLAS through these
    steps += [_show("/etc/ld.so.cache"), _show("/etc/alternatives")]
    steps += [("hide", str(folder), "") for folder in sorted(_packages(folders))]
    steps += [_show(path) for path in (NUMPY_SITE / "numpy", NUMPY_SITE / "numpy.libs")]
    steps += [("show", "/worker", str(INSIDE))]
    steps += [("device", f"/dev/{device}", "") for device in DEVICES]
    steps += [("link", "/dev/fd", "/proc/self/fd"), ("processes", "/proc", "")]
    steps += [("show", f"/proc/{name}", "/dev/null") for name in SECRETS if os.path.exists(f"/proc/{name}")]
    return tuple(steps)


def _show(path: Path | str) -> Step:
    return "show", str(path), str(path)
