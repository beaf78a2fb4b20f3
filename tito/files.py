"""Files written whole or not at all, and copies of what is about to be overwritten."""
import errno
import os
import secrets
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from tito.errors import TitoError


def write_whole(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Write beside the target and rename: whoever reads sees the old file or the new one. mode: as the umask leaves.

    Raises OSError, which names `path` and not the file beside it.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(beside, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def writable(folder: Path) -> Path:
    """The folder, if files can be written there or it can be made: known before the work, not after it.

    Raises OSError, which names `folder`.
    """
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    code = errno.ENOTDIR if not nearest.is_dir() else 0 if os.access(nearest, os.W_OK | os.X_OK) else errno.EACCES
    if code:
        raise OSError(code, os.strerror(code), str(folder))
    return folder


def refuse_folder(path: Path, example: str) -> None:
    """Raises TitoError where a file is to be written and a folder has that name. example: a file's name."""
    if path.is_dir():
        raise TitoError(f"{path} is a folder: name a file, such as {path / example}.", exit_code=2)


def stamp() -> str:
    """Now, as part of a file name."""
    return datetime.now().strftime("%Y%m%d-%H%M%S")


def unused(path: Path) -> Path:
    """The path itself, or with -2, -3, … where that name is taken."""
    candidates = (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(2, 10_000))
    return path if not path.exists() else next(candidate for candidate in candidates if not candidate.exists())


def keep_copy(root: Path, path: Path) -> Path | None:
    """Copy a file into .tito/backups before it is replaced; None if there is no such file."""
    if not path.is_file():
        return None
    folder = root / ".tito" / "backups"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy2(path, unused(folder / f"{path.stem}-{stamp()}{path.suffix}")))
    except OSError as error:
        raise TitoError(f"{path.name} was left as it is, because no copy can be kept in {folder} "
                        f"({error.strerror}): make that folder writable.") from None
