"""The sandbox by bubblewrap, the program that Flatpak stands on."""
import os
import shutil
from pathlib import Path

from autograder.sandbox import mounts
from autograder.sandbox.backends import Backend
from autograder.sandbox.environment import ENVIRONMENT, HOST_NAME, USER
from autograder.sandbox.mounts import HOME


def missing() -> str | None:
    return None if shutil.which("bwrap", path=ENVIRONMENT["PATH"]) else "bubblewrap is not installed"


def command(info: int, system_calls: int, plan: tuple[mounts.Step, ...], variables: dict[str, str]) -> list[str]:
    words = [word for item in variables.items() for word in ("--setenv", *item)]
    common = ["--die-with-parent", "--info-fd", str(info), "--clearenv", "--hostname", HOST_NAME, *words,
              *options(plan)]
    # /proc is read-only to the student's code, so that oom_score_adj stays; bubblewrap itself writes there before
    private = ["--unshare-user", "--disable-userns", "--new-session", "--cap-drop", "ALL", "--remount-ro", "/proc",
               "--chdir", HOME, "--seccomp", str(system_calls)]
    first_to_kill = ["choom", "-n", "1000", "--", "bwrap"]           # when the machine has no memory left
    if os.geteuid() != 0:
        return [*first_to_kill, "--unshare-all", *common, *private]
    # Root's sandbox holds a second one, whose user namespace has its own count of processes
    unshare = [f"--unshare-{kind}" for kind in ("ipc", "pid", "net", "uts", "cgroup-try")]
    drop = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--inh-caps=-all"]
    inner = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", *private]
    return [*first_to_kill, *unshare, *common, *drop, *inner]


def options(steps: tuple[mounts.Step, ...]) -> list[str]:
    words = []
    for kind, path, argument in steps:
        if kind in ("show", "device"):
            words += parents(Path(path))
        words += {
            "space": ["--perms", "1777", "--size", str(mounts.TMPFS_BYTES), "--tmpfs", path],
            "show": ["--ro-bind-try", argument, path],
            "link": ["--symlink", argument, path],
            "hide": ["--tmpfs", path],
            "device": ["--dev-bind", path, path],
            "processes": ["--proc", path],
        }[kind]
    hidden = [path for kind, path, _ in steps if kind == "hide"]
    return [*words, *(word for path in ["/", *hidden] for word in ("--remount-ro", path))]


def parents(path: Path) -> list[str]:
    """Options that make the folders above `path`, open to all: bubblewrap would make them for their owner only."""
    return [word for folder in reversed(path.parents[:-1]) for word in ("--perms", "0755", "--dir", str(folder))]


BUBBLEWRAP = Backend("bubblewrap", missing, lambda: "bubblewrap", command)
