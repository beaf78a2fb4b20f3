"""The files of an entry: a flat folder of plain files, read without following links, and their checksums."""

import hashlib
import os
import re
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from tito.errors import TitoError

MOST_FILES, MOST_BYTES = 16, 2 << 20
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_]{1,10}){1,2}", re.ASCII)
BASELINE = Path(__file__).with_name("baseline")
BASELINE_FILES = ("entry.py", "model.npz")
COMPILED = b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"  # how programs of Linux, Windows and macOS begin
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints", ".DS_Store")


def read_entry(folder: Path) -> dict[str, bytes]:
    """The files of an entry by name. Raises TitoError with the mend for what is no entry."""
    if folder.is_file():
        raise TitoError(f"{folder} is a file: give the folder that holds entry.py.")
    if not folder.is_dir():
        raise TitoError(
            f"{folder} is no folder: an entry is one that holds entry.py "
            f"(tito olympics new {shlex.quote(str(folder))} makes one)."
        )
    files: dict[str, bytes] = {}
    for item in sorted(os.scandir(folder), key=lambda item: item.name):
        if item.name in LEFT_OUT:
            continue
        if not item.is_file(follow_symlinks=False):
            raise TitoError(
                f"{item.path} is a folder or a link: an entry holds plain files only; put all beside entry.py."
            )
        files[item.name] = read_plain(Path(item.path), MOST_BYTES)
    return checked(files)


def checked(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files, if they are an entry's by number, names and size."""
    if "entry.py" not in files:
        raise TitoError("There is no entry.py among the files: it holds load(), which returns predict.")
    if len(files) > MOST_FILES:
        raise TitoError(f"An entry holds at most {MOST_FILES} files, this one {len(files)}.")
    for name in files:
        if not NAME.fullmatch(name):
            raise TitoError(
                f"{name[:60]!r} is no name for a file of an entry: letters, digits, _ and -, and an ending."
            )
        if files[name].startswith(COMPILED):
            raise TitoError(f"{name} is compiled code: an entry is Python on NumPy and tinytorch, and data.")
    if (total := size_of(files)) > MOST_BYTES:
        raise TitoError(
            f"An entry has at most {MOST_BYTES / 2**20:.0f} MiB, this one {total / 2**20:.1f}: compress the model."
        )
    return dict(files)


def baseline() -> dict[str, bytes]:
    return {name: (BASELINE / name).read_bytes() for name in BASELINE_FILES}


def size_of(files: Mapping[str, bytes]) -> int:
    """Bytes of all files and their names, code included: weights can stand in a program and in a name, too."""
    return sum(len(name.encode()) + len(content) for name, content in files.items())


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def package(root: Path) -> dict[str, bytes]:
    """This folder's tinytorch, as it stands: `run` measures entry and baseline on the student's own."""
    return {path.name: path.read_bytes() for path in sorted((root / "tinytorch").glob("*.py"))}


def read_plain(path: Path, most: int) -> bytes:
    """A plain file's bytes, no link followed, nothing waited for. Raises TitoError for any other and a larger one."""
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    try:
        fd = os.open(path, os.O_RDONLY | sum(flags))
    except OSError as error:
        raise TitoError(f"{path} cannot be read ({error.strerror}): give a plain file, no link.") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise TitoError(f"{path} is no plain file: move it out of the way.")
    with open(fd, "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise TitoError(f"{path} is larger than the {most >> 20} MiB that are allowed.")
    return content
