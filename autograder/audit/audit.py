"""`tito audit`: the tests are proved by the same grader that grades students.

The reference must get all points, the blank release none, and every wrong answer must lose points in the test that is
about it, for a reason that says so. And no test may trust what the student's code can change.
"""
import ast
import importlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from autograder.audit.mutants import Mutant, mutants
from autograder.audit.trust import distrusted
from autograder.audit.wrong_answers import Wrong
from autograder.examine import grader
from autograder.grade.verdicts import code_id, codes_of, run_tests, tests_of
from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook
from autograder.records.gradebook import resources
from autograder.records.reference import public_names, reference_source, require_python
from autograder.release.notebook import without_solutions
from autograder.release.tiers import Tier, in_tier
from tito import console
from tito.course import Module, available
from tito.errors import TitoError
from tito.notebooks import Cell, cells_of
from tito.package import MARKERS

LEAST = 2                     # wrong answers per exercise


class Audit:
    """One module's cells, tests and surroundings, to be graded with one thing changed at a time."""

    def __init__(self, classroom: Classroom, module: Module, sandboxed: bool):
        self.module, self.sandboxed = module, sandboxed
        earlier = [m for m in available(classroom.root) if m.number < module.number]
        for each in [*earlier, module]:
            notebook = read_notebook(each.notebook(classroom.root))
            require_python(each, notebook)
        self.cells = cells_of(notebook)
        self.tests = tests_of(self.cells)
        blank = without_solutions(notebook, resources(classroom, module.id))
        self.blanks = {tier: cells_of(in_tier(blank, tier)) for tier in Tier}
        self.package = {m.name: reference_source(classroom.root, m) for m in earlier}
        self.names = public_names(classroom.root, [*earlier, module])

    def grade(self, codes: list[grader.Code], tests: list[grader.Test]) -> grader.Result:
        return run_tests(self.module.name, codes, tests, self.package, self.names, self.sandboxed)

    def reference(self) -> list[str]:
        result = self.grade(codes_of(self.cells), self.tests)
        broken = [f"the reference's cell {cell} does not run: {one_line(error)}"
                  for cell, error in result.cell_errors.items()]
        return broken + [f"the reference loses points in {verdict.test}: {one_line(verdict.reason)}"
                         for verdict in result.verdicts if verdict.points < verdict.max_points]

    def blank_release(self) -> list[str]:
        return [f"the blank {tier} release gets {v.points:g} points in {v.test}" for tier, cells in self.blanks.items()
                for v in self.grade(codes_of(cells), self.tests).verdicts if v.points > 0]

    def trusting(self) -> list[str]:
        """Tests that trust what the student's code can change."""
        return [f"{test.id}, {doubt}" for test in self.tests for doubt in distrusted(test.source, self.names)]

    def wrong(self, wrong: Wrong) -> list[str]:
        """What is amiss with one wrong answer: nothing, if it loses points for the reason it should."""
        which = f"wrong answer {wrong.cell}, {wrong.mistake}"
        tests = [test for test in self.tests if test.id == wrong.fails]
        answers = [cell for cell in self.cells if cell.grade_id == wrong.cell and cell.role == "answer"]
        if not tests or not answers:
            return [f"{which}: there is no {'test ' + wrong.fails if not tests else 'answer cell ' + wrong.cell}"]
        old, new = wrong.change
        if (count := answers[0].source.count(old)) != 1:
            return [f"{which}: {old!r} stands {count} times in the cell, it should stand there once"]
        changed = answers[0].source.replace(old, new)
        if not parses(changed):
            return [f"{which}: it does not parse when {new!r} is put in"]
        codes = [grader.Code(code.id, changed) if code.id == code_id(answers[0]) else code
                 for code in codes_of(self.cells)]
        verdict = self.grade(codes, tests).verdicts[0]
        if verdict.points >= verdict.max_points:
            return [f"{which}: {wrong.fails} lets it pass"]
        if wrong.because not in verdict.reason:
            return [f"{which}: the reason should say {wrong.because!r}, it says {one_line(verdict.reason)!r}"]
        return []


    def survives(self, answer: Cell, mutant: Mutant) -> list[str]:
        """One line if all tests let the mutant pass."""
        codes = [grader.Code(code.id, mutant.source) if code.id == code_id(answer) else code
                 for code in codes_of(self.cells)]
        verdicts = self.grade(codes, self.tests).verdicts
        passed = all(verdict.points == verdict.max_points for verdict in verdicts)
        return [f"{answer.grade_id}, line {mutant.line}: {mutant.change}"] if passed else []


