"""Runs tests that students do not see on code that nobody trusts: verdicts are made here, that code runs elsewhere."""
import contextlib
import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tito
from autograder.examine import reasons, student_code
from autograder.examine.connection import Connection
from autograder.examine.examiner import Examiner
from autograder.examine.program import Program, ScoreError, Test
from autograder.examine.reasons import Page, Part
from autograder.examine.student_code import StudentCode
from autograder.sandbox.inside.protocol import ChannelError
from autograder.sandbox.pool import started_worker
from autograder.sandbox.process import StartError, Worker
from autograder.sandbox.survey import sandbox_name, sandbox_problem

__all__ = ["Code", "GraderError", "Result", "Test", "Verdict", "grade", "sandbox_name", "sandbox_problem"]

INIT = Path(tito.__file__).resolve().parents[1] / "tinytorch" / "__init__.py"


class GraderError(Exception):
    """The grader itself could not work. Says nothing about the student, and is never a zero."""


@dataclass(frozen=True)
class Code:
    """One exported code cell."""
    id: str
    source: str


@dataclass(frozen=True)
class Verdict:
    """The points that a test gives, and, when not all, the reason in plain lines that a student can act on."""
    test: str
    points: float
    max_points: float
    reason: str             # "" = passed
    seconds: float          # that the test took, by the grader's clock; loading the student's code is not in it


@dataclass(frozen=True)
class Result:
    verdicts: list[Verdict]
    cell_errors: dict[str, str]     # cell id, or "tinytorch.NAME" for an earlier module -> what went wrong when it ran
    left_out: list[str]             # ids of cells with lines that only a notebook can run: these lines did not count


def grade(module: str, cells: list[Code], tests: list[Test], package: dict[str, str], names: list[str],
          *, sandboxed: bool = True, stands_in: bool = False, end: float | None = None) -> Result:
    """Load a student's cells in a worker and run every test on them.

    module: the name of the module being graded; cells: its exported cells as the student wrote them, in release order;
    package: the sources of the earlier modules, by name; names: the public names that tests may use.
    sandboxed=False runs the student's code as the user who grades: for code that is trusted.
    stands_in: the reference is among the earlier modules, so reasons tell hardly anything that student code wrote.
    end: when the time of this submission is over, by time.monotonic() [default: in SUBMISSION_SECONDS].
    Raises GraderError when no worker starts, or when a test is not Python.
    """
    if os.name != "posix":
        raise GraderError("Grading needs Linux or macOS: on Windows use WSL or a container.")
    programs = [_compiled(test) for test in tests]
    package = {"__init__": INIT.read_text(encoding="utf-8"), **package}
    end = time.monotonic() + student_code.SUBMISSION_SECONDS if end is None else end

    def student(ahead: Worker | None) -> StudentCode:
        return StudentCode(module, {cell.id: cell.source for cell in cells}, package, names, sandboxed, stands_in, end,
                           ahead)

    outcomes: list[tuple[float, list[Part], float]] = []
    errors: dict[str, list[Part]] = {}
    left_out: set[str] = set()
    while len(outcomes) < len(programs):
        # Without a sandbox none is started ahead: it would lie open to the code that runs beside it
        with started_worker() if sandboxed else contextlib.nullcontext() as ahead:
            _examine(programs[len(outcomes):], functools.partial(student, ahead), end, outcomes, errors, left_out)
    page = Page(stands_in)
    cell_errors = {cell: page.text(parts) for cell, parts in errors.items()}
    verdicts = [Verdict(test.id, points, test.points, page.text(parts), seconds)
                for test, (points, parts, seconds) in zip(tests, outcomes, strict=True)]
    return Result(verdicts, cell_errors, [cell.id for cell in cells if cell.id in left_out])


@functools.lru_cache(maxsize=1000)      # the same tests for every student
def _compiled(test: Test) -> Program:
    try:
        return Program(test)
    except SyntaxError as error:
        raise GraderError(f"The test {test.id} is not Python: line {error.lineno}, {error.msg}.") from None


def _examine(programs: list[Program], student: Callable[[], StudentCode], end: float, outcomes: list,
             errors: dict, left_out: set) -> None:
    """Let a child run the tests; where one is its end, that test is lost and another child has to go on behind it."""
    seconds, began = 0.0, time.monotonic()
    with Examiner(lambda say: _run_all(programs, student(), say)) as child:
        try:
            for _ in programs:
                seconds = end - time.monotonic()          # to load, before the first test
                while True:
                    match child.hear(max(seconds, 0.0)):
                        case ["test", seconds]:
                            began = time.monotonic()
                        case ["verdict", points, parts, found, cells]:
                            errors.update(found)
                            left_out.update(cells)
                            outcomes.append((points, parts, time.monotonic() - began))
                            break
                        case ["no worker" | "no score", problem]:
                            raise GraderError(problem)
                        case ["failed", problem]:
                            raise GraderError(f"The grader failed: {problem}")
            child.finish()
        except ChannelError as error:
            outcomes.append((0.0, reasons.of_lost_examiner(error, seconds), time.monotonic() - began))


def _run_all(programs: list[Program], student: StudentCode, say: Callable) -> None:
    """In the child: every test on its own fork of the loaded worker."""
    try:
        with student:
            for program in programs:
                seconds = student.seconds(student_code.TEST_SECONDS)
                say("test", seconds)
                try:
                    say("verdict", *_run(program, student, seconds), student.errors,
                        sorted(student.left_out))
                except ScoreError as error:
                    return say("no score", f"The test {program.test.id} is wrong: {error}.")
    except StartError as error:
        problem = sandbox_problem() if student.sandboxed else None
        say("no worker", problem or f"The worker does not start: {error}.")


def _run(program: Program, student: StudentCode, seconds: float) -> tuple[float, list[Part]]:
    channel, failure, points, most = None, None, 0.0, program.test.points
    try:
        channel = student.connect(seconds)
        points = program.run(Connection(channel), student.names)
    except (StartError, ScoreError):
        raise
    except (Exception, ChannelError) as error:
        failure = error
    finally:
        if channel is not None:
            student.disconnect(channel)
    if isinstance(failure, ChannelError):
        student.stop()                                    # a worker whose fork hung or crashed is not used again
    if failure is not None:
        return 0.0, reasons.of_failure(failure, program, seconds, student.cells, student.errors, student.stands_in)
    return points, [("ours", "" if points == most else f"{points:g} of {most:g} points")]
