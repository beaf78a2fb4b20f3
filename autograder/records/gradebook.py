"""nbgrader's gradebook of a class, and the configuration that nbgrader's own interface reads."""
import warnings
from contextlib import contextmanager
from pathlib import Path

from autograder.records.classroom import Classroom
from autograder.records.database import faults_told, make_ready
from autograder.records.submission import Submission
from tito.course import MODULES
from tito.files import write_whole

COURSE_ID = "tinytorch"

# How nbconvert shows what students wrote. Names, not objects: where they cannot be imported, nbgrader shows nothing.
HTML_EXPORTER = {
    "filters": {"markdown2html": "autograder.report.clean.clean_html",
                "highlight_code": "autograder.report.clean.highlight_code"},
    "preprocessors": ["autograder.report.clean.OnlyPlain"],
}
CONFIG = """\
# Written by tito at every command on this course; what you change here is lost.
c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.root = {folder!r}
c.CourseDirectory.db_url = {db_url!r}
c.CourseDirectory.source_directory = {source!r}
# What students wrote is cleaned before Formgrader shows it.
c.HTMLExporter.update({exporter!r})
# These steps are tito's: nbgrader's own would run students' code unprotected and give hidden tests away.
c.Autograde.exporter_class = "autograder.report.refusals.Refused"
c.GenerateFeedback.exporter_class = "autograder.report.refusals.Refused"
c.GenerateAssignment.exporter_class = "autograder.report.refusals.Refused"
c.ExchangeFactory.collect = "autograder.report.refusals.Collect"
c.ExchangeFactory.release_feedback = "autograder.report.refusals.ReleaseFeedback"
"""


@contextmanager
def gradebook(classroom: Classroom):
    """The class's gradebook, made if it is not there yet, closed on leaving."""
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SAWarning

    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")   # about nbgrader's own sessions
    with faults_told(classroom):
        make_ready(classroom)
        write_config(classroom)
        with Gradebook(classroom.db_url, COURSE_ID) as book:
            yield book


def scores_in(classroom: Classroom) -> dict[Submission, dict[str, float | None]]:
    """The automatic points of every submission that this gradebook holds, by test."""
    from nbgrader.api import Assignment, BaseCell, Grade, SubmittedAssignment, SubmittedNotebook
    from sqlalchemy import select

    modules, scores = {module.id: module for module in MODULES}, {}
    with gradebook(classroom) as book:
        rows = book.db.execute(
            select(SubmittedAssignment.student_id, Assignment.name, BaseCell.name, Grade.auto_score)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id).join(BaseCell, BaseCell.id == Grade.cell_id))
        for student, module, cell, points in rows:
            if module in modules:
                scores.setdefault(Submission(classroom, student, modules[module]), {})[cell] = points
    return scores


def entry(book, submission: Submission):
    """nbgrader's entry of a submission's notebook, with its points."""
    return book.find_submission_notebook(submission.module.id, submission.module.id, submission.student)


def resources(classroom: Classroom, assignment: str, student: str = "") -> dict:
    """What nbgrader's preprocessors ask to be told."""
    return {"nbgrader": {"assignment": assignment, "notebook": assignment, "student": student,
                         "db_url": classroom.db_url}, "unique_key": assignment}


def write_config(classroom: Classroom) -> None:
    """The file in the course folder that Formgrader and nbgrader's commands read."""
    path = classroom.folder / "nbgrader_config.py"
    text = CONFIG.format(course_id=COURSE_ID, folder=str(classroom.folder), db_url=classroom.db_url,
                         source=str(classroom.root / "notebooks"), exporter=HTML_EXPORTER)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text, mode=0o600)            # the URL may hold a password


def configured(course) -> Classroom:
    """The classroom of which nbgrader, its `CourseDirectory`, has read that file."""
    return Classroom.at(Path(course.source_directory).parent, Path(course.root), course.db_url)
