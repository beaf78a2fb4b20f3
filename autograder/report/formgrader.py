"""`tito formgrader`: JupyterLab with nbgrader's extension, on the course folder."""
import os
import subprocess
import sys
from pathlib import Path

from autograder.records.classroom import Classroom
from autograder.records.gradebook import write_config
from autograder.release.notebook import ensure_released
from tito.course import Module


def open_formgrader(classroom: Classroom, modules: list[Module]) -> int:
    """Run until the user ends it; the exit code of JupyterLab."""
    ensure_released(classroom, modules)
    write_config(classroom)                     # nbgrader reads it from the folder in which the server starts
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={classroom.folder}",
               "--ServerApp.jpserver_extensions=autograder.report.formgrader_server=True",
               "--LabApp.default_url=/formgrader"]
    if hasattr(os, "getuid") and os.getuid() == 0:      # in a container
        command.append("--allow-root")
    try:
        return subprocess.call(command, cwd=classroom.folder, env={**os.environ, "PATH": path})
    except KeyboardInterrupt:
        return 0
