"""`tito checkpoint status`: where you are, what is next, what it unlocks."""
from pathlib import Path

import typer

from tito import console
from tito.course import ACTS, MILESTONES, MODULES, Milestone, Module, available, find_root
from tito.progress import Progress

app = typer.Typer(no_args_is_help=True, help="See how far you are.", rich_markup_mode=None)
ELSEWHERE = "not in this edition"


def state(root: Path, progress: Progress, module: Module) -> str:
    """One word or two on a module: done, next, started, open, or not here."""
    if progress.completed(module):
        return "done"
    if not module.notebook(root).is_file() and not (root / ".release" / module.id).is_dir():
        return ELSEWHERE
    if module == progress.next_module():
        return "started, next" if progress.started(module) else "next"
    return "started" if progress.started(module) else "open"


@app.command()
def status() -> None:
    """Show acts, modules and milestones: done, next, and what each unlocks.

    \b
    Example: tito checkpoint status
    """
    root = find_root()
    progress = Progress(root)
    rows: list[tuple[str, str, str]] = []
    for act, names in ACTS.items():
        rows.append((f"Act {act}", "", ""))
        for module in [m for m in MODULES if m.name in names]:
            hint = progress.not_made_here([module]) or _unlocks(root, module)
            rows.append((f"  {module.id}", state(root, progress, module), hint))
            rows += [_milestone(root, progress, m) for m in MILESTONES if m.unlocked_by == module.number]
    console.table(rows, dim=[ELSEWHERE in row[1] for row in rows])
    console.say()
    here = available(root)
    done = sum(map(progress.completed, here))
    console.say(f"{done} of {len(here)} modules of this edition done. {progress.advice()}")


def _unlocks(root: Path, module: Module) -> str:
    milestones = [f"milestone {m.id}" for m in MILESTONES if m.unlocked_by == module.number and m.scripts(root)]
    after = [m.id for m in available(root) if m.number == module.number + 1]
    unlocks = after + milestones
    return f"unlocks {' and '.join(unlocks)}" if unlocks and module.notebook(root).is_file() else ""


def _milestone(root: Path, progress: Progress, milestone: Milestone) -> tuple[str, str, str]:
    if not milestone.scripts(root):
        what, hint = ELSEWHERE, ""
    elif progress.passed(milestone):
        what, hint = "done", ""
    elif missing := progress.missing_for(milestone):
        what, hint = "locked", f"needs {', '.join(module.id for module in missing)}"
    else:
        what, hint = "unlocked", f"tito milestone run {milestone.number:02}"
    return f"  * milestone {milestone.id}", what, hint
