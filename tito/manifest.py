"""What a release put into a student edition: `.release/manifest.txt`, a digest and a name on each line."""
import hashlib
import os
from pathlib import Path

from tito.errors import TitoError

MANIFEST = ".release/manifest.txt"
KEPT = (".git", ".venv", ".tito")             # top-level names that belong to the folder, never to an edition


def read_manifest(folder: Path) -> dict[str, str]:
    """Name -> digest; empty where there is no manifest. Raises TitoError for a damaged one."""
    path = folder / MANIFEST
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except ValueError:
        raise TitoError(f"{path} is damaged: fetch the edition again, or delete this file.") from None


def manifest_text(digests: dict[str, str]) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def digest(path: Path) -> str:
    """Of the content; of a link its target, which is the content where there are no links, as in a zip."""
    content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
    return hashlib.sha256(content).hexdigest()
