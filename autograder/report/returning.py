"""`tito feedback --zip`: the pages under the names by which a learning platform hands them to its students.

Moodle takes a zip of the folders that its own download had, Canvas a zip of files called as in its download; both know
students by the numbers in these names, which collection kept. Everybody else gets a folder of their own.
"""
import io
import zipfile
from pathlib import Path

from autograder.collect.platforms import CANVAS, MOODLE
from autograder.records.classroom import Classroom
from autograder.records.submission import Submission
from autograder.report.grades import keep_older
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole


def zip_pages(classroom: Classroom, modules: list[Module], out: Path,
              student: str | None = None) -> tuple[int, list[str]]:
    """Write the zip. Gives how many pages are in it, and remarks."""
    names = {submission: platforms_name(submission) for submission in with_pages(classroom, modules, student)}
    of_platforms = {submission.module.id for submission, name in names.items() if name}
    if of_platforms and len({submission.module for submission in names}) > 1:
        raise TitoError("Moodle and Canvas take the feedback of one assignment at a time: name its module, such as "
                        f"{min(of_platforms)[:2]}.", exit_code=2)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for submission, name in names.items():
            archive.writestr(name or f"{submission.student}/{submission.module.id}.html",
                             submission.feedback.read_bytes())
    kept = keep_older(out)
    write_whole(out, content.getvalue())
    own = sorted(submission.student for submission, name in names.items() if not name)
    remarks = [f"in a folder of their own, because no download of Moodle or Canvas named them: {', '.join(own)}."
               ] if of_platforms and own else []
    return len(names), remarks + ([f"the older file is kept as {kept.name}."] if kept else [])


def with_pages(classroom: Classroom, modules: list[Module], student: str | None) -> list[Submission]:
    """All whose page is of their grade. Raises TitoError if there are none."""
    every = [Submission(classroom, name, module) for module in modules
             for name in ([student] if student else classroom.students())]
    found = [submission for submission in every if submission.feedback.is_file() and submission.autograded.is_file()
             and not submission.failure.is_file()]
    if not found:
        raise TitoError("There are no pages of feedback to give back: tito grade first.")
    return found


def platforms_name(submission: Submission) -> str:
    """Where Moodle or Canvas looks for this student's page; empty if the work came from elsewhere."""
    receipt = submission.taken_in()
    top, *inside = receipt.place.split("/") if receipt else [""]
    if (match := MOODLE.fullmatch(top)) and (inside or match["file"]):
        return f"{top if inside else top[:match.start('file') - 1]}/{submission.module.id}.html"
    if match := CANVAS.fullmatch(top):
        return f"{top[:match.start('file')]}{submission.module.id}.html"
    return ""
