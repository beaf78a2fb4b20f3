"""`tito lab`: JupyterLab on a notebook."""
from pathlib import Path
from typing import Annotated

import typer

from tito import console, jupyterlab
from tito.check.judge import absent, released_notebook
from tito.check.kernel import environment
from tito.commands.which import modules_offered, take
from tito.course import available, find_root
from tito.errors import TitoError
from tito.language import write_language
from tito.progress import Progress


def lab(which: Annotated[str | None, typer.Argument(
        metavar="[NN]", help="A number or name, such as 01. Without it: the notebooks' folder.",
        autocompletion=modules_offered)] = None) -> None:
    """Open JupyterLab on a notebook, and note that you began it; Ctrl-C ends it.

    \b
    Example: tito lab 01
    """
    root = find_root()
    progress = Progress(root)
    page = "notebooks"
    if which:
        module = take(which)
        if not module.notebook(root).is_file():
            raise absent(root, module)
        if released_notebook(root, module):                # in the repository notebooks stay as they are
            write_language(module.notebook(root))
            progress.record(module, "started")
        page = module.notebook(root).relative_to(root).as_posix()
        following = f"Next: when it is solved and saved, tito module test {module.number:02} in another terminal"
    else:
        _write_languages(root, progress)
        following = progress.advice()
    console.say(following)
    jupyterlab.start(root, f"/lab/tree/{page}", environment(root))


def _write_languages(root: Path, progress: Progress) -> None:
    """In the notebooks that were begun: the others need not differ from the release yet."""
    for module in available(root):
        if progress.started(module) and released_notebook(root, module):
            try:
                write_language(module.notebook(root))
            except TitoError as error:
                console.note(str(error))
