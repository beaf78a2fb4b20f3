"""The sandbox out of the kernel's own parts: namespaces, Landlock and a filter, which launcher/ puts together."""
import ctypes
import marshal
from pathlib import Path

from autograder.sandbox import mounts, seccomp
from autograder.sandbox.backends import Backend
from autograder.sandbox.environment import HOST_NAME, USER

LAUNCHER = Path(__file__).resolve().parents[1] / "launcher" / "launch.py"


def version() -> int:
    """Of the kernel's Landlock, 1 and up; -1 where there is none."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1)      # landlock_create_ruleset, asked for its version


def missing() -> str | None:
    return None if version() > 0 else "the kernel has no Landlock (Linux 5.13 brought it)"


def describe() -> str:
    alone = ["TCP"] * (version() < 4) + ["signals"] * (version() < 6)
    return f"Landlock {version()} and namespaces" + (f" ({' and '.join(alone)} by namespaces alone)" if alone else "")


def command(info: int, system_calls: int, plan: tuple[mounts.Step, ...], variables: dict[str, str]) -> list[str]:
    settings = {
        "info": info, "landlock": version(), "system_calls": system_calls, "user": USER, "host name": HOST_NAME,
        "steps": plan, "space": mounts.TMPFS_BYTES, "writable": mounts.WRITABLE,
        "devices": [f"/dev/{device}" for device in mounts.DEVICES], "pivot_root": seccomp.number("pivot_root"),
        "variables": variables,
    }
    return [str(mounts.PYTHON), "-I", "-S", str(LAUNCHER), marshal.dumps(settings).hex()]


LANDLOCK = Backend("Landlock", missing, describe, command)
