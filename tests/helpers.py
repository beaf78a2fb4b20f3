"""A tiny course of two modules in a temporary folder: every kind of cell, small enough to read at once."""
import itertools
import json
import re
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

REPOSITORY = Path(__file__).resolve().parents[1]
_config = tempfile.TemporaryDirectory(prefix="tinytorch-tests-")
# No configuration of the person who runs the tests. With JUPYTER_NO_CONFIG each process would leave a folder behind.
NO_CONFIG = {"JUPYTER_CONFIG_DIR": _config.name}
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?### END SOLUTION", re.MULTILINE | re.DOTALL)
HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL)


_ids = map("cell-{:02}".format, itertools.count())      # the same in every process, as in a committed notebook


def text(source: str) -> dict:
    return new_markdown_cell(source, id=next(_ids))


def free(source: str) -> dict:
    return new_code_cell(source, id=next(_ids))


def given(name: str, source: str) -> dict:
    return _graded(free(source), name, grade=False, solution=False, locked=True)


def answer(name: str, source: str) -> dict:
    return _graded(free(source), name, grade=False, solution=True, locked=False)


def test_cell(name: str, source: str, points: float) -> dict:
    return _graded(free(source), name, grade=True, solution=False, locked=True, points=points)


def written(name: str, source: str, points: float) -> dict:
    return _graded(text(source), name, grade=True, solution=True, locked=False, points=points)


test_cell.__test__ = False          # a builder, whatever its name makes pytest think


def _graded(cell: dict, name: str, **metadata) -> dict:
    cell.metadata["nbgrader"] = {"schema_version": 3, "grade_id": name, "task": False, **metadata}
    return cell


TENSOR = [
    text("# Tensor\n\n> Numbers in a box"),
    given("setup", "#| default_exp tensor"),
    given("imports", "#| export\nimport numpy as np"),
    text("## Exercise 1 · Tensor"),
    answer("tensor", '''#| export
class Tensor:
    """A box of float32 numbers."""
    def __init__(self, data):
        ### BEGIN SOLUTION
        self.data = np.asarray(data, dtype=np.float32)
        ### END SOLUTION

    def numpy(self):
        return self.data'''),
    given("check_tensor", 'assert Tensor([1]).numpy().dtype == np.float32, "numbers are float32: which dtype?"'),
    test_cell("test_tensor", """assert_shape = Tensor([[1, 2, 3]]).numpy().shape
assert assert_shape == (1, 3), f"the shape should be (1, 3), yours is {assert_shape}"
### BEGIN HIDDEN TESTS
assert Tensor([7.5]).numpy()[0] == 7.5, "the values changed"
### END HIDDEN TESTS""", 3),
    text("## Exercise 2 · mul"),
    answer("mul", '''#| export
def mul(a, b):
    """The product of two tensors, element by element."""
    ### BEGIN SOLUTION
    product = a.numpy() * b.numpy()
    return Tensor(product)
    ### END SOLUTION'''),
    free("mul(Tensor([2]), Tensor([3])).numpy()"),
    test_cell("test_mul", """product = mul(Tensor([2, 3]), Tensor([4, 5])).numpy()
assert product.tolist() == [8, 15], f"2·4 and 3·5 are 8 and 15, yours gave {product.tolist()}"
### BEGIN HIDDEN TESTS
assert mul(Tensor([[1, 2]]), Tensor([[3], [4]])).numpy().shape == (2, 2), "mul should broadcast"
### END HIDDEN TESTS""", 2),
    text("## Reflection"),
    written("why_float32", "Because it is half of float64.", 4),
]
ACTIVATIONS = [
    text("# Activations\n\n> Bending lines"),
    given("setup", "#| default_exp activations"),
    given("imports", "#| export\nimport numpy as np\nfrom tinytorch.tensor import Tensor, mul"),
    text("## Exercise 1 · relu"),
    answer("relu", '''#| export
def relu(x):
    """x where it is positive, else 0."""
    ### BEGIN SOLUTION
    mask = Tensor(x.numpy() > 0)
    return mul(x, mask)
    ### END SOLUTION'''),
    test_cell("test_relu", """bent = relu(Tensor([-1, 0, 2])).numpy()
assert bent.tolist() == [0, 0, 2], f"relu of -1, 0, 2 is 0, 0, 2, yours is {bent.tolist()}"
### BEGIN HIDDEN TESTS
assert relu(Tensor([[0.5]])).numpy().tolist() == [[0.5]], "positive numbers stay as they are"
### END HIDDEN TESTS""", 5),
]
NOTEBOOKS = {"01_tensor": TENSOR, "02_activations": ACTIVATIONS}
MILESTONE = {
    "01_rosenblatt_forward.py": 'import sys\nfrom tinytorch import __file__\nprint("forward", *sys.argv[1:])\n',
    "02_rosenblatt_trained.py": 'import sys\nprint("trained", *sys.argv[1:])\nsys.exit("--quick" not in sys.argv)\n',
}


def released(cells: list[dict]) -> list[dict]:
    """The cells as a student gets them: solutions replaced by a stub, hidden tests gone."""
    stub = r"\1# YOUR CODE HERE\n\1raise NotImplementedError()"
    return [nbformat.from_dict({**cell, "source": HIDDEN.sub("", SOLUTION.sub(stub, cell.source)).rstrip()})
            for cell in cells]


def write_notebook(path: Path, cells: list[dict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)
    return path


def make_course(root: Path) -> Path:
    """The instructor's repository: two notebooks with solutions, an empty package, one milestone of two parts."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "tinytorch").mkdir()
    shutil.copy(REPOSITORY / "settings.ini", root)
    shutil.copy(REPOSITORY / "tinytorch/__init__.py", root / "tinytorch")
    for name, cells in NOTEBOOKS.items():
        write_notebook(root / "notebooks" / name / f"{name}.ipynb", cells)
    for name, source in MILESTONE.items():
        script = root / "milestones/01_1957_perceptron" / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(source, encoding="utf-8")
    return root


def make_student_folder(root: Path) -> Path:
    """What a student clones: blank notebooks, and the released copies that `tito` compares with."""
    make_course(root)
    for name, cells in NOTEBOOKS.items():
        for folder in (root / "notebooks", root / ".release"):
            write_notebook(folder / name / f"{name}.ipynb", released(cells))
    return root


def solve(root: Path, name: str, **sources: str) -> Path:
    """Write a solved notebook into a student's folder; `sources` replaces cells by their grade_id."""
    cells = [nbformat.from_dict({**cell, "source": sources.get(grade_id(cell), cell.source)})
             for cell in _student_cells(NOTEBOOKS[name])]
    return write_notebook(root / "notebooks" / name / f"{name}.ipynb", cells)


def _student_cells(cells: list[dict]) -> list[dict]:
    """Answers as in the reference, everything else as released."""
    return [cell if grade_id(cell) and cell.metadata["nbgrader"]["solution"] else blank
            for cell, blank in zip(cells, released(cells), strict=True)]


def grade_id(cell: dict) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def edit(path: Path, change) -> None:
    """Apply `change(cells)` to a notebook file as any editor might; what it returns, if anything, becomes the cells."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = change(notebook["cells"]) or notebook["cells"]
    path.write_text(json.dumps(notebook), encoding="utf-8")
