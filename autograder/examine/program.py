"""A test, compiled: what it runs on is a connection to the worker that holds the student's code."""
import ast
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.random  # noqa: F401  (NumPy would import it in every child of the grader anew)

import tito.checks
from autograder.examine.connection import Connection
from autograder.examine.reasons import constants

CHECKS = {name: getattr(tito.checks, name) for name in tito.checks.__all__}
CHECK_TEXTS = constants(ast.parse(Path(tito.checks.__file__).read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Test:
    """One test cell, hidden tests included."""
    __test__ = False        # not for pytest to collect
    id: str
    source: str
    points: float


class ScoreError(Exception):
    """A test gives points that no test can give: its own fault, whatever the student's code did."""


class Program:
    """A compiled test. What is for the student's side is cut out, so that the worker makes it.

    Raises SyntaxError when the test is not Python.
    """

    def __init__(self, test: Test):
        self.test = test
        tree = ast.parse(test.source)
        self.used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.texts = sorted({*constants(tree), *CHECK_TEXTS}, key=len, reverse=True)
        self.last = _cut_out_points(tree)
        self.shipped: list[tuple[str, str]] = []          # source, name
        tree.body = [self._cut_out(node) if is_for_students_side(node) else node for node in tree.body]
        self.code = compile(tree, f"<{test.id}>", "exec")

    def _cut_out(self, node: ast.ClassDef | ast.FunctionDef) -> ast.stmt:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
        self.shipped.append((ast.unparse(node), node.name))
        statement = ast.parse(f"{node.name} = _shipped({len(self.shipped) - 1})").body[0]
        return ast.fix_missing_locations(statement)

    def run(self, connection: Connection, names: list[str]) -> float:
        """The points that the test gives. Raises whatever ends the test."""
        student = connection.names([name for name in names if name in self.used])
        space = {**student, "__name__": "test", "np": np, **CHECKS, "print": lambda *args, **options: None,
                 "_shipped": lambda number: connection.ask("define", *self.shipped[number])}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(self.code, space)
        return self._partial_credit(space.get("_points"))

    def _partial_credit(self, value: Any) -> float:
        """All points, or those that a last line says, if it is no call. Raises ScoreError for what is no score."""
        most = self.test.points
        if not self.last:
            return most
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
        if not number or not 0 <= value <= most:                   # nan is in no range
            shown = f"{float(value):g}" if number else f"no number but {type(value).__name__}"
            raise ScoreError(f"its last line, {self.last}, should be a number from 0 to {most:g}, it is {shown}")
        return float(value)


def is_for_students_side(statement: ast.stmt) -> bool:
    """Whether a top-level statement is a class, which may inherit from the student's, or a marked function."""
    match statement:
        case ast.ClassDef():
            return True
        case ast.FunctionDef(decorator_list=[ast.Name(id=tito.checks.students_side.__name__)]):
            return True
    return False


def _cut_out_points(tree: ast.Module) -> str:
    """The last line, if its value is the points: no call, such as a check, and no text. It becomes `_points = ...`."""
    match tree.body[-1:]:
        case [ast.Expr(value=value) as last] if not isinstance(value, ast.Call) and not _is_text(value):
            tree.body[-1] = ast.copy_location(ast.Assign([ast.Name("_points", ast.Store())], value), last)
            ast.fix_missing_locations(tree)
            return ast.unparse(value)
    return ""


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)
