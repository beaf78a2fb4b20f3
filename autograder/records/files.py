"""Files read, and written to places, that nobody vouches for."""
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import nbformat
from nbformat.v4.rwbase import rejoin_lines

from tito import notebooks
from tito.errors import TitoError
from tito.files import write_whole


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook of our own making as nbgrader wants it: sources joined, dicts with attributes."""
    return rejoin_lines(nbformat.from_dict(notebooks.load(path)))


def write_untrusted(path: Path, base: Path, content: str | bytes) -> None:
    """As `write_whole`, where a link may lie on the way from `base`: nothing is written through it."""
    base.mkdir(parents=True, exist_ok=True)
    with open_folder(path.parent, base, make=True):
        write_whole(path, content)


def read_untrusted(path: Path, base: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes that is reached from `base` without following a link."""
    with open_folder(path.parent, base) as folder:
        return read_in(folder, path.name, limit)[0]


@contextmanager
def open_folder(path: Path, base: Path, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder `path`, opened part by part from `base`: no part of the way can become a link.

    What is then opened in the descriptor is in this very folder, whatever its path leads to by then.
    """
    with ExitStack() as opened:
        folder = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, folder)
        for part in path.relative_to(base).parts:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            folder = open_part(folder, part, os.O_DIRECTORY)
            opened.callback(os.close, folder)
        yield folder


def read_in(folder: int, name: str, limit: int) -> tuple[bytes, os.stat_result]:
    """The bytes of a file in an open folder, and what the system knows about it."""
    descriptor = open_part(folder, name, os.O_NONBLOCK)      # a named pipe would otherwise wait for ever
    try:
        status = os.fstat(descriptor)
        if problem := what_is_odd(status, limit):
            raise TitoError(f"{name} {problem}")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1), status
    finally:
        os.close(descriptor)


def what_is_odd(status: os.stat_result, limit: int) -> str:
    if stat.S_ISDIR(status.st_mode):
        return "is a folder, it should be a file."
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file."
    if status.st_nlink > 1:
        return "is a hard link, the same file has another name: submit a copy of its own."
    if status.st_size > limit:
        return (f"has {status.st_size / 1e6:.0f} MB, at most {limit / 1e6:.0f} are accepted: "
                "clear its outputs and submit it again.")
    return ""


def open_part(folder: int, name: str, flags: int) -> int:
    """One step of a path. A link is refused by the system itself, in the act of opening."""
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=folder)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise TitoError(f"{name} cannot be read: {error.strerror}.") from None
        link = stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        raise TitoError(f"{name} is a link: submit the file itself." if link else
                        f"{name} is a file, it should be a folder.") from None
