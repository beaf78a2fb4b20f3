"""Zips that nobody vouches for, opened and unpacked within limits, whatever they say about themselves."""
import zipfile
import zlib
from pathlib import PurePosixPath

from tito.errors import TitoError
from tito.handed_in import MAX_BYTES

MAX_ENTRIES = 50_000                # in one folder or zip: a class of thousands fits, a bomb of names does not
MAX_UNPACKED = 5_000_000_000        # in one run: thousands of notebooks full of figures
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)     # any other unpacks in one go, whatever its size
UNREADABLE = (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError, ValueError, zlib.error)


def slashed(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/")


def open_zip(file, name: str) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except UNREADABLE as error:
        raise TitoError(f"{name} is not a readable zip ({error}).") from None
    if len(archive.infolist()) > MAX_ENTRIES:
        raise TitoError(f"{name} has {len(archive.infolist())} entries, at most {MAX_ENTRIES} are accepted.")
    return archive


class Unpacker:
    """Takes files out of zips, within limits of one file and of a whole run, whatever a zip says about its sizes."""

    def __init__(self):
        self.left = MAX_UNPACKED

    def unpack(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
        name = PurePosixPath(entry.filename).name
        if entry.external_attr >> 16 & 0o170000 == 0o120000:
            raise TitoError(f"{name} is a link: submit the file itself.")
        if entry.compress_type not in PACKED:
            raise TitoError(f"{name} is packed by a rare method: zip it again with the usual one (deflate).")
        if self.left <= 0:
            raise TitoError(f"{name} was not unpacked, {MAX_UNPACKED / 1e9:g} GB came out of zips in this run already: "
                            "collect it in a run of its own.")
        try:
            with archive.open(entry) as member:
                raw = member.read(MAX_BYTES + 1)
        except UNREADABLE as error:
            raise TitoError(f"{name} cannot be unpacked ({error}).") from None
        self.left -= len(raw)
        if len(raw) > MAX_BYTES:
            raise TitoError(f"{name} unpacks to more than {MAX_BYTES / 1e6:.0f} MB.")
        return raw
