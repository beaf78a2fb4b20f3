"""`tito milestone …`: history's experiments, run on the student's own code."""
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.check.kernel import environment
from tito.commands.which import Json
from tito.course import MILESTONES, MODULES, Module, find_milestone, find_root
from tito.errors import TitoError
from tito.journey import Journey
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


def offered(incomplete: str) -> list[tuple[str, str]]:
    """What a shell offers for a milestone."""
    return [(f"{m.number:02}", m.title) for m in MILESTONES if f"{m.number:02}".startswith(incomplete)]


@app.command("list")
def list_milestones(json: Json = False) -> None:
    """Show the milestones, what each needs and which you have reached.

    \b
    Example: tito milestone list
    """
    journey = Journey(find_root())
    if json:
        return console.as_json(journey.as_data()["milestones"])
    rows = [(milestone.id, milestone.title, f"{milestone.parts} parts" if milestone.parts else "",
             f"needs {', '.join(milestone.needs)}" if milestone.needs else milestone.state)
            for milestone in journey.milestones]
    console.table(rows, dim=[not milestone.parts for milestone in journey.milestones])
    console.say()
    console.say(next((f"Next: {m.command} ({m.title})" for m in journey.milestones if m.command),
                     journey.progress.advice()))


@app.command()
def run(which: Annotated[str, typer.Argument(metavar="NN", help="A number, year or name: 01, 1957 or perceptron.",
                                            autocompletion=offered)],
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
        raise TitoError(f"Milestone {milestone.id} is still locked: complete {', '.join(m.id for m in missing)} first. "
                        f"{progress.advice()}")
    if part and part > len(scripts):
        raise TitoError(f"Milestone {milestone.id} has {len(scripts)} parts: --part 1 to {len(scripts)}.", exit_code=2)
    needed = MODULES[: milestone.unlocked_by]
    if broken := _not_importable(root, needed):
        raise TitoError(f"Milestone {milestone.id} cannot run on your package: {broken}")
    if foreign := progress.not_made_here(needed):
        console.note(f"{foreign}: the milestone runs on the package as it is.")
    unrecorded = ""
    for script in [scripts[part - 1]] if part else scripts:
        console.say(f"{milestone.id}/{script.name}")
        sys.stdout.flush()
        options = ["--quick"] if quick else []
        done = subprocess.run([sys.executable, script.name, *options], cwd=milestone.folder(root),
                              env={"MPLBACKEND": "Agg", **environment(root)})
        if done.returncode:
            raise TitoError(f"{script.name} did not reach its expected result (exit code {done.returncode}): "
                            "what it printed above says why.")
        try:
            progress.record_part(milestone, script)
        except OSError as error:
            unrecorded = f"{error.filename} cannot be written ({error.strerror})"
    if unrecorded:
        console.note(f"not recorded: {unrecorded}. Make that folder writable, or copy the course folder to a place of "
                     "your own.")
    if progress.passed(milestone):
        console.say(f"Milestone {milestone.id} is reached: {milestone.title}.", "green")
        console.say(progress.advice())
    else:
        left = [number for number, script in enumerate(scripts, start=1) if not progress.ran(milestone, script)]
        console.say(f"Next: {milestone.command} --part {left[0]} ({len(left)} of {len(scripts)} parts left)")


def _not_importable(root: Path, modules: Sequence[Module]) -> str:
    """Why the package does not import, in one line; "" if it does."""
    done = subprocess.run([sys.executable, "-c", IMPORTS, *(module.name for module in modules)], cwd=root,
                          env=environment(root), capture_output=True, text=True, encoding="utf-8")
    return done.stderr.strip() if done.returncode else ""
