"""Runs tests that students do not see on code that nobody trusts: verdicts are made here, that code runs elsewhere."""
import ast
import math
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tito.checks
from autograder import reasons, submission
from autograder.connection import Connection
from autograder.protocol import ChannelError
from autograder.sandbox import StartError, sandbox_problem
from autograder.submission import Submission

__all__ = ["Code", "GraderError", "Result", "Test", "Verdict", "grade", "sandbox_problem"]

INIT = Path(__file__).resolve().parent.parent / "tinytorch" / "__init__.py"
CHECKS = {name: getattr(tito.checks, name) for name in tito.checks.__all__}


class GraderError(Exception):
    """The grader itself could not work. Says nothing about the student, and is never a zero."""


@dataclass(frozen=True)
class Code:
    """One exported code cell."""
    id: str
    source: str


@dataclass(frozen=True)
class Test:
    """One test cell, hidden tests included."""
    __test__ = False        # not for pytest to collect
    id: str
    source: str
    points: float


@dataclass(frozen=True)
class Verdict:
    """The points that a test gives, and, when not all, the reason in plain lines that a student can act on."""
    test: str
    points: float
    max_points: float
    reason: str             # "" = passed


@dataclass(frozen=True)
class Result:
    verdicts: list[Verdict]
    cell_errors: dict[str, str]     # cell id, or "tinytorch.NAME" for an earlier module -> what went wrong when it ran


def grade(module: str, cells: list[Code], tests: list[Test], package: dict[str, str], names: list[str],
          *, sandboxed: bool = True) -> Result:
    """Load a student's cells in a worker and run every test on them.

    module: the name of the module being graded; cells: its exported cells as the student wrote them, in release order;
    package: the sources of the earlier modules, by name; names: the public names that tests may use.
    sandboxed=False runs the student's code as the user who grades: for code that is trusted.
    Raises GraderError when no worker starts, or when a test is not Python.
    """
    if os.name != "posix":
        raise GraderError("Grading needs Linux or macOS: on Windows use WSL or a container.")
    programs = [Program(test) for test in tests]
    package = {"__init__": INIT.read_text(encoding="utf-8"), **package}
    try:
        with Submission(module, {cell.id: cell.source for cell in cells}, package, names, sandboxed) as student:
            verdicts = [_run(program, student) for program in programs]
    except StartError as error:
        problem = sandbox_problem() if sandboxed else None
        raise GraderError(problem or f"The worker does not start: {error}.") from None
    return Result(verdicts, student.errors)


class Program:
    """A test, compiled. Its top-level classes are cut out: they inherit from the student's, the worker makes them."""

    def __init__(self, test: Test):
        self.test = test
        try:
            tree = ast.parse(test.source)
        except SyntaxError as error:
            raise GraderError(f"The test {test.id} is not Python: line {error.lineno}, {error.msg}.") from None
        self.used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.last = _last_name(tree)
        self.classes: list[tuple[str, str]] = []
        tree.body = [self._cut_out(node) if isinstance(node, ast.ClassDef) else node for node in tree.body]
        self.code = compile(tree, f"<{test.id}>", "exec")

    def _cut_out(self, node: ast.ClassDef) -> ast.stmt:
        self.classes.append((ast.unparse(node), node.name))
        statement = ast.parse(f"{node.name} = _class({len(self.classes) - 1})").body[0]
        return ast.fix_missing_locations(statement)

    def run(self, connection: Connection, names: list[str]) -> Any:
        """Run the test; returns the value of a last line that is a bare name, for partial credit."""
        namespace = {"__name__": "test", "np": np, **CHECKS, "print": lambda *args, **options: None,
                     "_class": lambda number: connection.ask("class", *self.classes[number])}
        namespace |= connection.ask("names", [name for name in names if name in self.used])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(self.code, namespace)
        return namespace.get(self.last)


def _run(program: Program, student: Submission) -> Verdict:
    """One test on its own fork of the loaded worker."""
    test, channel, failure, value = program.test, None, None, None
    try:
        channel = student.connect()
        value = program.run(Connection(channel), student.names)
    except StartError:
        raise
    except (Exception, ChannelError) as error:
        failure = error
    finally:
        if channel is not None:
            student.disconnect(channel)
    if isinstance(failure, ChannelError):
        student.stop()                                    # a worker whose fork hung or crashed is not used again
    if failure is not None:
        reason = reasons.of_failure(failure, test.id, submission.TEST_SECONDS, student.cells, student.errors,
                                    program.used)
        return Verdict(test.id, 0.0, test.points, reason)
    points = _partial_credit(value, test.points)
    reason = "" if points == test.points else f"{points:g} of {test.points:g} points"
    return Verdict(test.id, points, test.points, reason)


def _last_name(tree: ast.Module) -> str:
    match tree.body[-1:]:
        case [ast.Expr(value=ast.Name(id=name))]:
            return name
    return ""


def _partial_credit(value: Any, most: float) -> float:
    """Points from the value of a test's last line, when that is a number that the test computed; else all of them."""
    if type(value) not in (int, float):
        return most
    return 0.0 if math.isnan(value) else min(max(float(value), 0.0), most)
