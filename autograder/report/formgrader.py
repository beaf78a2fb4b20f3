"""`tito formgrader`: JupyterLab with nbgrader's extension, on the course folder."""
import os
import sys
from pathlib import Path
from typing import NoReturn

from autograder.collect.roster import Roster
from autograder.records.classroom import Classroom
from autograder.records.gradebook import write_config
from autograder.release.notebook import ensure_released
from autograder.students.names import write_names
from tito import jupyterlab
from tito.course import Module


def open_formgrader(classroom: Classroom, modules: list[Module]) -> NoReturn:
    ensure_released(classroom, modules)
    write_names(classroom, Roster(classroom.folder / "roster.csv"))
    write_config(classroom)                     # nbgrader reads it from the folder in which the server starts
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    jupyterlab.start(classroom.folder, "/formgrader", {**os.environ, "PATH": path},
                     "--ServerApp.jpserver_extensions=autograder.report.formgrader_server=True")
