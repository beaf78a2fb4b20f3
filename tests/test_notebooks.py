"""Notebooks as grading reads them: locked cells and answers alone, on real objects in one process."""
import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tito.course import Module, available
from tito.notebooks import read_cells

ROOT = Path(__file__).resolve().parents[1]
GRADED = ("given", "answer", "test")


@pytest.mark.parametrize("module", available(ROOT), ids=lambda module: module.id)
def test_locked_tests_stand_on_locked_cells_and_answers_alone(module: Module, tmp_path):
    """A test that needs an import from a free cell passes here in JupyterLab, and nowhere else."""
    cells = [cell for cell in read_cells(module.notebook(ROOT)) if cell.kind == "code" and cell.role in GRADED]
    script = tmp_path / "graded.py"
    script.write_text("\n\n".join(cell.source for cell in cells), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], cwd=module.notebook(ROOT).parent, env=environment,
                          capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("module", available(ROOT), ids=lambda module: module.id)
def test_nothing_given_stands_below_an_answer_but_what_it_gives_back_or_refuses(module: Module):
    """A student's early `return` would skip it unnoticed."""
    answers = [cell.source for cell in read_cells(module.notebook(ROOT)) if cell.role == "answer"]
    skipped = [ast.unparse(statement) for source in answers for statement in below_the_answer(source)
               if not isinstance(statement, (ast.Return, ast.Raise, ast.If))]
    assert skipped == []


@pytest.mark.parametrize("module", available(ROOT), ids=lambda module: module.id)
def test_an_instructor_can_edit_every_cell(module: Module):
    """JupyterLab ignores what is typed into a cell marked otherwise, and says nothing; a release locks its own."""
    marks = [cell["metadata"] for cell in json.loads(module.notebook(ROOT).read_text(encoding="utf-8"))["cells"]]
    assert [mark for mark in marks if not (mark.get("editable", True) and mark.get("deletable", True))] == []


def below_the_answer(source: str) -> list[ast.stmt]:
    """The statements of a function that follow on the solution in it."""
    ends = [(number, line.index("#")) for number, line in enumerate(source.split("\n"), start=1)
            if line.strip() == "### END SOLUTION"]
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [statement for node in functions for statement in node.body
            if any(node.lineno < end < statement.lineno and indent == statement.col_offset for end, indent in ends)]
