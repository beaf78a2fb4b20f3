"""The program of an entry's own process: it lays the files out, loads the entry and answers photos. NumPy only.

Started as `python -I -S -c TEXT SITE SOCKET CONFINED`: no start-up file of the user's or the entry's runs. Whoever
measures reads clock and memory from outside, and keeps the labels: whatever an entry does to this process can only
change its answers.
A frame is one letter, the length of what follows, and that: F files, R ready, L loaded, Q photos, A answers, E error.
"""

import base64
import contextlib
import json
import os
import struct
import sys

HEADER = struct.Struct(">cI")
SITE, CONFINED = sys.argv[1], sys.argv[3] == "1"
if CONFINED:  # its socket brings the two pipes
    import socket

    with socket.socket(fileno=int(sys.argv[2])) as door:
        READ, WRITE = socket.recv_fds(door, 1, 2)[1]
else:
    READ, WRITE = os.dup(0), os.dup(1)
if sys.platform == "win32":
    import msvcrt

    for fd in (READ, WRITE):
        msvcrt.setmode(fd, os.O_BINARY)
LIMITS = {
    "RLIMIT_AS": 2 << 30,
    "RLIMIT_CPU": 120,
    "RLIMIT_FSIZE": 0,
    "RLIMIT_CORE": 0,
    "RLIMIT_NOFILE": 16,
    "RLIMIT_NPROC": 0,
}  # no file, no process, no thread: memory is in one place
sys.path.insert(0, SITE)
sys.dont_write_bytecode = True

import numpy as np  # noqa: E402  (not importable before the line above)

sys.path.remove(SITE)  # what else is installed there is not there when the entry is verified
MOST_TEXT = 600
IMPORTS = "an entry imports Python's own modules, NumPy, tinytorch and its own files"


def say(kind: bytes, payload: bytes = b"") -> None:
    data = HEADER.pack(kind, len(payload)) + payload
    while data:
        data = data[os.write(WRITE, data) :]


def take(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(READ, size - len(data))
        if not part:
            os._exit(0)
        data = data + part if data else part
    return data


def hear() -> tuple[bytes, bytes]:
    kind, size = HEADER.unpack(take(HEADER.size))
    return kind, take(size)


def lay_out(setup: dict) -> None:
    """The package and the entry, each in a folder of its own."""
    for folder in ("tinytorch", "entry"):
        os.mkdir(folder)
        for name, content in setup[folder].items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(base64.b64decode(content))
    here = os.getcwd()
    # An entry with an __init__.py would otherwise be found as a package, without load()
    sys.path[:] = [os.path.join(here, "entry"), here, *sys.path]


def confine() -> None:
    """Print into the void; in the sandbox also the limits, which would stop a student's own other programs."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    if CONFINED:
        import resource

        for name, value in LIMITS.items():
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, name), (value, value))


def answers(predict, payload: bytes) -> bytes:
    """One byte a photo: a digit. What is no digit is refused by name."""
    photos = np.frombuffer(payload, np.float32).reshape(-1, 1, 8, 8)
    found = np.asarray(predict(photos.copy()))
    if found.shape != (len(photos),):
        raise ValueError(f"predict must give one digit a photo, an array ({len(photos)},), not {found.shape}")
    if found.dtype.kind not in "iu":
        raise ValueError(f"predict must give whole numbers, 0 to 9, not {found.dtype}: argmax over the scores?")
    if found.size and not (found.min() >= 0 and found.max() <= 9):
        raise ValueError(f"predict must give digits 0 to 9, not {found.min()} to {found.max()}")
    return found.astype(np.uint8).tobytes()


def loaded():
    """The entry's predict."""
    import entry

    if not callable(getattr(entry, "load", None)):
        raise AttributeError("entry.py has no function load(): write one that returns predict")
    predict = entry.load()
    if not callable(predict):
        raise TypeError(f"load() in entry.py must return the function predict, not {type(predict).__name__}")
    return predict


def place_of(error: BaseException, home: str) -> str:
    """The last line of the files in `home` on the way to the error, which may lie deeper, in NumPy for instance."""
    places, step = [], error.__traceback__
    while step:
        places.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
        step = step.tb_next
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    own = [(name, line) for name, line in places if line and os.path.dirname(name) == home]
    return f" ({os.path.basename(own[-1][0])}, line {own[-1][1]})" if own else ""


def told(error: BaseException, home: str) -> bytes:
    """The error and its place in the entry, cut where the place still finds room."""
    text = str(error.msg if isinstance(error, SyntaxError) else error)
    if isinstance(error, ModuleNotFoundError):
        text += ": complete its notebook" if (error.name or "").startswith("tinytorch.") else f": {IMPORTS}"
    if isinstance(error, FileNotFoundError):
        text += ": the entry's files lie in Path(__file__).parent"
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = place_of(error, home).encode(errors="replace")[:100]
    return said.encode(errors="replace")[: MOST_TEXT - len(place)] + place


def main() -> None:
    say(b"R")
    lay_out(json.loads(hear()[1]))
    home = os.path.join(os.getcwd(), "entry")
    confine()
    predict = None
    while True:
        kind, payload = hear()
        try:
            if kind == b"L":
                predict = loaded()
                say(b"L")
            else:
                say(b"A", answers(predict, payload))
        except BaseException as error:
            say(b"E", told(error, home))


main()
