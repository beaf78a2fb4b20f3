"""Commands typed in a small student's folder."""
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests import helpers
from tests.tito.conftest import environment
from tito.course import MODULES

Said = Callable[[Path], str]


def tito(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "tito", *arguments], cwd=folder, env=environment(), text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, encoding="utf-8", timeout=100)
    return done.stdout + done.stderr


def on(*arguments: str) -> Said:
    """The command, in the folder as it was released."""
    return lambda folder: tito(folder, *arguments)


def notebook(folder: Path) -> Path:
    return MODULES[0].notebook(folder)


def solved(*arguments: str, **sources: str) -> Said:
    """The command, on a solved notebook but for the cells given."""
    def said(folder: Path) -> str:
        helpers.solve(folder, "01_tensor", **sources)
        return tito(folder, *(arguments or ("module", "test", "01")))
    return said


def edited(change: Callable[[list], list | None], *arguments: str) -> Said:
    """The command, on a solved notebook whose cells were changed."""
    def said(folder: Path) -> str:
        helpers.edit(helpers.solve(folder, "01_tensor"), change)
        return tito(folder, *(arguments or ("module", "test", "01")))
    return said


def answers(body: str) -> str:
    """The exercise `mul` with another body."""
    return f"#| export\ndef mul(a, b):\n    {body}"
