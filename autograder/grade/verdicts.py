"""From the cells of a notebook to the grader, and from its verdicts to the outputs of test cells."""
from collections.abc import Mapping

from autograder.examine.grader import Code, GraderError, Result, Test, Verdict, grade
from tito.notebooks import Cell, cells_of


def run_tests(module: str, codes: list[Code], tests: list[Test], package: Mapping[str, str], names: list[str],
              sandboxed: bool, stands_in: bool = False, end: float | None = None) -> Result:
    """Grade, once more, and with new time, if the grader itself failed: that says nothing about the student."""
    try:
        return grade(module, codes, tests, package, names, sandboxed=sandboxed, stands_in=stands_in, end=end)
    except GraderError:
        return grade(module, codes, tests, package, names, sandboxed=sandboxed, stands_in=stands_in)


def codes_of(cells: list[Cell]) -> list[Code]:
    return [Code(code_id(cell), cell.source) for cell in cells if cell.exported]


def tests_of(cells: list[Cell]) -> list[Test]:
    return [Test(cell.grade_id, cell.source, cell.points) for cell in cells if cell.role == "test"]


def code_id(cell: Cell) -> str:
    return cell.grade_id or f"cell-{cell.index}"


def write_outputs(notebook: dict, result: Result) -> None:
    """Show under each test what it said, and under each cell that does not run, why. Raises GraderError for a gap."""
    cells = cells_of(notebook)
    tests = {cell.grade_id: cell.index for cell in cells if cell.role == "test"}
    if sorted(verdict.test for verdict in result.verdicts) != sorted(tests):
        raise GraderError("not every test got a verdict")
    for verdict in result.verdicts:
        notebook["cells"][tests[verdict.test]]["outputs"] = outputs_of(verdict)
    for cell in cells:
        if cell.exported and (error := result.cell_errors.get(code_id(cell))):
            notebook["cells"][cell.index]["outputs"] = [error_output("This cell does not run", error)]


def outputs_of(verdict: Verdict) -> list[dict]:
    """nbgrader reads an error as no points, a number as partial credit, and no output as all points."""
    if verdict.points >= verdict.max_points:
        return []
    if verdict.points <= 0:
        return [error_output("Lost points", verdict.reason)]
    points = {"output_type": "execute_result", "data": {"text/plain": repr(float(verdict.points))}, "metadata": {},
              "execution_count": None}
    return [{"output_type": "stream", "name": "stdout", "text": verdict.reason + "\n"}, points]


def error_output(name: str, reason: str) -> dict:
    reason = reason or "no reason was given"
    return {"output_type": "error", "ename": name, "evalue": reason.splitlines()[0], "traceback": [reason]}
