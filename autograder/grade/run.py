"""`tito grade`: every submission that has no grade yet, or whose grade no longer follows from what lies there.

The plan reads course and gradebook and makes a job of each submission, workers examine the jobs, and what they found is
merged into the gradebook: plan and merge in this process, one after the other, the workers beside it. A student's
modules are graded in order, because the later ones stand on the earlier, and students side by side. Last of all comes
the graded notebook. Where that is missing or its fingerprint does not fit, the submission is graded (again), so a run
can be stopped at any moment and started again.
"""
from collections import Counter
from dataclasses import dataclass, field

from autograder.collect.roster import Roster
from autograder.examine.grader import sandbox_problem
from autograder.grade.changes import Change, changes, keep
from autograder.grade.copies import Copies
from autograder.grade.examine import examine, why
from autograder.grade.fan_out import fan_out
from autograder.grade.job import Job, Row
from autograder.grade.lateness import write_penalties
from autograder.grade.merge import Merger
from autograder.grade.plan import Planner, to_grade
from autograder.grade.policy import Policy
from autograder.grade.proof import prove
from autograder.grade.safeguard import safeguarded
from autograder.grade.workers import OnDask, WorkerLost, open_pool
from autograder.records.classroom import Classroom, one_at_a_time
from autograder.records.database import gradebook_fault
from autograder.records.gradebook import gradebook
from autograder.records.settings import read_settings
from autograder.records.submission import Submission
from autograder.release.notebook import ensure_released
from autograder.students.names import write_names
from tito import console
from tito.course import Module, available
from tito.errors import TitoError
from tito.files import write_whole
from tito.student_id import student_id


@dataclass
class Outcome:
    """What a run did: counts per module, a line per submission that got no grade, points won and lost, copies."""
    graded: Counter = field(default_factory=Counter)
    current: Counter = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.graded.total() + self.current.total() + len(self.failed)


def grade_class(classroom: Classroom, modules: list[Module], policy: Policy, sandboxed: bool,
                student: str | None = None, workers: int = 1, scheduler: str | None = None,
                again: bool = False) -> Outcome:
    """Grade what the chosen modules need: on `workers` processes of this machine, or on those of a dask scheduler.

    again: what is graded already, too.
    """
    if sandboxed and not scheduler and (problem := sandbox_problem()):
        raise TitoError(problem)
    read_settings(classroom.folder)                    # a mistake in it is told before hours of work, not after
    students = [student_id(student)] if student else classroom.students()
    work = [to_grade(classroom, name, modules, policy) for name in students]
    if student and not any(work):
        raise TitoError(f"{student} has submitted none of {', '.join(m.id for m in modules)} "
                        f"({classroom.folder / 'submitted' / student}).")
    with one_at_a_time(classroom):
        return grade_work(classroom, work, policy, sandboxed, workers, scheduler, again)


def grade_work(classroom: Classroom, work: list[list[Submission]], policy: Policy, sandboxed: bool, workers: int,
               scheduler: str | None, again: bool) -> Outcome:
    """work: each student's submissions, in order."""
    handed_in = {submission.module for chain in work for submission in chain}
    submitted = [module for module in available(classroom.root) if module in handed_in]
    ensure_released(classroom, submitted)
    outcome, total = Outcome(), sum(map(len, work))
    try:
        with safeguarded(classroom) as held, gradebook(classroom) as book, \
                open_pool(examine, min(workers, len(work)), scheduler) as pool:
            if sandboxed and scheduler:
                check_sandboxes(pool)
            planner = Planner(classroom, book, held, policy, sandboxed, again)
            prove(pool, planner, submitted)
            with console.progress(total, "grading") as advance:
                run = Run(planner, Merger(book), outcome, advance)
                fan_out(pool, work, run.prepare, run.settle)
        write_penalties(classroom, submitted, read_settings(classroom.folder))
        write_names(classroom, Roster(classroom.folder / "roster.csv"))
    except KeyboardInterrupt:
        raise TitoError(f"Stopped: {outcome.done} of {total} submissions are done and stay. "
                        "The same command goes on with the rest.", exit_code=130) from None
    return outcome


def check_sandboxes(pool: OnDask) -> None:
    for address, problem in pool.ask_all(sandbox_problem).items():
        if problem:
            raise TitoError(f"The worker {address} cannot grade safely. {problem}")


class Run:
    """One student's trouble is recorded as that student's failure, and the run goes on."""

    def __init__(self, planner: Planner, merger: Merger, outcome: Outcome, advance):
        self.planner, self.merger, self.outcome, self.advance = planner, merger, outcome, advance
        self.copies = Copies(planner.classroom)

    def prepare(self, submission: Submission) -> Job | None:
        try:
            job = self.planner.job(submission)
        except Exception as error:
            return self.fail(submission, error)
        if job is None:
            self.outcome.current[submission.module.id] += 1
            self.advance(str(submission))
        return job

    def settle(self, submission: Submission, job: Job, row: Row | WorkerLost) -> None:
        try:
            if isinstance(row, WorkerLost):
                raise row
            if not row.failure and (before := submission.graded()):
                self.note(submission, changes(submission, before.provenance, row.scores, job.checksum, job.graded_at))
            self.merger.merge(submission, job, row)
            self.outcome.copies += self.copies.find(submission, job, row)
            self.outcome.graded[submission.module.id] += 1
            self.advance(str(submission))
        except Exception as error:
            self.fail(submission, error)

    def note(self, submission: Submission, found: list[Change]) -> None:
        if found:
            keep(submission.classroom, found)
            self.outcome.changes += found

    def fail(self, submission: Submission, error: Exception) -> None:
        if fault := gradebook_fault(submission.classroom, error):
            raise fault from None                # nobody's submission is to blame, and the next one would fail as well
        reason = why(error)
        self.outcome.failed.append(f"{submission}: {reason}")
        if not isinstance(error, OSError):
            write_whole(submission.failure, reason + "\n")
        self.advance(str(submission))