def find_survivors(classroom: Classroom, module: Module, sandboxed: bool) -> None:
    """Print how many single changes of the solutions the tests notice, and the others, one a line."""
    audit = Audit(classroom, module, sandboxed)
    answers = [cell for cell in audit.cells if cell.role == "answer" and cell.exported]
    cases = [lambda a=answer, m=mutant: audit.survives(a, m) for answer in answers for mutant in mutants(answer.source)]
    survivors = [line for found in run_all(cases, module.id) for line in found]
    caught = len(cases) - len(survivors)
    console.say(f"{module.id}: {caught} of {len(cases)} mutants caught ({caught / max(1, len(cases)):.1%}).")
    for line in survivors:
        console.say(f"  {line}")


def audit_module(classroom: Classroom, module: Module, sandboxed: bool) -> list[str]:
    """Print one line on a module; returns what is amiss, one line each."""
    audit = Audit(classroom, module, sandboxed)
    if sandboxed and (problem := grader.sandbox_problem()):
        raise TitoError(problem)
    wrongs = wrong_answers(module)
    cases = [audit.reference, audit.blank_release, *(lambda w=w: audit.wrong(w) for w in wrongs)]
    found = run_all(cases, module.id)
    misses = [*few(audit.cells, wrongs), *audit.trusting(), *(miss for case in found for miss in case)]
    caught = sum(not case for case in found[2:])
    console.say(f"{module.id}: {len(audit.tests)} tests, {sum(test.points for test in audit.tests):g} points; "
                f"reference {'full' if not found[0] else 'NOT FULL'}, blank {'0' if not found[1] else 'NOT 0'}, "
                f"wrong answers caught {caught}/{len(wrongs)}.")
    return [f"{module.id}: {miss}" for miss in misses]


def run_all(cases: list[Callable[[], list[str]]], label: str) -> list[list[str]]:
    """Two at a time: each case mostly waits for its sandbox."""
    with console.progress(len(cases), label) as advance, ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        futures = [pool.submit(or_its_error, case) for case in cases]
        try:
            found = []
            for future in futures:
                found.append(future.result())
                advance("")
            return found
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def or_its_error(case: Callable[[], list[str]]) -> list[str]:
    """A test that gives points that no test can give is a finding like others."""
    try:
        return case()
    except grader.GraderError as error:
        return [str(error)]


def wrong_answers(module: Module) -> list[Wrong]:
    try:
        return importlib.import_module(f"autograder.audit.wrong_answers.{module.name}").WRONG
    except ModuleNotFoundError:
        return []
    except SyntaxError as error:
        raise TitoError(f"autograder/audit/wrong_answers/{module.name}.py, line {error.lineno}: {error.msg}") from None


def few(cells: Iterable[Cell], wrongs: list[Wrong]) -> list[str]:
    """Exercises that too few wrong answers are about."""
    counts = {cell.grade_id: 0 for cell in cells if cell.role == "answer" and cell.exported}
    for wrong in wrongs:
        counts[wrong.cell] = counts.get(wrong.cell, 0) + 1
    return [f"exercise {cell} has {count} wrong answer{'s' * (count != 1)}, it should have at least {LEAST}"
            for cell, count in counts.items() if count < LEAST]


def parses(source: str) -> bool:
    try:
        ast.parse(MARKERS.sub("", source))
    except SyntaxError:
        return False
    return True


def one_line(text: str) -> str:
    return " ".join(text.split())[:200]
