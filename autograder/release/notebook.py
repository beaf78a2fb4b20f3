"""Reference notebooks -> released notebooks, and their registration in the gradebook.

The order of nbgrader's own `generate_assignment`, in process: lock, clear solutions and outputs, checksum, save the
cells with their hidden tests in the gradebook, clear the hidden tests, checksum again.
"""
import hashlib
import shutil
from collections.abc import Iterable

import nbformat
from nbgrader import preprocessors as pp
from nbgrader.api import MissingEntry

from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook
from autograder.records.gradebook import gradebook, resources
from autograder.records.reference import require_python
from autograder.release.changed_cells import follow
from autograder.release.tiers import Tier, in_tier
from tito import console, notebooks
from tito.course import MODULES, Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.language import language_info
from tito.notebooks import CODE_STUB, TEXT_STUB
from tito.package import MARKERS


def run(steps: Iterable, notebook: nbformat.NotebookNode, context: dict) -> nbformat.NotebookNode:
    for step in steps:
        notebook, context = step.preprocess(notebook, context)
    return notebook


def without_solutions(reference: nbformat.NotebookNode, context: dict) -> nbformat.NotebookNode:
    """The notebook as the gradebook keeps it: stubs for solutions, hidden tests still there."""
    steps = [pp.LockCells(), pp.ClearSolutions(code_stub={"python": CODE_STUB}, text_stub=TEXT_STUB), pp.ClearOutput(),
             pp.CheckCellMetadata(), pp.ComputeChecksums()]
    return run(steps, reference, context)


def without_hidden_tests(notebook: nbformat.NotebookNode, context: dict) -> nbformat.NotebookNode:
    """The notebook as students get it."""
    return run([pp.ClearHiddenTests(), pp.ComputeChecksums(), pp.CheckCellMetadata()], notebook, context)


def release_text(classroom: Classroom, module: Module, book=None, tier: Tier = Tier.standard) -> str:
    """The released notebook's file content; with a gradebook its cells and hidden tests are registered there too.

    The course itself keeps the standard one: answers from every tier are graded by it.
    """
    reference = read_notebook(module.notebook(classroom.root))
    require_python(module, reference)
    context = resources(classroom, module.id)
    try:
        notebook = without_solutions(reference, context)
        since = register(classroom, module, book, notebook, context) if book else {}
        notebook = without_hidden_tests(in_tier(notebook, tier), context)
    except RuntimeError as error:
        raise TitoError(f"{module.id} cannot be released: {error}") from None
    told = {"reference": fingerprint(classroom, module), **since}
    notebook.metadata["tinytorch"] = {**notebook.metadata.get("tinytorch", {}), **told}
    notebook.metadata["language_info"] = language_info()
    return nbformat.writes(notebook) + "\n"


def with_solutions(released: str, classroom: Classroom, module: Module) -> str:
    """A released notebook with the reference's answers in it, as a student would have written them."""
    notebook = nbformat.reads(released, as_version=4)
    reference = {cell.grade_id: cell for cell in notebooks.read_cells(module.notebook(classroom.root))}
    for cell, info in zip(notebook.cells, notebooks.cells_of(notebook), strict=True):
        if info.role in ("answer", "written"):
            cell.source = MARKERS.sub("", reference[info.grade_id].source).rstrip("\n")
    return nbformat.writes(notebook) + "\n"


def register(classroom: Classroom, module: Module, book, notebook: nbformat.NotebookNode, context: dict) -> dict:
    """The cells into the gradebook. Gives what submissions that exist do not know: added cells and new names."""
    book.update_or_create_assignment(module.id)
    change = follow(classroom, module, book, notebook)
    if change:
        console.note(f"{module.id} has changed since it was handed in: {change}. What people gave for cells that stay "
                     "is kept, and tito grade grades all of it again.")
    pp.SaveCells().preprocess(notebook, context)
    since = metadata_of(classroom, module)
    there = {cell.grade_id for cell in notebooks.cells_of(notebook)}
    renamed = {old: change.renamed.get(new, new) for old, new in since.get("renamed", {}).items()} | change.renamed
    new_since = {"renamed": {old: new for old, new in renamed.items() if old not in there},
                 "added": sorted({*since.get("added", []), *change.added} & there)}
    return {name: value for name, value in new_since.items() if value}


def metadata_of(classroom: Classroom, module: Module) -> dict:
    """What the release says of itself; nothing if there is none."""
    try:
        return notebooks.load(classroom.released(module))["metadata"].get("tinytorch", {})
    except TitoError:
        return {}


def fingerprint(classroom: Classroom, module: Module) -> str:
    """Changes whenever the reference notebook does."""
    return hashlib.sha256(module.notebook(classroom.root).read_bytes()).hexdigest()[:16]


def is_current(classroom: Classroom, module: Module, book) -> bool:
    try:
        book.find_notebook(module.id, module.id)
    except MissingEntry:
        return False
    return metadata_of(classroom, module).get("reference") == fingerprint(classroom, module)


def ensure_released(classroom: Classroom, modules: Iterable[Module]) -> None:
    """Release and register what is not, or not as its notebook now reads. Every later step calls this by itself."""
    with gradebook(classroom) as book:
        for module in modules:
            if not is_current(classroom, module, book):
                write_whole(classroom.released(module), release_text(classroom, module, book))


def withdraw(classroom: Classroom, released: Iterable[Module]) -> None:
    """Forget modules that are not among the released ones, unless somebody has handed them in."""
    handed_in = {path.name for path in (classroom.folder / "submitted").glob("*/*")}
    with gradebook(classroom) as book:
        for module in MODULES:
            try:
                assignment = book.find_assignment(module.id)
            except MissingEntry:
                continue
            if module in released or assignment.submissions or module.id in handed_in:
                continue
            book.remove_assignment(module.id)
            shutil.rmtree(classroom.released(module).parent, ignore_errors=True)
            console.note(f"{module.id} is not released any more, and nobody has handed it in: it leaves the gradebook.")
