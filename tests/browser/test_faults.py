"""What is looked for in every notebook is found where it is."""
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.browser.folder import put

WRONG = {
    "$\\frac12 \\right)$ is no formula": "a formula fails",
    "costs $x^2$\\$ and $y": "raw markup",
    "<details><summary>Hint</summary>\n**bold**</details>": "raw markup",
    "![a plot](none.png)": "a picture is missing",
    "| " + " | ".join(["`a_long_name_in_a_column`"] * 9) + " |\n" + "|-" * 9 + "|": "wider than its place",
    "<details><summary>Hint</summary></details>": "a hint does not open",
}
WRONG_CODE = {
    "for _ in range(3): print(*['column'.ljust(30)] * 9, '.')": "rows of a printed table break",
    "'" + "x" * 300 + "';": "code is wider",
    "import warnings; warnings.warn('old')": "a warning",
}


def test_each_fault_is_found_and_an_error_stops_the_run(folder, lab, window):
    cells = [*map(new_markdown_cell, WRONG), *map(new_code_cell, WRONG_CODE)]
    window.open(lab, put(folder, "wrong.ipynb", *cells))
    assert window.run_all()
    found = window.faults()
    window.picture("faults")
    assert not [wanted for wanted in [*WRONG.values(), *WRONG_CODE.values()]
                if not any(fault.startswith(wanted) for fault in found)], found


def test_what_is_well_is_no_fault(folder, lab, window):
    cells = [new_markdown_cell("A formula $\\frac{1}{2}$, `$PATH`, and\n\n<details><summary>Hint</summary>\n\n"
                               "**bold**, and $x_1$\n\n</details>\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
             new_code_cell("import matplotlib.pyplot as plt\nprint('x' * 300)\nplt.plot([1, 2]);")]
    window.open(lab, put(folder, "well.ipynb", *cells))
    assert window.run_all() and window.faults() == []


def test_a_cell_that_fails_is_told(folder, lab, window):
    window.open(lab, put(folder, "fails.ipynb", new_code_cell("1 / 0")))
    assert not window.run_all()
