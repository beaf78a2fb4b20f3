"""Does a student's notebook work from top to bottom? The question that `module test`, `complete` and `submit` ask."""
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tito import console
from tito.check import exercises
from tito.check.assemble import Assembled, Step, assemble
from tito.check.explain import culprit, explain
from tito.check.kernel import fresh_kernel
from tito.check.verdicts import SOLVED, Failed, Verdict, owners, verdicts
from tito.course import Module
from tito.errors import TitoError
from tito.handed_in import grade_id_of, settle
from tito.notebooks import as_bytes, cells_of, load, parse
from tito.package import exported_text, import_problem


@dataclass(frozen=True)
class Judged:
    """The outcome; `problem` is empty when every cell ran and every exercise is solved."""
    module: Module
    assembled: Assembled
    problem: str
    verdicts: list[Verdict]   # one for each exercise, in order
    unwritten: list[str]      # written questions without an answer: people grade them, so they are no problem
    seconds: float

    @property
    def count(self) -> str:
        """How far it is."""
        solved = sum(verdict.state == SOLVED for verdict in self.verdicts)
        return f"{solved} of {len(self.verdicts)} exercises solved"


def released_notebook(root: Path, module: Module) -> Path | None:
    """The untouched copy that a student edition carries; None in the instructor's own repository."""
    path = root / released_name(module)
    return path if path.is_file() else None


def released_name(module: Module) -> str:
    """Where that copy stands in the folder."""
    return f".release/{module.id}/{module.id}.ipynb"


def judge(root: Path, module: Module, text: bytes) -> Judged:
    """Judge the notebook with these bytes; raises TitoError if it is no notebook of this module."""
    student, released = _pair(root, module, text)
    assembled = assemble(student, released, released_name(module))
    start = time.monotonic()
    if assembled.problems:
        known = exercises.problems(assembled.steps)
        problem, each = assembled.problems[0], verdicts(assembled.exercises, assembled.steps, known, [], 0)
    else:
        problem, each = _run(root, module, assembled)
    problem = problem or _import(root, module, assembled)
    assembled.remarks += [remark for step in assembled.answers for remark in exercises.remarks(step, problem)]
    return Judged(module, assembled, problem, each, exercises.unwritten(student, released), time.monotonic() - start)


def finished(root: Path, module: Module) -> Assembled:
    """What an export as it stands would hold, without running anything. Raises TitoError for what it would lack."""
    assembled = assemble(*_pair(root, module, read(root, module)), released_name(module))
    if assembled.problems:
        raise TitoError(assembled.problems[0])
    done, total = exercises.answered(assembled), len(assembled.exercises)
    if done < total:
        raise TitoError(f"{total - done} of {total} exercises {'is' if total - done == 1 else 'are'} not solved yet")
    return assembled


def _pair(root: Path, module: Module, text: bytes) -> tuple[dict, dict | None]:
    """The student's notebook and the one that was released."""
    path, released = module.notebook(root), released_notebook(root, module)
    student, original = parse(text, path), load(released) if released else None
    if original and not _graded(original) & {*map(grade_id_of, settle(student["cells"], original["cells"])[0])}:
        raise TitoError(f"{path} is not the notebook of this module: none of its exercises is in it.")
    return student, original


def read(root: Path, module: Module) -> bytes:
    """The notebook as saved on disk."""
    try:
        return module.notebook(root).read_bytes()
    except FileNotFoundError:
        raise absent(root, module) from None


def absent(root: Path, module: Module) -> TitoError:
    """What to say when a module has no notebook here."""
    if released_notebook(root, module):
        return TitoError(f"There is no {module.notebook(root)}: tito module start {module.number:02} brings it back.")
    return TitoError(f"{module.id} is not in this edition: tito module list shows what it holds.")


def _graded(notebook: dict) -> set[str | None]:
    """The names of exercises and tests; those of given cells are the same in many notebooks."""
    return {cell.grade_id for cell in cells_of(notebook) if cell.role in ("answer", "test")}


def _run(root: Path, module: Module, assembled: Assembled) -> tuple[str, list[Verdict]]:
    """The reason of the first failure, or nothing, and a verdict for each exercise.

    What works is run once more as grading does, without the student's own cells: nobody passes here and fails there.
    """
    steps, known = assembled.steps, exercises.problems(assembled.steps)
    end = _worth_running(steps, known)
    failures = list(_failures(root, module, steps[:end], steps))
    each = verdicts(assembled.exercises, steps, known, failures, end)
    if reasons := {failed.position: failed.reason for failed in failures} | known:
        first = min(reasons)
        alone = steps[first].own and all(verdict.state == SOLVED for verdict in each)
        mend = "\nEvery exercise is solved: mend or delete that cell, and nothing prevents the export." if alone else ""
        return f"{steps[first].place}: {reasons[first]}{mend}", each
    graded = [step for step in steps if step.graded]
    if failures := list(_failures(root, module, graded, graded)):
        first = failures[0]
        return (f"{graded[first.position].place}: it works only with the help of a cell that grading does not read: "
                f"write what counts in the answer cells. Without the others, {first.reason}",
                verdicts(assembled.exercises, graded, {}, failures, len(graded)))
    return "", each


def _worth_running(steps: list[Step], known: dict[int, str]) -> int:
    """How many cells to run: to the last that checks an exercise with an answer, and to the first that cannot count."""
    blank = {steps[place].cell.grade_id for place in known}
    checked = [place for place, names in enumerate(owners(steps), start=1) if {*names} - blank]
    return max([min(known), *checked]) if known else len(steps)


def _import(root: Path, module: Module, assembled: Assembled) -> str:
    """Why the file that this notebook exports does not import, where there is no more than grading has."""
    problem = import_problem(root, module, exported_text(as_bytes(assembled.notebook), module))
    return f"every cell works, but not as a file of the package: {problem}" if problem else ""


def _failures(root: Path, module: Module, ready: list[Step], steps: list[Step]) -> Iterator[Failed]:
    """Every cell of `ready` that stops. The run ends at one without which the others tell nothing."""
    if not ready:
        return
    owned, good, bad = owners(steps), set(), set()         # exercises of which a check passed, or failed
    begun = False                                          # whether the first exercise has been reached
    with (console.progress(len(ready), module.id, timed=False) as advance,
          fresh_kernel(root, module.notebook(root).parent) as kernel):
        for position, step in enumerate(ready):
            begun = begun or step.cell.role == "answer"
            failure = kernel.run(step.cell.source) if step.cell.source.strip() else None
            if failure and not _may_fail(step):
                final = not begun or failure.name in ("CellTimeout", "DeadKernel")
                bad.update(owned[position])
                blamed = culprit(failure, position, steps, good - bad)
                yield Failed(position, explain(failure, position, steps, module, good - bad), blamed, final)
                bad.add(blamed)
                if final:
                    return
            elif step.cell.role != "answer":
                good.update(owned[position])
            advance(step.heading)


def _may_fail(step: Step) -> bool:
    """Cells that show an error on purpose carry Jupyter's tag for it; answers and tests never do."""
    return step.cell.role in ("free", "given") and "raises-exception" in step.cell.tags
