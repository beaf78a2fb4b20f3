"""`tito grade`: every submission that has no grade yet, or whose grade no longer follows from what lies there.

One submission at a time: rebuild it from the release, restore locked cells and hidden tests from the gradebook, run the
tests in the sandbox, save scores, and last of all write the graded notebook. Where that is missing or its fingerprint
does not fit, the submission is graded (again), so a run can be stopped at any moment and started again.
"""
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import nbformat
from nbgrader import preprocessors as pp

from autograder.collect.rebuild import rebuild
from autograder.collect.roster import Roster
from autograder.examine.grader import Result, sandbox_problem
from autograder.grade.foundation import Foundation, foundation, without_broken
from autograder.grade.hand_scores import hand_scores, keep_hand_scores
from autograder.grade.lateness import write_penalties
from autograder.grade.nbgrader_step import SandboxedTests
from autograder.grade.policy import Policy
from autograder.records.classroom import Classroom, one_at_a_time
from autograder.records.files import read_notebook
from autograder.records.gradebook import enter, entered, resources
from autograder.records.provenance import Provenance, as_metadata, fingerprint
from autograder.records.reference import public_names
from autograder.records.settings import read_settings
from autograder.records.submission import Submission
from autograder.release.notebook import ensure_released, run
from autograder.students.names import write_names
from tito import console
from tito.course import Module, available
from tito.errors import TitoError
from tito.files import write_whole
from tito.handed_in import MAX_BYTES
from tito.student_id import student_id


@dataclass
class Outcome:
    """What a run did: counts per module, and one line per submission that got no grade."""
    graded: Counter = field(default_factory=Counter)
    current: Counter = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


def grade_class(classroom: Classroom, modules: list[Module], policy: Policy, sandboxed: bool,
                student: str | None = None) -> Outcome:
    """Grade what the chosen modules need, student by student, each student's modules in order."""
    if sandboxed and (problem := sandbox_problem()):
        raise TitoError(problem)
    read_settings(classroom.folder)                    # a mistake in it is told before hours of work, not after
    students = [student_id(student)] if student else classroom.students()
    work = [submission for name in students for submission in to_grade(classroom, name, modules, policy)]
    if student and not work:
        raise TitoError(f"{student} has submitted none of {', '.join(m.id for m in modules)} "
                        f"({classroom.folder / 'submitted' / student}).")
    with one_at_a_time(classroom):
        return grade_work(classroom, work, policy, sandboxed)


def to_grade(classroom: Classroom, student: str, wanted: list[Module], policy: Policy) -> list[Submission]:
    """What the student submitted of the wanted modules, and of the earlier ones that their grades stand on."""
    every = [Submission(classroom, student, module) for module in available(classroom.root)]
    there = [submission for submission in every if submission.exists()]
    last = max((one.module.number for one in there if one.module in wanted), default=0)
    return [one for one in there if one.module in wanted
            or policy is not Policy.reference and one.module.number < last]


def grade_work(classroom: Classroom, work: list[Submission], policy: Policy, sandboxed: bool) -> Outcome:
    submitted = {submission.module for submission in work}
    ensure_released(classroom, [module for module in available(classroom.root) if module in submitted])
    outcome, known = Outcome(), entered(classroom)
    try:
        with console.progress(len(work), "grading") as advance:
            for submission in work:
                grade_or_say_why(submission, policy, sandboxed, submission in known, outcome)
                advance(str(submission))
        write_penalties(classroom, sorted(submitted, key=lambda module: module.number), read_settings(classroom.folder))
        write_names(classroom, Roster(classroom.folder / "roster.csv"))
    except KeyboardInterrupt:
        done = outcome.graded.total() + outcome.current.total() + len(outcome.failed)
        raise TitoError(f"Stopped: {done} of {len(work)} submissions are done and stay. "
                        "The same command goes on with the rest.", exit_code=130) from None
    return outcome


