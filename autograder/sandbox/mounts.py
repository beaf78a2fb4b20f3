"""The file system of the sandbox: Python, NumPy and the worker's own files, and two small folders to write in.

No other package is there to import, no terminal, no shared memory.
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
DEVICES = ("null", "random", "urandom")                   # not zero: mapped, it is shared anonymous memory
SECRETS = ("keys", "key-users")                           # files of /proc that tell of the keys of whoever grades


def parents(*paths: Path) -> list[str]:
    """Options that make the folders above `paths`, open to all: bubblewrap would make them for their owner only."""
    folders = dict.fromkeys(folder for path in paths for folder in reversed(path.parents[:-1]))
    return [word for folder in folders for word in ("--perms", "0755", "--dir", str(folder))]


def bind(*paths: Path) -> list[str]:
    return [*parents(*paths), *(word for path in paths for word in ("--ro-bind", str(path), str(path)))]


def _packages(folders: list[Path]) -> set[Path]:
    """Every folder of installed packages, of any Python, and this package's own, with the reference solutions."""
    found = {REPOSITORY}
    for folder in folders:
        for parent, names, _ in os.walk(folder):
            here = [name for name in names if name in ("site-packages", "dist-packages")]
            names[:] = set(names) - set(here)
            found.update(Path(parent, name).resolve() for name in here)
    return {path for path in found if any(path.is_relative_to(folder) for folder in folders)}


def hide(pattern: str) -> list[str]:
    """Options that put nothing in the place of compiled modules of this name, of any Python that can be seen."""
    homes = Path("/usr"), Path("/usr/local"), PYTHON_HOME
    found = {file.resolve() for home in homes for file in home.glob(f"lib*/python3*/lib-dynload/{pattern}")}
    there = sorted(file for file in found if any(file.is_relative_to(home) for home in homes))
    return [word for file in there for word in ("--ro-bind", "/dev/null", str(file))]


@functools.cache
def options() -> tuple[str, ...]:
    """bubblewrap's options. A tmpfs comes before what is bound into it."""
    words = []
    for folder in ("/tmp", HOME):
        words += ["--perms", "1777", "--size", str(TMPFS_BYTES), "--tmpfs", folder]
    # Of a Python elsewhere not the whole home, which may hold other environments
    places = [PYTHON.parent, *(PYTHON_HOME / name for name in ("bin", "lib", "lib32", "lib64"))]
    own = dict.fromkeys(place for place in places if place.is_dir() and not place.is_relative_to("/usr"))
    folders = [Path("/usr"), *own]
    words += bind(*folders)
    for name in ("bin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            words += ["--symlink", f"usr/{name}", f"/{name}"]
        else:
            words += ["--ro-bind-try", f"/{name}", f"/{name}"]
    words += parents(Path("/etc/ld.so.cache"))
    for path in ("/etc/ld.so.cache", "/etc/alternatives"):           # some NumPy builds find their BLAS through these
        words += ["--ro-bind-try", path, path]
    hidden = sorted(_packages(folders))
    for folder in hidden:
        words += ["--tmpfs", str(folder)]
    words += bind(*[path for path in (NUMPY_SITE / "numpy", NUMPY_SITE / "numpy.libs") if path.is_dir()])
    words += ["--ro-bind", str(INSIDE), "/worker"]
    words += parents(Path("/dev/null"))
    for device in DEVICES:
        words += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    words += ["--symlink", "/proc/self/fd", "/dev/fd", "--proc", "/proc"]
    for name in SECRETS:
        if os.path.exists(f"/proc/{name}"):
            words += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for folder in ["/", *hidden]:
        words += ["--remount-ro", str(folder)]
    return tuple(words)
