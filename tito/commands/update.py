"""`tito update`: a new release in a student's folder."""
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.course import Module, find_root
from tito.errors import TitoError
from tito.installation import install
from tito.progress import Progress
from tito.update.bring import Plan, carry_out, plan
from tito.update.solutions import Taken, take_solutions
from tito.update.source import opened

PACKAGES = {"pyproject.toml", "constraints.txt"}


def update(source: Annotated[Path, typer.Option("--from", metavar="PATH", help="The new student edition: its folder, "
                                                "or a zip of it.")]) -> None:
    """Bring a new release into this folder; your answers stay as they are.

    Files that you have not changed are replaced. Your notebooks become the new ones with your answers and your own
    cells in them. Of everything of yours that is replaced a copy is kept in .tito/backups. Save and close your
    notebooks first. Safe to run again.

    Where the release holds the course's solutions of past modules, they are put in place, and your own notebook stays
    beside, as NN_name-mine.ipynb.

    \b
    Example: tito update --from ../new-edition.zip
    """
    root = find_root()
    if not (root / ".release").is_dir():
        raise TitoError(f"{root} is no student edition (it has no folder .release): only one of these can be updated.")
    if source.resolve() == root:
        raise TitoError("--from names this very folder: it takes the folder or zip of the new edition.", exit_code=2)
    with opened(source) as (edition, manifest):
        todo = plan(root, edition, manifest)
        copies = carry_out(root, edition, manifest, todo)
    taken = take_solutions(root)
    solved = {take.module.id for take in taken}
    todo.unreadable = [name for name in todo.unreadable if name not in solved]
    _tell(root, source, todo, copies)
    tell_taken(root, taken)
    _tell_next(root, [module for module in todo.merged if module.id not in solved])


def _tell(root: Path, source: Path, todo: Plan, copies: dict[str, Path | None]) -> None:
    changes = len(todo.new), len(todo.replaced) + len(todo.changed), len(todo.merged), len(todo.removed)
    if not any(changes):
        console.say(f"This folder is already as in {source}.")
    else:
        new, replaced, merged, removed = changes
        console.say(f"Updated from {source}: {new} files new, {replaced} replaced, {removed} removed, "
                    f"{merged} of your notebooks brought up to date.", "green")
    for module, merged in todo.merged.items():
        console.say(f"{module.id}: the new notebook, your answers in it: {merged.answers}; the one before is kept as "
                    f"{copies[module.id].relative_to(root)}")
        if merged.reworded:
            console.note(f"{module.id}: the text of {', '.join(merged.reworded)} has changed: compare your answer with "
                         f".release/{module.id}/{module.id}.ipynb")
        if merged.retired:
            console.note(f"{module.id}: {', '.join(merged.retired)} is no longer asked for: your answer is a cell of "
                         "your own now")
    for name in todo.changed:
        console.note(f"{name} had changes of yours: it is the new one now, yours is {copies[name].relative_to(root)}")
    for name in todo.unreadable:
        console.note(f"{name}: your notebook is not readable and was left as it is: tito module reset {name[:2]}")
    if PACKAGES & {*todo.replaced, *todo.changed}:
        console.say(f"The packages of the course have changed: {install(root)}")


def tell_taken(root: Path, taken: list[Taken]) -> None:
    """What became of the student's own work, where a solution of the course was put in place."""
    for take in taken:
        kept = [f"{what} is {copy.relative_to(root).as_posix()}" for what, copy in (
            ("your notebook", take.mine), (f"your tinytorch/{take.module.name}.py", take.package)) if copy]
        console.say("; ".join([f"{take.module.id}: the course's solution is in place", *kept]))
    if mine := [take for take in taken if take.mine]:
        console.say(f"To go on with your own instead, rename {mine[0].mine.name} to {mine[0].module.id}.ipynb and run "
                    f"tito module complete {mine[0].module.number:02}.")


def _tell_next(root: Path, merged: list[Module]) -> None:
    progress = Progress(root)
    again = [module for module in merged if progress.completed(module)]
    if again:
        console.say(f"Next: tito module complete {again[0].number:02} (export it once more: its notebook has changed)")
    else:
        console.say(progress.advice())
