"""Reference notebooks -> released notebooks, and their registration in the gradebook.

The order of nbgrader's own `generate_assignment`, in process: lock, clear solutions and outputs, checksum, save the
cells with their hidden tests in the gradebook, clear the hidden tests, checksum again.
"""
import hashlib
from collections.abc import Iterable

import nbformat
from nbgrader import preprocessors as pp
from nbgrader.api import MissingEntry

from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook
from autograder.records.gradebook import gradebook, resources
from tito import notebooks
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.notebooks import CODE_STUB, TEXT_STUB


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


def release_text(classroom: Classroom, module: Module, register: bool) -> str:
    """The released notebook's file content; with `register` its cells and hidden tests enter the gradebook too."""
    source = module.notebook(classroom.root)
    context = resources(classroom, module.id)
    try:
        notebook = without_solutions(read_notebook(source), context)
        if register:
            pp.SaveCells().preprocess(notebook, context)
        notebook = without_hidden_tests(notebook, context)
    except RuntimeError as error:
        raise TitoError(f"{module.id} cannot be released: {error}") from None
    notebook.metadata["tinytorch"] = {"reference": fingerprint(classroom, module)}
    return nbformat.writes(notebook) + "\n"


def fingerprint(classroom: Classroom, module: Module) -> str:
    """Changes whenever the reference notebook does."""
    return hashlib.sha256(module.notebook(classroom.root).read_bytes()).hexdigest()[:16]


def is_current(classroom: Classroom, module: Module, book) -> bool:
    try:
        book.find_notebook(module.id, module.id)
        release = notebooks.load(classroom.released(module))
    except (MissingEntry, TitoError):
        return False
    return release["metadata"].get("tinytorch", {}).get("reference") == fingerprint(classroom, module)


def ensure_released(classroom: Classroom, modules: Iterable[Module]) -> None:
    """Release and register what is not, or not as its notebook now reads. Every later step calls this by itself."""
    with gradebook(classroom) as book:
        for module in modules:
            if not is_current(classroom, module, book):
                book.update_or_create_assignment(module.id)
                write_whole(classroom.released(module), release_text(classroom, module, register=True))
