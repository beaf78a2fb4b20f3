"""`tito milestone …`: history's experiments, run on the student's own code."""
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.check.kernel import environment
from tito.course import MILESTONES, MODULES, Module, find_milestone, find_root
from tito.errors import TitoError
from tito.progress import Progress

app = typer.Typer(no_args_is_help=True, help="Prove your package on milestones of history.", rich_markup_mode=None)
IMPORTS = """
import importlib, sys
from tito.package_error import explain
try:
    for name in sys.argv[1:]:
        importlib.import_module(f"tinytorch.{name}")
except Exception as error:
    sys.exit(explain(error))
"""


@app.command("list")
def list_milestones() -> None:
    """Show the milestones, what each needs and which you have reached.

    \b
    Example: tito milestone list
    """
    root = find_root()
    progress = Progress(root)
    rows, dim = [], []
    for milestone in MILESTONES:
        parts, missing = milestone.scripts(root), progress.missing_for(milestone)
        what = ("not in this edition" if not parts else "done" if progress.passed(milestone)
                else f"needs {', '.join(module.id for module in missing)}" if missing else "unlocked")
        rows.append((milestone.id, milestone.title, f"{len(parts)} parts" if parts else "", what))
        dim.append(not parts)
    console.table(rows, dim=dim)


@app.command()
def run(which: Annotated[str, typer.Argument(metavar="NN", help="A number, year or name: 01, 1957 or perceptron.")],
        part: Annotated[int | None, typer.Option("--part", min=1, metavar="K", help="Only this part.")] = None,
        quick: Annotated[bool, typer.Option("--quick", help="A short version for slow machines.")] = False) -> None:
    """Run a milestone's scripts in order; stop at the first that misses its expected result.

    \b
    Example: tito milestone run 01 --part 2
    """
    root, milestone = find_root(), find_milestone(which)
    scripts, progress = milestone.scripts(root), Progress(root)
    if not scripts:
        raise TitoError(f"Milestone {milestone.id} is not in this edition: tito milestone list shows what it holds.")
    if missing := progress.missing_for(milestone):
        raise TitoError(f"Milestone {milestone.id} is still locked: complete {', '.join(m.id for m in missing)} first "
                        f"(tito module complete {missing[0].number:02}).")
    if part and part > len(scripts):
        raise TitoError(f"Milestone {milestone.id} has {len(scripts)} parts: --part 1 to {len(scripts)}.", exit_code=2)
    needed = MODULES[: milestone.unlocked_by]
    if broken := _not_importable(root, needed):
        raise TitoError(f"Milestone {milestone.id} cannot run on your package: {broken}")
    if foreign := progress.not_made_here(needed):
        console.note(f"{foreign}: the milestone runs on the package as it is.")
    for script in [scripts[part - 1]] if part else scripts:
        console.say(f"{milestone.id}/{script.name}")
        sys.stdout.flush()
        options = ["--quick"] if quick else []
        done = subprocess.run([sys.executable, script.name, *options], cwd=milestone.folder(root),
                              env={"MPLBACKEND": "Agg", **environment(root)})
        if done.returncode:
            raise TitoError(f"{script.name} did not reach its expected result (exit code {done.returncode}): "
                            "what it printed above says why.")
        progress.record_part(milestone, script)
    if progress.passed(milestone):
        console.say(f"Milestone {milestone.id} is reached: {milestone.title}.", "green")


def _not_importable(root: Path, modules: Sequence[Module]) -> str:
    """Why the package does not import, in one line; "" if it does."""
    done = subprocess.run([sys.executable, "-c", IMPORTS, *(module.name for module in modules)], cwd=root,
                          env=environment(root), capture_output=True, text=True, encoding="utf-8")
    return done.stderr.strip() if done.returncode else ""
