"""Which sandbox starts on this machine; where none does, what is missing and how to get it."""
import functools
import sys

from autograder.sandbox import cgroup, seccomp
from autograder.sandbox.backends import Backend
from autograder.sandbox.backends.bubblewrap import BUBBLEWRAP
from autograder.sandbox.backends.landlock import LANDLOCK
from autograder.sandbox.process import StartError, Worker
from autograder.sandbox.watch import POLL_SECONDS

BACKENDS = [BUBBLEWRAP, LANDLOCK]       # the first that starts here is used
INSTALL = "sudo apt-get install bubblewrap (Debian, Ubuntu) or sudo dnf install bubblewrap (Fedora)"
INSTALL_FILTER = "sudo apt-get install libseccomp2 (Debian, Ubuntu) or sudo dnf install libseccomp (Fedora)"
OR_UNSAFE = "or say --unsafe for code that you trust"


def backend_for(sandboxed: bool) -> Backend | None:
    """What a worker is to be started with; raises StartError where it should be a sandbox and none starts here."""
    found = _survey() if sandboxed else None
    if isinstance(found, str):
        raise StartError(found)
    return found


def sandbox_problem() -> str | None:
    """None when a sandbox starts here, else one line that says what is missing and how to get it."""
    found = _survey()
    return None if isinstance(found, Backend) else found


def sandbox_name() -> str:
    """Of the back-end that student code runs in here; "" where there is none."""
    found = _survey()
    return found.name if isinstance(found, Backend) else ""


def sandbox_abilities() -> tuple[str, str]:
    """One line each for `tito doctor`: what keeps student code in here, and what that does not stop."""
    limit, late = "bounded by a cgroup", ""
    if not cgroup.folder():
        limit, late = f"summed from outside every {POLL_SECONDS * 1000:.0f} ms", ", memory for a moment"
    return (f"{_survey().describe()}; memory of all processes together is {limit}",
            f"faults of the kernel, busy neighbours{late}, a look at kernel, load and where Python lies "
            "(autograder/README.md)")


@functools.cache
def _survey() -> Backend | str:
    """The first back-end that starts, or what is wrong with all of them."""
    if not sys.platform.startswith("linux"):
        return f"Safe grading needs Linux: use WSL or a container, {OR_UNSAFE}."
    try:
        seccomp.program()
    except OSError as error:
        return f"Safe grading needs libseccomp ({error}): {INSTALL_FILTER}, {OR_UNSAFE}."
    problems = []
    for backend in BACKENDS:
        problem = backend.missing()
        try:
            if problem is None:
                Worker(backend).close()
                return backend
        except StartError as error:
            problem = f"{backend.name} cannot start ({error})"
        problems.append(problem)
    mend = f"{INSTALL}, " if BUBBLEWRAP.missing() else ""
    return f"Safe grading needs a sandbox, but {' and '.join(problems)}: {mend}allow user namespaces, {OR_UNSAFE}."
