"""`tito submit`: hand a notebook in, through nbgrader's exchange or as a zip file."""
import hashlib
import io
import os
import sys
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from tito import console, handed_in
from tito.commands.which import Which, remind, report, take
from tito.course import Module, find_root
from tito.errors import TitoError
from tito.files import stamp, unused, write_whole
from tito.notebooks import cells_of, parse, read_cells
from tito.progress import Progress, now
from tito.student_id import student_id


def submit(which: Which,
           student: Annotated[str, typer.Option("--student", metavar="ID", help="Your id in the class list, by which "
                                                "the course page knows you. Needed once.")] = "",
           anyway: Annotated[bool, typer.Option("--anyway", help="Hand in even if the check fails, or the answers are "
                                                "course's solution.")] = False) -> None:
    """Check your notebook as saved on disk, then hand in that very file.

    Answers that are mostly the course's solution, word for word, are handed in only if you say so.

    \b
    Example: tito submit 01 --student ada
    """
    from tito import exchange
    from tito.check.judge import judge, read, released_notebook
    from tito.update.solutions import same_answers, solution_of

    root, module = find_root(), take(which)
    if module.notebook(root).is_file() and not released_notebook(root, module):
        raise TitoError(f"{root} holds the course's own notebooks, with their solutions: students hand in from the "
                        "folder that tito release made.")
    progress = Progress(root)
    config = exchange.configured(root)
    name = "" if config else student_name(student, progress.student)
    if name:
        _remember(progress, name)
    notebook = read(root, module)
    parse(notebook, module.notebook(root))              # names the file and the mend, where it is no notebook
    handed_in.parse(notebook)
    judged = judge(root, module, notebook)
    report(judged)
    remind(judged)
    if judged.problem:
        _insist(module, f"{module.id}, {judged.problem}", anyway)
    path = solution_of(root, module)
    same, of = same_answers(read_cells(path) if path.is_file() else [], cells_of(judged.assembled.notebook))
    if 2 * same > of:
        _insist(module, f"{module.id}: {same} of {of} answers are the course's solution, word for word: hand in your "
                        "own.", anyway)
    if config is not None:
        exchange.hand_in(config, module, notebook)
        console.say(f"{module.id} is handed in to the class's exchange.", "green")
        console.say(f"Feedback comes back there: nbgrader fetch_feedback {module.id}")
    else:
        _pack(root, module, name, notebook)
    console.say(f"Receipt: {module.id}, {now()}, sha256 {hashlib.sha256(notebook).hexdigest()[:16]}")
    if judged.problem or progress.completed(module):
        console.say(progress.advice())
    else:
        console.say(f"Next: tito module complete {module.number:02} (it is solved, and not part of your package yet)")


def student_name(said: str, stored: str) -> str:
    """Who hands in: as said, as said last time, or as the class's server knows them; else it is asked for."""
    known = said or stored or os.environ.get("JUPYTERHUB_USER", "")
    if not known:
        if not sys.stdin.isatty():
            raise TitoError("Who are you? --student ID says it, once: your id in the class list, by which the course "
                            "page knows you.", exit_code=2)
        known = typer.prompt("Your id in the class list, by which the course page knows you")
    return student_id(known)


def _remember(progress: Progress, name: str) -> None:
    """Keep the id for the next time, also where nothing is handed in this time."""
    before = progress.student
    if before and before != name:
        console.note(f"your id is now {name} (before: {before}).")
    if before != name:
        progress.remember_student(name)


def _pack(root: Path, module: Module, student: str, notebook: bytes) -> None:
    """submissions/STUDENT-NN_name.zip, and what becomes of an earlier one of that name."""
    target = root / "submissions" / f"{student}-{module.id}.zip"
    if _packed(target, module) == notebook:
        console.say(f"{module.id} was packed before, just as it is now: {target.relative_to(root)}.", "green")
    else:
        kept = make_zip(target, module, notebook)
        console.say(f"{module.id} is packed as {target.relative_to(root)}.", "green")
        if kept:
            console.say(f"The earlier one is kept as {kept.relative_to(root)}.")
    console.say(f"Upload {target.name} to your course page, or send it to your instructor.")


def _packed(target: Path, module: Module) -> bytes | None:
    """The notebook in that zip; None where there is none, or none that can be read."""
    try:
        with zipfile.ZipFile(target) as archive:
            return archive.read(f"{module.id}/{module.id}.ipynb")
    except (FileNotFoundError, KeyError, zipfile.BadZipFile):
        return None


def make_zip(target: Path, module: Module, notebook: bytes) -> Path | None:
    """Pack the notebook. Gives the name, with a date, under which an earlier zip of that name is kept."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{module.id}/{module.id}.ipynb", notebook)
    kept = unused(target.with_name(f"{target.stem}-{stamp()}.zip")) if target.exists() else None
    if kept:
        os.replace(target, kept)
    write_whole(target, content.getvalue())
    return kept


def _insist(module: Module, problem: str, anyway: bool) -> None:
    """Hand in a notebook that fails only if the student wants it."""
    if anyway:
        console.note(f"{problem}\nHanded in anyway, as you asked.")
        return
    if not sys.stdin.isatty():
        raise TitoError(f"{problem}\nNothing was handed in: tito submit {module.number:02} --anyway hands it in as it "
                        "is.")
    console.note(problem)
    if not typer.confirm("Hand it in anyway?"):
        raise TitoError("Nothing was handed in.")
