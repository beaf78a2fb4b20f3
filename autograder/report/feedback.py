"""`tito feedback`: one HTML page per graded submission, rendered by workers as submissions are graded.

This process reads graded notebooks and marks, and writes the pages.
"""
from autograder.collect.roster import Roster
from autograder.grade.fan_out import fan_out
from autograder.grade.lateness import Lateness, how_late
from autograder.grade.workers import open_pool
from autograder.records.classroom import Classroom
from autograder.records.database import gradebook_fault
from autograder.records.gradebook import gradebook
from autograder.records.settings import Settings, read_settings
from autograder.records.submission import Submission
from autograder.report.page import Marks, PageJob, Student, page
from autograder.report.readings import grades_of, reading_of, waiting_in
from tito import console
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.student_id import student_id


def write_feedback(classroom: Classroom, modules: list[Module], student: str | None = None, workers: int = 1,
                   scheduler: str | None = None) -> tuple[int, list[str]]:
    """Write the pages of everybody who has a grade. Returns how many, and a line for each that could not be made."""
    names = [student_id(student)] if student else classroom.students()
    every = [Submission(classroom, name, module) for name in names for module in modules]
    work = [submission for submission in every if submission.autograded.is_file()]
    if student and not work:
        raise TitoError(f"{student} has no grade in these modules: tito grade first.")
    called, settings = Roster(classroom.folder / "roster.csv").called(), read_settings(classroom.folder)
    with console.progress(len(work), "feedback") as advance, gradebook(classroom) as book, \
            open_pool(render, min(workers, len(work)), scheduler) as pool:
        run = Run(book, called, settings, advance)
        fan_out(pool, [[submission] for submission in work], run.prepare, run.settle)
    return len(work) - len(run.failed), run.failed


def render(job: PageJob) -> str | Exception:
    try:
        return page(job)
    except Exception as error:
        return error


class Run:
    """One student's trouble costs that student's page, and is told."""

    def __init__(self, book, called: dict[str, str], settings: Settings, advance):
        self.book, self.called, self.settings, self.advance, self.failed = book, called, settings, advance, []

    def prepare(self, submission: Submission) -> PageJob | None:
        try:
            if submission.failure.is_file():
                raise TitoError("the last grading failed, and the grade is of an earlier one: "
                                "tito grades show says why.")
            student = Student(submission.student, self.called.get(submission.student, ""))
            marks = marks_of(self.book, submission, how_late(submission, self.settings))
            return PageJob(submission.module.id, student, submission.autograded.read_bytes(), marks)
        except Exception as error:
            return self.fail(submission, error)

    def settle(self, submission: Submission, job: PageJob, result: str | Exception) -> None:
        try:
            if isinstance(result, Exception):
                raise result
            write_whole(submission.feedback, result)
            self.advance(str(submission))
        except Exception as error:
            self.fail(submission, error)

    def fail(self, submission: Submission, error: Exception) -> None:
        if fault := gradebook_fault(submission.classroom, error):
            raise fault from None                # no page can be made, and this submission is not to blame
        reason = str(error) if isinstance(error, TitoError) else f"{type(error).__name__}: {error}"
        self.failed.append(f"{submission}: no feedback, {reason}")
        self.advance(str(submission))


def marks_of(book, submission: Submission, late: Lateness) -> Marks:
    """Raises TitoError for a submission of which this gradebook has no points, or others than its graded notebook."""
    from nbgrader.api import Assignment, BaseCell, Comment, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import select

    grades = grades_of(book, submission)
    comments = {name: comment for name, comment in book.db.execute(
        select(BaseCell.name, Comment.comment).join(BaseCell, BaseCell.id == Comment.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Comment.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == submission.module.id, SubmittedAssignment.student_id == submission.student))}
    points = {grade.name: (grade.score, grade.max_score) for grade in grades}
    readings = {grade.name: reading_of(grade, grade.name in comments) for grade in grades}      # answers have comments
    return Marks(points, comments, late, readings, waiting_in(grades))
