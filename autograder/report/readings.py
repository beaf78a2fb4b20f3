"""What a page or a list says of points that people give: read, not read yet, or nothing there to read."""
from collections.abc import Iterable

from autograder.records.gradebook import entry
from autograder.records.submission import Submission
from tito.errors import TitoError
from tito.notebooks import cells_of


def grades_of(book, submission: Submission) -> list:
    """nbgrader's grades of a submission, in the notebook's order: a database has none.

    Raises TitoError where they are not those of its graded notebook.
    """
    from nbgrader.api import MissingEntry

    graded = submission.graded()
    if not graded:
        raise TitoError("it was not graded by tito grade.")
    try:
        grades = entry(book, submission).grades
    except MissingEntry:
        raise TitoError("not in this gradebook, tito grade enters it") from None
    if not graded.provenance.agrees_with({grade.name: grade.auto_score for grade in grades}):
        raise TitoError("other points are in this gradebook than in the graded notebook, tito grade mends it")
    order = {cell.grade_id: cell.index for cell in cells_of(graded.notebook)}
    return sorted(grades, key=lambda grade: (order.get(grade.name, len(order)), grade.name))


def reading_of(grade, question: bool) -> str:
    """What a person has to do with the points of a question or a test; nothing if they are the test's own."""
    if grade.manual_score is None and not grade.extra_credit:
        if grade.needs_manual_grade:
            return "waits for a person to read it: these points are not final"
        return "there is no answer" if question else ""
    if grade.needs_manual_grade:
        return "waits for a person to look at it again: these points are not final"
    return "read by a person" if question else "points given by a person"


def waiting_in(grades: Iterable) -> str:
    """The tests and questions whose points are not final, with these points; empty if there are none."""
    return ", ".join(f"{grade.name} ({grade.max_score:g} points)" for grade in grades if grade.needs_manual_grade)
