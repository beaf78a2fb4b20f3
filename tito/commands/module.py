"""`tito module …`: the student's loop of start, test, complete."""
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.commands.which import Json, Which, remind, report, take, try_again
from tito.course import find_root
from tito.errors import TitoError
from tito.files import write_whole

app = typer.Typer(no_args_is_help=True, help="Work through the notebooks: list, start, test, complete, reset.",
                  rich_markup_mode=None)


@app.command("list")
def list_modules(json: Json = False) -> None:
    """Show the modules of the course and how far you are.

    \b
    Example: tito module list
    """
    from tito.journey import ELSEWHERE, Journey

    journey = Journey(find_root())
    if json:
        return console.as_json(journey.as_data()["modules"])
    console.table([(module.id, module.state, f"Act {module.act}") for module in journey.modules],
                  dim=[module.state == ELSEWHERE for module in journey.modules])
    console.say()
    console.say(journey.summary())


@app.command()
def start(which: Which) -> None:
    """Bring a notebook into place and note that you began.

    \b
    Example: tito module start 01
    """
    from tito.check.judge import absent, released_notebook
    from tito.notebooks import load
    from tito.progress import Progress

    root, module = find_root(), take(which)
    path, released = module.notebook(root), released_notebook(root, module)
    if not path.is_file():
        if released is None:
            raise absent(root, module)
        put(released, path)
    load(path)                                             # raises what mends it, if it was saved by halves
    progress = Progress(root)
    progress.record(module, "started")
    console.say(f"{module.id}: {path.relative_to(root)}")
    waiting = [earlier for earlier in module.earlier() if not earlier.exported(root).is_file()]
    if waiting:
        console.note(f"{module.id} builds on {', '.join(m.id for m in waiting)}: not complete yet. You can read "
                     f"it now; its cells run once they are: tito module start {waiting[0].number:02}")
    if foreign := progress.foreign(module.earlier()):
        console.note(f"{progress.not_made_here(foreign)} (tito module complete {foreign[0].number:02} does that).")
    console.say(f"Next: tito lab {module.number:02} (opens it)")


@app.command()
def test(which: Which) -> None:
    """Run your notebook from top to bottom, as saved on disk, and say what is missing.

    \b
    Example: tito module test 01
    """
    from tito.check.judge import judge, read

    root, module = find_root(), take(which)
    judged = judge(root, module, read(root, module))
    report(judged)
    if judged.problem:
        raise TitoError(f"{module.id}, {judged.problem}\n{try_again(root, judged)}")
    remind(judged)
    console.say(f"Next: tito module complete {module.number:02}")


@app.command()
def complete(which: Which) -> None:
    """Test your notebook, then make it part of your tinytorch package.

    \b
    Example: tito module complete 01
    """
    from tito.check.judge import judge, read
    from tito.notebooks import as_bytes
    from tito.package import install
    from tito.progress import Progress

    root, module = find_root(), take(which)
    judged = judge(root, module, read(root, module))
    report(judged)
    if judged.problem:
        raise TitoError(f"{module.id}, {judged.problem}\nNothing was exported. {try_again(root, judged)}")
    progress = Progress(root)
    kept = install(root, as_bytes(judged.assembled.notebook), module)
    progress.record(module, "completed")
    console.say(f"{module.id} is complete: your code is now tinytorch/{module.name}.py", "green")
    remind(judged)
    if kept:
        console.say(f"The earlier file is kept as {kept.relative_to(root)}.")
    for milestone in progress.unlocked_by(module):
        console.say(f"Unlocked: milestone {milestone.id}, {milestone.title}. "
                    f"Run it with: tito milestone run {milestone.number:02}")
    console.say(f"Hand it in: tito submit {module.number:02}")
    console.say(progress.advice())


@app.command()
def reset(which: Which,
          yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Begin a notebook anew; yours is kept in .tito/backups.

    \b
    Example: tito module reset 01
    """
    from tito.check.judge import released_notebook
    from tito.files import keep_copy

    root, module = find_root(), take(which)
    released = released_notebook(root, module)
    if released is None:
        raise TitoError(f"{module.id} cannot be reset: this folder holds no released copy of it "
                        "(only a student edition does).")
    if not yes and not sys.stdin.isatty():
        raise TitoError(f"Nothing was changed. To put {module.id} back as it was released, and keep yours as a copy: "
                        f"tito module reset {module.number:02} --yes", exit_code=2)
    if not yes and not typer.confirm(f"Put {module.id} back as it was released? Your notebook is kept as a copy."):
        console.say("Nothing was changed.")
        return
    kept = keep_copy(root, module.notebook(root))
    put(released, module.notebook(root))
    console.say(f"{module.id} is as it was released.")
    if kept:
        console.say(f"Your notebook is kept as {kept.relative_to(root)}.")
    console.say(f"Next: tito lab {module.number:02}")


def put(source: Path, target: Path) -> None:
    """Copy in one step, so that an interruption leaves no half notebook; files beside it come along if missing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for extra in source.parent.iterdir():
        if extra.is_file() and extra != source and not (target.parent / extra.name).exists():
            shutil.copy2(extra, target.parent / extra.name)
    write_whole(target, source.read_text(encoding="utf-8"))
