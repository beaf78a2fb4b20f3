"""`tito lab`: JupyterLab on a notebook."""
import sys
from typing import Annotated

import typer

from tito import console, jupyterlab
from tito.check.judge import absent, released_notebook
from tito.check.kernel import environment
from tito.commands.which import modules_offered, take
from tito.course import find_root
from tito.language import write_language
from tito.progress import Progress


def lab(which: Annotated[str | None, typer.Argument(
        metavar="[NN]", help="A number or name, such as 01. Without it: the notebooks' folder.",
        autocompletion=modules_offered)] = None) -> None:
    """Open JupyterLab on a notebook; Ctrl-C ends it.

    \b
    Example: tito lab 01
    """
    root = find_root()
    page = "notebooks"
    following = Progress(root).advice()
    if which:
        module = take(which)
        if not module.notebook(root).is_file():
            raise absent(root, module)
        if released_notebook(root, module):                # in the repository notebooks stay as they are
            write_language(module.notebook(root))
        page = module.notebook(root).relative_to(root).as_posix()
        following = f"Next: when it is solved and saved, tito module complete {module.number:02} in another terminal"
    console.say(f"JupyterLab opens. Save before you end it with Ctrl-C here. {following}")
    sys.stdout.flush()                                     # JupyterLab takes this process over
    jupyterlab.start(root, f"/lab/tree/{page}", environment(root))
