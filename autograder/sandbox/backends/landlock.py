"""The sandbox out of the kernel's own parts: namespaces, Landlock, the filter. autograder/sandbox/launcher/ is inside."""
import json
from pathlib import Path

from autograder.sandbox import mounts, seccomp
from autograder.sandbox.backends import Backend
from autograder.sandbox.environment import ENVIRONMENT, HOST_NAME, USER

LAUNCHER = Path(__file__).resolve().parents[1] / "launcher" / "launch.py"


def missing() -> str | None:
    return None


def command(info: int, system_calls: int) -> list[str]:
    settings = {
        "info": info, "system_calls": system_calls, "user": USER, "host name": HOST_NAME, "steps": mounts.plan(),
        "space": mounts.TMPFS_BYTES, "writable": mounts.WRITABLE,
        "devices": [f"/dev/{device}" for device in mounts.DEVICES], "pivot_root": seccomp.number("pivot_root"),
        "variables": {**ENVIRONMENT, "HOME": mounts.HOME},
    }
    return [str(mounts.PYTHON), "-I", "-S", str(LAUNCHER), json.dumps(settings)]


LANDLOCK = Backend("Landlock", missing, command)
