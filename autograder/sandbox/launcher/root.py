"""Makes the file system that a plan of autograder/sandbox/mounts.py describes, and leaves no way to another one."""
import os

from kernel import BIND, NODEV, NOEXEC, NOSUID, PRIVATE, RECURSIVE, call, make_read_only, mount, unmount

BASE = "/tmp"               # there on every machine; what lies in it is reached through HOST
HOST, NEW = "/host", "/new"


def change_root(steps: list, space: int, pivot_root: int) -> int:
    """Move into the new file system. Returns a folder, /proc, in which this process can still write.

    space: bytes in each folder to write in; pivot_root: the number of that system call.
    """
    mount("", "/", flags=PRIVATE | RECURSIVE)             # what happens here is seen nowhere else
    os.umask(0o022)
    mount("tmpfs", BASE, "tmpfs", NOSUID | NODEV, "mode=755")
    os.mkdir(BASE + HOST)
    os.mkdir(BASE + NEW)
    call(pivot_root, BASE.encode(), (BASE + HOST).encode())
    os.chdir("/")
    mount("tmpfs", NEW, "tmpfs", NOSUID | NODEV, "mode=755")
    for kind, path, argument in steps:
        make(kind, NEW + path, argument, space)
    proc = os.open(NEW + "/proc", os.O_RDONLY | os.O_DIRECTORY)
    mount(NEW + "/proc", NEW + "/proc", flags=BIND | RECURSIVE)       # a second view of it lies over the first
    for path in ["", "/proc", *(path for kind, path, _ in steps if kind == "hide")]:
        make_read_only(NEW + path)
    unmount(HOST)
    os.chdir(NEW)
    call(pivot_root, b".", b".")
    unmount(".")
    os.chdir("/")
    return proc


def make(kind: str, path: str, argument: str, space: int) -> None:
    match kind:
        case "link":
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(argument, path)
        case "space":
            os.makedirs(path)
            mount("tmpfs", path, "tmpfs", NOSUID | NODEV, f"mode=1777,size={space}")
        case "hide":
            os.makedirs(path, exist_ok=True)
            mount("tmpfs", path, "tmpfs", NOSUID | NODEV, "mode=755")
        case "processes":
            os.makedirs(path)
            mount("proc", path, "proc", NOSUID | NODEV | NOEXEC)
        case "show" if os.path.exists(HOST + argument):
            bind(HOST + argument, path)
            make_read_only(path, all_below=True)
        case "device":
            bind(HOST + path.removeprefix(NEW), path)


def bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    mount(source, target, flags=BIND | RECURSIVE)
