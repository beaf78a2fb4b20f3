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

from autograder.collect.rebuild import MAX_BYTES, rebuild
from autograder.examine import grader
from autograder.grade.hand_scores import hand_scores, keep_hand_scores
from autograder.grade.nbgrader_step import SandboxedTests
from autograder.grade.policy import Policy, stand_for
from autograder.records.classroom import Classroom, one_at_a_time, student_id
from autograder.records.collected import handed_in_at, recall
from autograder.records.files import read_notebook, read_untrusted
from autograder.records.gradebook import entered, gradebook, resources
from autograder.records.provenance import Provenance, as_metadata, fingerprint, read_provenance
from autograder.records.reference import public_names
from autograder.release.notebook import ensure_released, run
from tito import console
from tito.course import Module, available
from tito.errors import TitoError
from tito.files import write_whole


@dataclass
class Outcome:
    """What a run did: counts per module, and one line per submission that got no grade."""
    graded: Counter = field(default_factory=Counter)
    current: Counter = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


def grade_class(classroom: Classroom, modules: list[Module], policy: Policy, sandboxed: bool,
                student: str | None = None) -> Outcome:
    """Grade what the chosen modules need, student by student, each student's modules in order."""
    if sandboxed and (problem := grader.sandbox_problem()):
        raise TitoError(problem)
    students = [student_id(student)] if student else classroom.students()
    work = [(name, module) for name in students for module in modules_to_grade(classroom, name, modules, policy)]
    if student and not work:
        raise TitoError(f"{student} has submitted none of {', '.join(m.id for m in modules)} "
                        f"({classroom.folder / 'submitted' / student}).")
    with one_at_a_time(classroom):
        return grade_work(classroom, work, policy, sandboxed)


def grade_work(classroom: Classroom, work: list[tuple[str, Module]], policy: Policy, sandboxed: bool) -> Outcome:
    ensure_released(classroom, [module for module in available(classroom.root) if module in {m for _, m in work}])
    outcome, known = Outcome(), entered(classroom)
    try:
        with console.progress(len(work), "grading") as advance:
            for name, module in work:
                grade_or_say_why(classroom, name, module, policy, sandboxed, (name, module.id) in known, outcome)
                advance(f"{name} {module.id}")
    except KeyboardInterrupt:
        done = outcome.graded.total() + outcome.current.total() + len(outcome.failed)
        raise TitoError(f"Stopped: {done} of {len(work)} submissions are done and stay. "
                        "The same command goes on with the rest.", exit_code=130) from None
    return outcome


def modules_to_grade(classroom: Classroom, student: str, wanted: list[Module], policy: Policy) -> list[Module]:
    """The wanted modules that the student submitted, and the earlier ones that their grades stand on."""
    submitted = [m for m in available(classroom.root) if classroom.has_submitted(student, m)]
    last = max((m.number for m in submitted if m in wanted), default=0)
    return [m for m in submitted if m in wanted or policy is not Policy.reference and m.number < last]


def grade_or_say_why(classroom: Classroom, student: str, module: Module, policy: Policy, sandboxed: bool, known: bool,
                     outcome: Outcome) -> None:
    """One student's trouble is recorded as that student's failure, and the run goes on."""
    failure = classroom.failure(student, module)
    try:
        student_id(student)
        fresh = grade_submission(classroom, student, module, policy, sandboxed, known)
        failure.unlink(missing_ok=True)
        (outcome.graded if fresh else outcome.current)[module.id] += 1
    except Exception as error:
        reason = str(error) if isinstance(error, TitoError) else f"no score was saved, the grader failed: {error!r}"
        reason = console.one_line(" ".join(reason.split()))
        outcome.failed.append(f"{student} {module.id}: {reason}")
        if not isinstance(error, OSError):
            write_whole(failure, reason + "\n")


def grade_submission(classroom: Classroom, student: str, module: Module, policy: Policy, sandboxed: bool,
                     known: bool) -> bool:
    """Grade one submission, unless it is graded already. Says whether it was graded now.

    It is graded already if nothing that decides its grade has changed, and it is known to the gradebook.
    """
    raw = read_untrusted(classroom.submitted(student, module), classroom.folder, MAX_BYTES)
    release = read_notebook(classroom.released(module))
    earlier = [m for m in module.earlier() if m in available(classroom.root)]
    found = {m.name: stand_for(classroom, student, m, policy) for m in earlier}
    package = {name: source for name, (_, source) in found.items() if source is not None}
    stands = [stand for stand, _ in found.values()]
    record = recall(classroom, student, module, raw)
    remarks = record.remarks if record else []
    mark = fingerprint(raw.decode("latin-1"), release["metadata"]["tinytorch"], policy.value, sandboxed, package,
                       [str(stand) for stand in stands], remarks)
    before = read_provenance(classroom, student, module)
    if known and before and before[0].fingerprint == mark and not classroom.failure(student, module).exists():
        return False

    rebuilt, more = rebuild(release, raw)
    remarks = remarks + more
    enter_submission(classroom, student, module, raw)
    stands_in = any(stand.used == "reference" for stand in stands)
    tests = SandboxedTests(module.name, package, names_up_to(classroom, module), sandboxed, stands_in)
    told = resources(classroom, module.id, student)
    steps = [pp.OverwriteKernelspec(), pp.OverwriteCells(), tests, pp.LimitOutput(), pp.SaveAutoGrades(),
             pp.AssignLatePenalties()]
    waiting = hand_scores(classroom, student, module) if before else {}
    notebook = run(steps, nbformat.from_dict(rebuilt), told)
    if waiting:
        remarks = remarks + keep_hand_scores(classroom, student, module, before[1], notebook, waiting)
    scores = {verdict.test: (verdict.points, verdict.max_points) for verdict in tests.result.verdicts}
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    provenance = Provenance(policy.value, sandboxed, now, mark, stands, remarks, scores, tests.result.cell_errors)
    notebook.metadata["tinytorch"] = {"provenance": as_metadata(provenance)}
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(provenance.markdown(), id="provenance"))
    write_whole(classroom.autograded(student, module), nbformat.writes(notebook) + "\n")
    return True


def enter_submission(classroom: Classroom, student: str, module: Module, raw: bytes) -> None:
    when = handed_in_at(classroom, student, module, raw)
    with gradebook(classroom) as book:
        book.update_or_create_student(student)
        book.update_or_create_submission(module.id, student, timestamp=when and when.replace(tzinfo=None))


@cache
def names_up_to(classroom: Classroom, module: Module) -> list[str]:
    """The public names that tests of a module may use: its own and those of earlier modules."""
    return public_names(classroom.root, [m for m in available(classroom.root) if m.number <= module.number])