def grade_or_say_why(submission: Submission, policy: Policy, sandboxed: bool, known: bool, outcome: Outcome) -> None:
    """One student's trouble is recorded as that student's failure, and the run goes on."""
    try:
        student_id(submission.student)
        fresh = grade_submission(submission, policy, sandboxed, known)
        submission.failure.unlink(missing_ok=True)
        (outcome.graded if fresh else outcome.current)[submission.module.id] += 1
    except Exception as error:
        reason = str(error) if isinstance(error, TitoError) else f"no score was saved, the grader failed: {error!r}"
        reason = console.one_line(" ".join(reason.split()))
        outcome.failed.append(f"{submission}: {reason}")
        if not isinstance(error, OSError):
            write_whole(submission.failure, reason + "\n")


def grade_submission(submission: Submission, policy: Policy, sandboxed: bool, known: bool) -> bool:
    """Grade one submission, unless it is graded already. Says whether it was graded now.

    It is graded already if nothing that decides its grade has changed, and it is known to the gradebook.
    """
    handed_in = submission.read(MAX_BYTES)
    release = read_notebook(submission.classroom.released(submission.module))
    base = foundation(submission, policy)
    receipt = submission.receipt(handed_in)
    remarks = receipt.remarks if receipt else []
    mark = fingerprint(handed_in.decode("latin-1"), release["metadata"]["tinytorch"], policy.value, sandboxed,
                       base.package, [str(stand) for stand in base.stands], remarks)
    before = submission.graded()
    if known and before and before.provenance.fingerprint == mark and not submission.failure.exists():
        return False

    rebuilt, more = rebuild(release, handed_in)
    enter(submission, submission.handed_in_at(handed_in))
    waiting = hand_scores(submission) if before else {}
    notebook, result, base = run_tests_and_save_scores(submission, rebuilt, base, policy, sandboxed)
    more += left_out(result)
    if waiting:
        more += keep_hand_scores(submission, before.notebook, notebook, waiting)
    remarks = list(dict.fromkeys(remarks + more))
    scores = {verdict.test: (verdict.points, verdict.max_points) for verdict in result.verdicts}
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    provenance = Provenance(policy.value, sandboxed, now, mark, base.stands, remarks, scores, result.cell_errors)
    notebook.metadata["tinytorch"] = {"provenance": as_metadata(provenance)}
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(provenance.markdown(), id="provenance"))
    write_whole(submission.autograded, nbformat.writes(notebook) + "\n")
    return True


def run_tests_and_save_scores(submission: Submission, rebuilt: dict, base: Foundation, policy: Policy,
                              sandboxed: bool) -> tuple[nbformat.NotebookNode, Result, Foundation]:
    """The graded notebook, what the tests said, and what it stands on: of the student's modules, those that import."""
    context = resources(submission.classroom, submission.module.id, submission.student)
    while True:
        stands_in = any(stand.used == "reference" for stand in base.stands)
        names = names_up_to(submission.classroom, submission.module)
        tests = SandboxedTests(submission.module.name, base.package, names, sandboxed, stands_in)
        tested = run([pp.OverwriteKernelspec(), pp.OverwriteCells(), tests], nbformat.from_dict(rebuilt), context)
        better = without_broken(submission, base, tests.result.cell_errors) if policy is Policy.fallback else base
        if better == base:
            return run([pp.LimitOutput(), pp.SaveAutoGrades()], tested, context), \
                tests.result, base
        base = better


def left_out(result: Result) -> list[str]:
    return [f"Lines that only a notebook can run (magics, shell commands, help, display) were left out of "
            f"{', '.join(result.left_out)}."] if result.left_out else []


@cache
def names_up_to(classroom: Classroom, module: Module) -> list[str]:
    """The public names that tests of a module may use: its own and those of earlier modules."""
    return public_names(classroom.root, [m for m in available(classroom.root) if m.number <= module.number])
