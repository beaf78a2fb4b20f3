"""The new edition: a folder or a zip, proved whole before anything of it is used."""
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from tito.errors import TitoError
from tito.manifest import KEPT, MANIFEST, digest, read_manifest


@contextmanager
def opened(source: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """The edition's folder and manifest. Raises TitoError for what is no edition, or not a whole one."""
    if source.is_dir():
        yield source, proved(source, source)
        return
    with tempfile.TemporaryDirectory(prefix="tito-") as scratch:
        try:
            with zipfile.ZipFile(source) as archive:
                archive.extractall(scratch)
        except FileNotFoundError:
            raise TitoError(f"There is no {source}: --from takes the folder or the zip of a new edition.") from None
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
            raise TitoError(f"{source} is not a readable zip file ({error}): fetch it again.") from None
        folder = Path(scratch)
        if not (folder / MANIFEST).is_file():              # a download often puts everything into one folder
            folder = next((path for path in sorted(folder.iterdir()) if (path / MANIFEST).is_file()), folder)
        yield folder, proved(folder, source)


def proved(folder: Path, source: Path) -> dict[str, str]:
    """The manifest, if it names only what an edition may hold and every file is as it says."""
    manifest = read_manifest(folder)
    if not manifest or not all(map(_allowed, manifest)):
        raise TitoError(f"{source} is not a student edition: it has no {MANIFEST} of one.")
    for name, expected in manifest.items():
        path = folder / name
        if not path.is_file() or digest(path) != expected:
            raise TitoError(f"{source} is not as it was released: {name} is missing or changed. Fetch it again; "
                            "nothing was changed here.")
    return manifest


def _allowed(name: str) -> bool:
    """A path inside the folder that is neither git's, nor the student's package."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and not {*":\\"} & {*name}
    own = path.parts[:1] == ("tinytorch",) and name != "tinytorch/__init__.py"
    return inside and not own and path.parts[0].lower() not in KEPT
