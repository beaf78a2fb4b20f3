"""`tito formgrader`: JupyterLab with nbgrader's extension, on the course folder."""
import os
from typing import NoReturn

from autograder.collect.roster import Roster
from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook, write_config
from autograder.records.reconcile import bring_together
from autograder.release.notebook import ensure_released
from autograder.students.names import write_names
from tito import console, jupyterlab
from tito.course import Module


def open_formgrader(classroom: Classroom, modules: list[Module]) -> NoReturn:
    """modules: those that are registered if their notebooks have changed; what was never handed in stays away."""
    ensure_released(classroom, known(classroom, modules))
    write_names(classroom, Roster(classroom.folder / "roster.csv"))
    for line in bring_together(classroom):
        console.note(line)
    write_config(classroom)                     # nbgrader reads it from the folder in which the server starts
    jupyterlab.start(classroom.folder, "/formgrader", dict(os.environ),
                     "--ServerApp.jpserver_extensions=autograder.report.formgrader_server=True")


def known(classroom: Classroom, modules: list[Module]) -> list[Module]:
    """Those that are in the gradebook or were handed in: any other would be an empty column."""
    handed_in = {path.name for path in (classroom.folder / "submitted").glob("*/*")}
    with gradebook(classroom) as book:
        registered = {assignment.name for assignment in book.assignments}
    return [module for module in modules if module.id in registered | handed_in]
