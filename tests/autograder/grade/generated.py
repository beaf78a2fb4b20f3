"""A class of generated submissions, and all that a gradebook holds of it."""
import json
import random

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func, select

from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook
from autograder.records.submission import Submission
from tests.autograder.small_class import ACTIVATIONS, TENSOR, hand_in, submission

MULS = ("#| export\ndef mul(a, b):\n    return Tensor(a.numpy() * b.numpy())", None,
        "#| export\ndef mul(a, b):\n    return a", "#| export\ndef mul(a, b)\n    return a",
        "#| export\ndef mul(a, b):\n    import os\n    os._exit(0)")


def generated_class(classroom: Classroom, students: int) -> None:
    """Right, wrong, blank and broken work in the first module, every other student with the second one as well."""
    rng = random.Random(students)
    for number in range(students):
        name = f"s{number:02}"
        essay = rng.choice(["Because.", None])
        hand_in(classroom, name, TENSOR, b"{" if number == 5 else
                submission(classroom, TENSOR, mul=rng.choice(MULS), why_float32=essay))
        if number % 2:
            hand_in(classroom, name, ACTIVATIONS)


def everything(classroom: Classroom) -> dict:
    """What the gradebook and the graded notebooks say, but for ids and times; and how many entries each table has."""
    with gradebook(classroom) as book:
        ask = book.db.execute
        columns = Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade
        owner = SubmittedAssignment.student_id, Assignment.name, BaseCell.name
        grades = ask(joined(select(*owner, *columns), Grade)).all()
        comments = ask(joined(select(*owner, Comment.auto_comment, Comment.manual_comment), Comment)).all()
        counts = [ask(select(func.count()).select_from(table)).scalar()
                  for table in (Student, SubmittedAssignment, SubmittedNotebook, Grade, Comment)]
    return {"grades": sorted(map(tuple, grades), key=str), "comments": sorted(map(tuple, comments), key=str),
            "counts": counts, "notebooks": [said(Submission(classroom, student, module))
                                            for student in classroom.students() for module in (TENSOR, ACTIVATIONS)]}


def joined(query, table):
    return (query.select_from(table).join(SubmittedNotebook, SubmittedNotebook.id == table.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(BaseCell, BaseCell.id == table.cell_id))


def said(one: Submission) -> str | None:
    """A graded notebook as text, without when and how long; or why there is none."""
    if one.failure.exists():
        return one.failure.read_text(encoding="utf-8")
    if (graded := one.graded()) is None:
        return None
    provenance = graded.notebook["metadata"].pop("tinytorch")["provenance"]
    del provenance["seconds"], provenance["graded_at"]
    return json.dumps([graded.notebook["cells"][1:], provenance])
