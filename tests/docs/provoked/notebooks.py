"""What `tito module test` says of a notebook: words of the message -> a function of the course folder."""
from pathlib import Path

import numpy as np
import pytest

import tinytorch as tt
from tests import helpers
from tests.docs.provoked.typed import Said, answers, edited, notebook, on, solved, tito
from tito.check.assemble import assemble
from tito.check.explain import explain
from tito.check.kernel import Failure
from tito.course import MODULES

MUL = next(cell.source for cell in helpers.TENSOR if helpers.grade_id(cell) == "mul")


def place(cells: list[dict], name: str) -> int:
    return next(i for i, cell in enumerate(cells) if helpers.grade_id(cell) == name)


def without_mul(cells):
    return [cell for cell in cells if helpers.grade_id(cell) != "mul"]


def without_question(cells):
    return [cell for cell in cells if helpers.grade_id(cell) != "why_float32"]


def mul_twice(cells):
    other = {**cells[place(cells, "mul")], "source": answers("return Tensor(b.numpy() * a.numpy())"), "id": "second"}
    return [*cells, other]


def mul_as_text(cells):
    cells[place(cells, "mul")]["cell_type"] = "markdown"


def question_as_code(cells):
    cells[place(cells, "why_float32")]["cell_type"] = "code"


def mean_of_a_tensor(folder: Path) -> str:
    steps = assemble({"cells": [helpers.free("np.mean(x)")]}, None).steps
    with pytest.raises(TypeError) as caught:
        np.mean(tt.Tensor([1.0]))
    failure = Failure("TypeError", str(caught.value), "Cell In[1], line 1\n----> 1 np.mean(x)\n")
    return explain(failure, 0, steps, MODULES[0])


def used_too_early(cells):
    return [*cells[:3], helpers.free("print(later)"), *cells[3:], helpers.free("later = 3")]


def leaning(cells):
    cells[place(cells, "mul")]["source"] = answers("return half(a, b)")
    return [*cells[:3], helpers.free("def half(a, b): return Tensor(a.numpy() * b.numpy())"), *cells[3:]]


def with_help(cells):
    """An answer that is wrong, and a cell of the student's own that mends it."""
    at = place(cells, "mul")
    cells[at]["source"] = answers("return None")
    mend = helpers.free("def mul(a, b): return Tensor(a.numpy() * b.numpy())")
    return [*cells[:at + 1], mend, *cells[at + 1:]]


def mul_elsewhere(cells):
    at = place(cells, "mul")
    cells[at]["source"], own = "#| export\nscale = 2", helpers.free(cells[at]["source"])
    return [*cells[:at + 1], own, *cells[at + 1:]]


def explained(name: str, message: str) -> Said:
    steps = assemble({"cells": [helpers.free("pass")]}, None).steps
    return lambda folder: explain(Failure(name, message), 0, steps, MODULES[0])


def unreadable(folder: Path) -> str:
    notebook(folder).write_text('{"cells": [')
    return tito(folder, "module", "test", "01")


def in_conflict(folder: Path) -> str:
    text = notebook(folder).read_text()
    notebook(folder).write_text(text.replace("\n", "\n<<<<<<< HEAD\n", 1))
    return tito(folder, "module", "test", "01")


def of_another_course(folder: Path) -> str:
    helpers.write_notebook(notebook(folder), [helpers.answer("poem", "x = 1")])
    return tito(folder, "module", "test", "01")


def lost(folder: Path) -> str:
    notebook(folder).unlink()
    return tito(folder, "module", "test", "01")


def in_the_package(folder: Path) -> str:
    helpers.solve(folder, "01_tensor", mul=answers("return Tensor(a.numpy() * b.numpy())"))
    tito(folder, "module", "complete", "01")
    file = folder / "tinytorch/tensor.py"
    file.write_text(file.read_text().replace("return self.data", "return self.dat"))
    helpers.solve(folder, "02_activations")
    return tito(folder, "module", "test", "02")


def needs_01(folder: Path) -> str:
    helpers.solve(folder, "02_activations")
    return tito(folder, "module", "test", "02")


LOCKED = {"test_mul": "assert True"}
SAID: dict[str, Said] = {
    "it is not solved yet": on("module", "test", "01"),
    "delete the line with": solved(mul=answers("raise NotImplementedError()\n    return a")),
    "a cell of your own: move it into": edited(mul_elsewhere),
    "is commented out": solved(mul="\n".join(f"# {line}" for line in MUL.splitlines())),
    "the cell is empty": solved(mul=""),
    "its cell is missing": edited(without_mul),
    "the written question `…` is missing": edited(without_question),
    "stands in two cells": edited(mul_twice),
    "is a text cell now": edited(mul_as_text),
    "is a code cell now": edited(question_as_code),
    "must be `#| export` again": solved(mul=MUL.removeprefix("#| export\n")),
    "it is not Python yet": solved(mul=MUL.replace("a, b):", "a, b:")),
    "is defined only further down": edited(used_too_early),
    "is defined nowhere": solved(mul=answers("return Tensr(a.numpy() * b.numpy())")),
    "is not imported: write": solved(mul=answers("return Tensor(math.prod([1]) * a.numpy() * b.numpy())")),
    "lacks it as its first parameter": explained("NameError", "name 'self' is not defined"),
    "it stopped in tinytorch": in_the_package,
    "which comes after this one": solved(mul=answers("import tinytorch; return tinytorch.backward(a)")),
    "takes no Tensor": mean_of_a_tensor,
    "which is not exported": edited(leaning),
    "works only in a notebook": solved(mul=answers("files = !ls\n    return Tensor(a.numpy() * b.numpy())")),
    "with the help of a cell": edited(with_help),
    "it was stopped after": explained("CellTimeout", "120"),
    "it ended the kernel": solved(mul=answers("import os; os._exit(0)")),
    "it asks for input()": solved(mul=answers("return input()")),
    "(None: did a function forget": solved(mul=answers("product = a.numpy() * b.numpy()")),
    "RecursionError": solved(mul=answers("return mul(a, b)")),
    "needs tinytorch": needs_01,
    "tito doctor says how to get it": explained("ModuleNotFoundError", "No module named 'matplotlib'"),
    "the course does not need it": solved(mul=answers("import no_such_package")),
    "not as a file of the package": solved(mul=MUL + "\n\nimport sys\nassert 'ipykernel' in sys.modules"),
    "it is run as released": solved(**LOCKED),
    "which grading does not have": solved(mul=answers("import nbformat; return Tensor(a.numpy() * b.numpy())")),
    "is not a readable notebook": unreadable,
    "which git could not merge": in_conflict,
    "is not the notebook of this module": of_another_course,
    "brings it back": lost,
}
