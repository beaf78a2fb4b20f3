"""Files written whole or not at all, and files read that nobody vouches for."""
import os
import stat
from pathlib import Path

import nbformat
from nbformat.v4.rwbase import rejoin_lines

from tito import notebooks
from tito.errors import TitoError


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook of our own making as nbgrader wants it: sources joined, dicts with attributes."""
    return rejoin_lines(nbformat.from_dict(notebooks.load(path)))


def write_whole(path: Path, content: str | bytes) -> None:
    """Write beside the target and rename: whoever reads sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def read_untrusted(path: Path, base: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes that is reached from `base` without following a link."""
    for part in [path, *path.parents]:
        if part == base:
            break
        if part.is_symlink():
            raise TitoError(f"{part.name} is a link: submit the notebook itself.")
    # not blocking: a named pipe would otherwise wait for ever
    flags = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise TitoError(f"{path.name} cannot be read: {error.strerror}.") from None
    with open(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise TitoError(f"{path.name} is not a regular file.")
        if status.st_size > limit:
            raise TitoError(f"{path.name} has {status.st_size / 1e6:.0f} MB, at most {limit / 1e6:.0f} are accepted: "
                            "clear its outputs and submit it again.")
        return file.read(limit + 1)
