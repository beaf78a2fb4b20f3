"""`tito doctor`: what is wrong with this environment, and how to mend it."""
from dataclasses import asdict
from pathlib import Path

from tito import console
from tito.commands.which import Json
from tito.course import find_root
from tito.errors import TitoError
from tito.progress import Progress


def doctor(json: Json = False) -> None:
    """Check Python, packages, kernel and folder, and say how to mend what is wrong.

    \b
    Example: tito doctor
    """
    from tito import diagnosis as d

    root = find_root()
    checks = [d.python_version(), *d.packages(root), d.imported_from_here(root), d.kernel(root),
              d.notebooks(root), d.folder_writable(root), d.disk_space(root), d.blas_threads(), *d.sandbox()]
    wrong = sum(check.wrong for check in checks)
    if json:
        console.as_json({"wrong": wrong, "checks": [{"state": _state(check), **asdict(check)} for check in checks]})
    else:
        console.table([(_state(check), check.what, check.found) for check in checks])
        for check in checks:
            if check.mend:
                console.say(f"{check.what}: {check.mend}")
    if wrong:
        raise TitoError(f"{wrong} of {len(checks)} checks failed: the lines above say how to mend them.")
    if not json:
        console.say(f"Everything is in order. {_advice(root)}", "green")


def _advice(root: Path) -> str:
    """The next step, which in the instructor's repository is none of a student's."""
    if (root / ".release").is_dir():
        return Progress(root).advice()
    if (root / "course").is_dir():
        return "Next: tito students list (who has handed in what; docs/instructors.md says what each week needs)"
    return "Next: tito release --to ../class-repository 01 (docs/instructors.md goes on from there)"


def _state(check) -> str:
    return "wrong" if check.wrong else "note" if check.mend else "ok"
