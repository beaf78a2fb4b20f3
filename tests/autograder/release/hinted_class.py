"""The tiny course with hints to one exercise, `tito` as a process, and a student who fills in stubs."""
import os
import re
import subprocess
import sys
from pathlib import Path

from autograder.records.classroom import Classroom
from tests import helpers
from tests.autograder.small_class import TENSOR, small_class
from tito.notebooks import read_cells

HINTS = helpers.text("""<details><summary>Hint 1: the idea</summary>Number by number.</details>
<details><summary>Hint 2: the shapes</summary>They broadcast.</details>
<details><summary>Hint 3: almost code</summary>product = the numbers of a, times those of
<code>b</code>; if any &lt; 0 … never mind. Return it in a Tensor.</details>""")
STEPS = ["# Step 1: product = the numbers of a, times those of b", "# Step 2: if any < 0 … never mind",
         "# Step 3: Return it in a Tensor"]
STUB = re.compile(r"# YOUR CODE HERE\n\s*raise NotImplementedError\(.*\)")
CODE = {"tensor": "self.data = np.asarray(data, dtype=np.float32)",
        "mul": "return Tensor(a.numpy() * b.numpy())"}
ENVIRONMENT = {**os.environ, **helpers.NO_CONFIG, "PYTHONPATH": str(helpers.REPOSITORY)}


def with_hints(cells: list[dict]) -> list[dict]:
    """The cells, with the hints behind mul."""
    at = next(place for place, one in enumerate(cells) if helpers.grade_id(one) == "mul") + 1
    return [*cells[:at], HINTS, *cells[at:]]


def hinted_class(folder: Path) -> Classroom:
    classroom = small_class(folder)
    helpers.edit(TENSOR.notebook(classroom.root), with_hints)
    return classroom


def tito(root: Path, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "tito", *map(str, arguments)], cwd=root, env=ENVIRONMENT,
                          capture_output=True, text=True, encoding="utf-8", timeout=300)


def done(root: Path, *arguments) -> str:
    """What `tito` says, where it must succeed."""
    run = tito(root, *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def write_code(root: Path, **code: str) -> None:
    """Write into the stubs of 01, by exercise, and leave everything around them."""
    def change(cells):
        for cell in cells:
            if (name := helpers.grade_id(cell)) in code:
                cell["source"] = STUB.sub(code[name], "".join(cell["source"]))
    helpers.edit(TENSOR.notebook(root), change)


def source(root: Path, name: str) -> str:
    return next(cell.source for cell in read_cells(TENSOR.notebook(root)) if cell.grade_id == name)
