"""`tito doctor`: what is wrong with this environment, and how to mend it."""
from tito import console
from tito.course import find_root
from tito.errors import TitoError


def doctor() -> None:
    """Check Python, packages, kernel and folder, and say how to mend what is wrong.

    \b
    Example: tito doctor
    """
    from tito import diagnosis as d

    root = find_root()
    checks = [d.python_version(), *d.packages(root), d.imported_from_here(root), d.kernel(root),
              d.folder_writable(root), d.disk_space(root), d.blas_threads(), *d.sandbox()]
    rows = [("wrong" if check.wrong else "note" if check.mend else "ok",
             check.what, check.found) for check in checks]
    console.table(rows)
    for check in checks:
        if check.mend:
            console.say(f"{check.what}: {check.mend}")
    if wrong := sum(check.wrong for check in checks):
        raise TitoError(f"{wrong} of {len(checks)} checks failed: the lines above say how to mend them.")
    console.say("Everything is in order.", "green")
