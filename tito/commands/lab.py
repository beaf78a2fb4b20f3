"""`tito lab`: JupyterLab on a notebook."""
import importlib.util
import os
import signal
import subprocess
import sys
from typing import Annotated

import typer

from tito.check.judge import absent
from tito.check.kernel import environment
from tito.commands.which import take
from tito.course import find_root
from tito.errors import TitoError


def lab(which: Annotated[str | None, typer.Argument(
        metavar="[NN]", help="A number or name, such as 01. Without it: the notebooks' folder.")] = None) -> None:
    """Open JupyterLab on a notebook; Ctrl-C ends it.

    \b
    Example: tito lab 01
    """
    root = find_root()
    page = "notebooks"
    if which:
        module = take(which)
        if not module.notebook(root).is_file():
            raise absent(root, module)
        page = module.notebook(root).relative_to(root).as_posix()
    if importlib.util.find_spec("jupyterlab") is None:
        raise TitoError("JupyterLab is not installed: pip install -e \".[course]\" -c constraints.txt")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}",
               f"--LabApp.default_url=/lab/tree/{page}"]
    if hasattr(os, "getuid") and os.getuid() == 0:      # in a container
        command.append("--allow-root")
    process = subprocess.Popen(command, cwd=root, env=environment(root))
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # Ctrl-C is for JupyterLab, which asks before it ends
    raise typer.Exit(process.wait())
