"""`tito setup`: a student's folder made ready for work."""
from pathlib import Path

from tito import console
from tito.course import available, find_root
from tito.errors import TitoError


def setup() -> None:
    """Make this folder ready to work in; safe to run again.

    Solutions of past modules, which an edition may hold, are put in place as by tito update, but for those of
    notebooks with work of your own, as in a clone of your own repository.

    \b
    Example: tito setup
    """
    from tito.commands.update import tell_taken
    from tito.diagnosis import folder_writable, imported_from_here, kernel, python_version
    from tito.progress import Progress
    from tito.update.solutions import keep_own, take_solutions

    root = find_root()
    for check in (python_version(), folder_writable(root), imported_from_here(root), kernel(root)):
        if check.wrong:
            raise TitoError(f"{check.what}: {check.found}. {check.mend}")
        console.say(f"{check.what}: {check.found}")
    brought = _bring_notebooks(root)
    if brought:
        console.say(f"Notebooks brought: {', '.join(brought)}")
    if own := keep_own(root):
        console.say(f"Your own notebook stays for {', '.join(module.id for module in own)}; the course's solutions are "
                    "in .release/solutions")
    tell_taken(root, take_solutions(root))
    progress = Progress(root)
    progress.save()
    console.say(f"{root} is ready. {progress.advice()}")


def _bring_notebooks(root: Path) -> list[str]:
    """Put released notebooks that are missing back in place; never touches one that is there."""
    from tito.check.judge import released_notebook
    from tito.commands.module import put
    from tito.course import MODULES

    here = {module.id for module in available(root)}
    missing = [(module, released_notebook(root, module)) for module in MODULES if module.id not in here]
    for module, released in missing:
        if released:
            put(released, module.notebook(root))
    return [module.id for module, released in missing if released]
