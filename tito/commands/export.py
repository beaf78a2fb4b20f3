"""`tito export`: notebooks to the package, as they are."""
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.commands.which import modules_offered, take_all
from tito.course import Module, available, find_root
from tito.errors import TitoError


def export(modules: Annotated[list[str] | None, typer.Argument(
        metavar="[NN]...", help="Numbers, names or ranges, such as 01, tensor or 01-05. Without any: all notebooks "
                                "here.", autocompletion=modules_offered)] = None) -> None:
    """Write solved notebooks to tinytorch/*.py as they are, without running or testing them.

    tito module complete tests them first: a student needs this only for what was completed before.

    Without any module named, the scripts of the milestones are written from their notebooks too.

    \b
    Example: tito export 01 02
    """
    from tito.check.judge import finished, released_notebook
    from tito.notebooks import as_bytes
    from tito.package import install
    from tito.progress import Progress
    from tito.scripts import export_script, milestone_notebooks

    root = find_root()
    chosen = take_all(modules) if modules else available(root)
    if not chosen:
        raise TitoError("There are no notebooks in notebooks/: nothing to export.")
    failed, progress, untested = False, Progress(root), []
    for module in chosen:
        before = _text(module.exported(root))
        try:
            kept = install(root, as_bytes(finished(root, module).notebook), module)
        except TitoError as error:
            failed = True
            console.note(f"{module.id}: {error}; {_stays(root, module)}.")
            continue
        tested = progress.completed(module) and _text(module.exported(root)) == before
        if not tested and released_notebook(root, module):         # the course's own are tested elsewhere
            untested.append(module)
        console.say(f"{module.id} -> tinytorch/{module.name}.py{', untested' if module in untested else ''}"
                    + _kept(root, kept))
    for notebook in [] if modules else milestone_notebooks(root):
        console.say(f"{notebook.relative_to(root)} -> {export_script(notebook).name}")
    if failed:
        raise typer.Exit(1)
    if untested:
        console.say(f"Next: tito module complete {untested[0].number:02} (tests it first)")
    else:
        console.say(progress.advice())


def _text(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _stays(root: Path, module: Module) -> str:
    file = f"tinytorch/{module.name}.py"
    return f"{file} stays as it is" if module.exported(root).is_file() else f"{file} is not written"


def _kept(root: Path, copy: Path | None) -> str:
    return f" (the earlier file is kept as {copy.relative_to(root)})" if copy else ""
