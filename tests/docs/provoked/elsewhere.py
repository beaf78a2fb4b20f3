"""What Python, pip, git, Jupyter and the shell say: words of the message -> a function of the course folder."""
import os
import shutil
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

from tests import helpers
from tests.docs.provoked.typed import Said
from tests.tito.conftest import environment


def output(command: list[str], folder: Path, **extra: str) -> str:
    done = subprocess.run(command, cwd=folder, env=environment(**extra), capture_output=True, text=True,
                          encoding="utf-8", timeout=100)
    return done.stdout + done.stderr


def pip(*arguments: str) -> Said:
    return lambda folder: output([sys.executable, "-m", "pip", "install", "--no-index", *arguments], folder)


def too_new_a_project(folder: Path) -> str:
    (folder / "pyproject.toml").write_text('[project]\nname = "course"\nversion = "1"\nrequires-python = ">=4"\n'
                                           '[tool.setuptools]\npackages = []\n')
    if find_spec("setuptools") is None:
        pytest.skip("setuptools is not installed: pip cannot build without a network")
    return pip("--no-build-isolation", "--no-deps", ".")(folder)


def of_the_system(folder: Path) -> str:
    """This pip, run by a Python that the operating system manages."""
    if not list(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")) or not Path("/usr/bin/python3").exists():
        pytest.skip("the operating system does not manage its Python")
    return output(["/usr/bin/python3", "-m", "pip", "install", "--no-index", "course"], folder,
                  PYTHONPATH=str(metadata.distribution("pip").locate_file("")))


def debians_venv(folder: Path) -> str:
    texts = [path.read_text(encoding="utf-8") for path in Path("/usr/lib").glob("python3*/venv/__init__.py")]
    found = [text for text in texts if "ensurepip is not" in text]
    return found[0] if found else pytest.skip("only the Python of Debian and Ubuntu says it")


def in_zsh(folder: Path) -> str:
    zsh = shutil.which("zsh") or pytest.skip("zsh is not installed")
    return output([zsh, "-c", "echo .[course]"], folder)


def in_powershell(folder: Path) -> str:
    pytest.skip("only Windows says it")


def not_activated(folder: Path) -> str:
    return output([shutil.which("bash"), "-c", "tito setup"], folder, PATH=str(folder))


def foreign_python(folder: Path) -> str:
    return output([sys.executable, "-I", "-S", "-c", "import tinytorch"], folder.parent)


def jupyterlab_s_page(words: str) -> Said:
    """JupyterLab's pages are scripts for a browser, with %1 for a name."""
    def said(folder: Path) -> str:
        scripts = (Path(sys.prefix) / "share/jupyter/lab/static").glob("*.js")
        return next(line for path in scripts for line in path.read_text(encoding="utf-8").splitlines() if words in line)
    return said


def in_a_notebook(source: str) -> Said:
    """What Python prints when a cell is run: of the course's stub, or of a name that no cell has defined."""
    return lambda folder: output([sys.executable, "-c", source], folder)


def stub() -> str:
    from tito.notebooks import CODE_STUB

    return CODE_STUB


def validated(folder: Path) -> str:
    if find_spec("nbgrader") is None:
        pytest.skip("nbgrader is not installed")
    path = folder / "notebooks/01_tensor/01_tensor.ipynb"
    return output([sys.executable, "-m", "nbgrader", "validate", str(path)], folder, HOME=str(folder))


def validated_unanswered(folder: Path) -> str:
    """nbgrader knows the text of a question as it was released by its checksum, which a release writes into it."""
    utils = pytest.importorskip("nbgrader.utils")
    path = folder / "notebooks/01_tensor/01_tensor.ipynb"
    notebook = nbformat.read(path, 4)
    question = next(cell for cell in notebook.cells if helpers.grade_id(cell) == "why_float32")
    question.metadata.nbgrader.checksum = utils.compute_checksum(question)
    nbformat.write(notebook, path)
    return validated(folder)


def validated_solved(folder: Path) -> str:
    helpers.solve(folder, "01_tensor")
    return validated(folder)


def pulled(folder: Path) -> str:
    """A class repository whose notebook changes, and a student's clone in which it was changed, too."""
    person = {f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def git(*arguments: str, at: Path = folder) -> str:
        return output(["git", *arguments], at, **person, GIT_CONFIG_GLOBAL=os.devnull)

    def commit() -> None:
        git("add", "--all")
        git("commit", "--message", "release")

    git("init")
    commit()
    mine = folder.parent / "mine"
    git("clone", str(folder), str(mine))
    helpers.solve(mine, "01_tensor")
    helpers.edit(folder / "notebooks/01_tensor/01_tensor.ipynb", lambda cells: [*cells, helpers.text("New.")])
    commit()
    return git("pull", at=mine)


SAID: dict[str, Said] = {
    "ensurepip is not available": debians_venv,
    "externally-managed-environment": of_the_system,
    "requires a different Python": too_new_a_project,
    "'constraints.txt'": pip("-c", "constraints.txt", "-e", ".[course]"),
    "Could not find a version": pip("no-such-package"),
    "no matches found": in_zsh,
    "running scripts is disabled": in_powershell,
    "tito: command not found": not_activated,
    "No module named 'tinytorch'": foreign_python,
    "appears to have died": jupyterlab_s_page("appears to have died"),
    "has changed on disk": jupyterlab_s_page("has changed on disk since"),
    "NotImplementedError: This exercise": in_a_notebook(stub()),
    "NameError": in_a_notebook("relu"),
    "VALIDATION FAILED": validated,
    "You did not provide a response.": validated_unanswered,
    "Success! Your notebook": validated_solved,
    "would be overwritten by merge": pulled,
}
