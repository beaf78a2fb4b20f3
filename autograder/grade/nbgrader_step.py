"""Run the tests of a notebook in the sandbox, and write the verdicts where nbgrader looks for them: in cell outputs."""
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.examine.grader import Code, GraderError, Result, Test, Verdict, grade
from tito.notebooks import Cell, cells_of


class SandboxedTests(NbGraderPreprocessor):
    """In place of nbgrader's Execute: student code runs in a sandbox, the tests outside it."""

    def __init__(self, module: str, package: dict[str, str], names: list[str], sandboxed: bool,
                 stands_in: bool):
        super().__init__()
        self.module, self.package, self.names = module, package, names
        self.sandboxed, self.stands_in = sandboxed, stands_in
        self.result: Result | None = None

    def preprocess(self, notebook: NotebookNode, told: dict) -> tuple[NotebookNode, dict]:
        cells = cells_of(notebook)
        codes = {code_id(cell): cell.index for cell in cells if cell.exported}
        tests = {cell.grade_id: cell.index for cell in cells if cell.role == "test"}
        self.result = run_tests(self.module, codes_of(cells), tests_of(cells), self.package, self.names, self.sandboxed,
                                self.stands_in)
        if sorted(verdict.test for verdict in self.result.verdicts) != sorted(tests):
            raise GraderError("not every test got a verdict")
        for verdict in self.result.verdicts:
            notebook.cells[tests[verdict.test]].outputs = outputs_of(verdict)
        for cell_id in codes.keys() & self.result.cell_errors.keys():
            error = error_output("This cell does not run", self.result.cell_errors[cell_id])
            notebook.cells[codes[cell_id]].outputs = [error]
        return notebook, told


def run_tests(module: str, codes: list[Code], tests: list[Test], package: dict[str, str], names: list[str],
              sandboxed: bool, stands_in: bool = False) -> Result:
    """Grade, once more if the grader itself failed: that says nothing about the student."""
    try:
        return grade(module, codes, tests, package, names, sandboxed=sandboxed, stands_in=stands_in)
    except GraderError:
        return grade(module, codes, tests, package, names, sandboxed=sandboxed, stands_in=stands_in)


def codes_of(cells: list[Cell]) -> list[Code]:
    return [Code(code_id(cell), cell.source) for cell in cells if cell.exported]


def tests_of(cells: list[Cell]) -> list[Test]:
    return [Test(cell.grade_id, cell.source, cell.points) for cell in cells if cell.role == "test"]


def code_id(cell: Cell) -> str:
    return cell.grade_id or f"cell-{cell.index}"


def outputs_of(verdict: Verdict) -> list[NotebookNode]:
    """nbgrader reads an error as no points, a number as partial credit, and no output as all points."""
    if verdict.points >= verdict.max_points:
        return []
    if verdict.points <= 0:
        return [error_output("Lost points", verdict.reason)]
    told = new_output("stream", name="stdout", text=verdict.reason + "\n")
    return [told, new_output("execute_result", data={"text/plain": repr(float(verdict.points))}, execution_count=None)]


def error_output(name: str, reason: str) -> NotebookNode:
    reason = reason or "no reason was given"
    return new_output("error", ename=name, evalue=reason.splitlines()[0], traceback=[reason])
