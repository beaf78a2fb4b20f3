"""`tito lab`: JupyterLab on a notebook."""
from typing import Annotated

import typer

from tito import jupyterlab
from tito.check.judge import absent
from tito.check.kernel import environment
from tito.commands.which import take
from tito.course import find_root


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
    jupyterlab.start(root, f"/lab/tree/{page}", environment(root))
