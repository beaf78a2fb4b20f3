"""The environment that this Python belongs to, and the lines that install the course: for the folder that is meant."""
import os
import re
import shlex
import sys
import tomllib
from pathlib import Path

from tito.course import find_root
from tito.errors import TitoError

WHAT = '-m pip install -c constraints.txt -e ".[course]"'
BIN, NEW, ACTIVATE = (".venv\\Scripts", "py", ".venv\\Scripts\\activate") if os.name == "nt" else \
    (".venv/bin", "python3", ". .venv/bin/activate")


def python(root: Path) -> str:
    """This Python, as one types it in the course folder: a bare `pip` may belong to another one."""
    path = Path(sys.executable)
    path = path.relative_to(root) if path.is_relative_to(root) else path
    return str(path) if os.name == "nt" else shlex.quote(str(path))


def install(root: Path) -> str:
    """The line that installs what the course needs into this environment."""
    return f"{python(root)} {WHAT}"


def install_from(root: Path) -> str:
    """The lines after which tinytorch and tito come from this folder: no other folder's environment is changed."""
    if made_elsewhere(Path(sys.prefix)) or _of_another_folder(root):
        own = root / ".venv"
        if (own / "pyvenv.cfg").is_file() and not made_elsewhere(own):
            return f"In {root}: {ACTIVATE}"
        return f"In {root}: {NEW} -m venv --clear .venv; {BIN}{os.sep}python {WHAT}; {ACTIVATE}"
    return f"In {root}: {install(root)}"


def wanted(root: Path) -> list[str]:
    """The packages that the course asks for."""
    path = root / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {}) if path.is_file() else {}
    needed = project.get("dependencies", ["numpy"]) + project.get("optional-dependencies", {}).get("course", [])
    return [re.match(r"[\w.-]+", requirement)[0] for requirement in needed]


def not_installed(name: str) -> str:
    """What to say of a missing import: the doctor brings what the course asks for, and nothing else is needed."""
    if name.split(".")[0] in wanted(Path(__file__).parents[1]):
        return f"{name} is not installed: tito doctor says how to get it"
    return f"{name} is not installed, and the course does not need it: your package uses NumPy only"


def of_another_folder(root: Path) -> str:
    """Whose environment or `tito` runs, where that is not this folder's; "" where nothing speaks for that.

    After `. .venv/bin/activate` in a copied folder it is that of the first one. The instructor's repository may run
    in any edition. This is asked before every command: it only looks at files.
    """
    if made := made_elsewhere(Path(sys.prefix)):
        return f"the environment {sys.prefix} was made as {made} and works only there"
    source = Path(__file__).resolve().parents[1]
    if source != root and (source / ".release").is_dir():
        return f"tito comes from {source / 'tito'}, not from this folder"
    return ""


def made_elsewhere(environment: Path) -> str:
    """Where it was made, if that is another place; there alone do its commands work. "" if it does not say."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    made = re.search(r"^command = .* -m venv (?:--\S+ )*(.+?)\s*$", text, re.MULTILINE)
    if not made or os.path.exists(made[1]) and os.path.samefile(made[1], environment):
        return ""
    return made[1]


def _of_another_folder(root: Path) -> bool:
    """Whether this environment lies in the folder of another course."""
    try:
        return find_root(Path(sys.prefix)) != root
    except TitoError:
        return False
