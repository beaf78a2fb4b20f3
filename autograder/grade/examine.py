"""One submission, from its bytes to a graded notebook: what a worker does.

It reads no file of the course and writes none, and everything that a submission touches is made for it alone.
"""
import json
import time
from collections.abc import Mapping
from dataclasses import replace

from autograder.collect.rebuild import rebuild
from autograder.examine import student_code
from autograder.examine.grader import GraderError, Result, sandbox_name, sandbox_problem
from autograder.grade.job import Foundation, Job, Kept, Row
from autograder.grade.policy import Policy
from autograder.grade.verdicts import codes_of, run_tests, tests_of, write_outputs
from autograder.records.provenance import Provenance, first_line, stamp
from tito import console
from tito.errors import TitoError
from tito.notebooks import as_bytes, cells_of

MENDED = 2      # times that modules of the student's own which do not import are replaced; after that, all of them are


def examine(job: Job) -> Row:
    """The graded notebook and its scores. Whatever goes wrong is this submission's failure, and told."""
    try:
        if job.sandboxed and (problem := sandbox_problem()):      # once a process; what it loads, every fork then has
            raise TitoError(problem)
        return grade_notebook(job)
    except Exception as error:
        return Row(failure=why(error))


def why(error: Exception) -> str:
    """The reason for which a submission got no grade, in one line."""
    match error:
        case TitoError():
            reason = str(error)
        case GraderError():
            reason = f"no score was saved, the grader failed: {error}"
        case _:
            reason = f"no score was saved, the grader failed: {error!r}"
    return console.one_line(" ".join(reason.split()))


def grade_notebook(job: Job) -> Row:
    assignment = job.assignment
    notebook, remarks = rebuild(json.loads(assignment.release), job.handed_in)
    put_in_hidden_tests(notebook, assignment.cells)
    result, base = run_on_what_imports(job, notebook)
    write_outputs(notebook, result)
    remarks = tuple(dict.fromkeys([*job.remarks, *remarks, *left_out(result)]))
    scores = {verdict.test: (verdict.points, verdict.max_points) for verdict in result.verdicts}
    seconds = {verdict.test: round(verdict.seconds, 3) for verdict in result.verdicts}
    stamp(notebook, Provenance(job.policy.value, job.sandboxed, job.graded_at, job.fingerprint, base.stands, remarks,
                               scores, result.cell_errors,
                               sandbox_name() if job.sandboxed else "", seconds, job.checksum))
    return row(notebook, scores, assignment.cells)


def put_in_hidden_tests(notebook: dict, kept: Mapping[str, Kept]) -> None:
    for cell in notebook["cells"]:
        info = cell["metadata"].get("nbgrader", {})
        if source := kept.get(info.get("grade_id")):
            info["checksum"] = source.checksum
            if source.locked:
                cell["source"] = source.source


def run_on_what_imports(job: Job, notebook: dict) -> tuple[Result, Foundation]:
    """What the tests said, and what they stood on: of the student's modules, those that import."""
    assignment, base, cells = job.assignment, job.base, cells_of(notebook)
    end = time.monotonic() + student_code.SUBMISSION_SECONDS           # of all passes together
    for mended in range(MENDED + 2):
        stands_in = any(stand.used == "reference" for stand in base.stands)
        result = run_tests(assignment.module, codes_of(cells), tests_of(cells), base.package, list(assignment.names),
                           job.sandboxed, stands_in, end)
        errors = result.cell_errors if job.policy is Policy.fallback else {}
        better = without_broken(base, errors, assignment.references, all_of_them=mended == MENDED)
        if better == base:
            break
        base = better
    return result, base


def without_broken(base: Foundation, errors: Mapping[str, str], references: Mapping[str, str],
                   all_of_them: bool = False) -> Foundation:
    """With the reference in the place of what was the student's own and did not import; errors: by "tinytorch.NAME".

    all_of_them: if any did not, none of the student's own stays.
    """
    broken = {stand.module: errors[name] for stand in base.stands
              if stand.used == "own" and (name := f"tinytorch.{name_of(stand.module)}") in errors}
    if broken and all_of_them:
        reason = next(iter(broken.values()))
        broken = {stand.module: broken.get(stand.module, reason) for stand in base.stands if stand.used == "own"}
    reasons = {module: f"as a file it does not run: {first_line(error)}" for module, error in broken.items()}
    stands = tuple(replace(stand, used="reference", why=reasons[stand.module]) if stand.module in broken else stand
                   for stand in base.stands)
    package = {**base.package, **{name_of(module): references[name_of(module)] for module in broken}}
    return Foundation(stands, package)


def name_of(module: str) -> str:
    """01_tensor -> tensor"""
    return module.partition("_")[2]


def left_out(result: Result) -> list[str]:
    return [f"Lines that only a notebook can run (magics, shell commands, help, display) were left out of "
            f"{', '.join(result.left_out)}."] if result.left_out else []


def row(notebook: dict, scores: Mapping[str, tuple[float, float]], kept: Mapping[str, Kept]) -> Row:
    """nbgrader's rules: an answer as it was released has no points and a comment, and a person reads the others."""
    found, comments = {}, {}
    for cell in cells_of(notebook):
        untouched = cell.grade_id in kept and cell.source == kept[cell.grade_id].source
        if cell.role == "test":
            found[cell.grade_id] = float(scores[cell.grade_id][0])
        if cell.role == "written":
            found[cell.grade_id] = 0.0 if untouched else None
        if cell.role in ("answer", "written"):
            comments[cell.grade_id] = "No response." if untouched else None
    return Row(notebook=as_bytes(notebook), scores=found, comments=comments)
