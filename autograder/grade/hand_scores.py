"""Points that a person gave hold for the answers that this person saw, and for no others."""
from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook
from tito.course import Module
from tito.notebooks import cells_of


def hand_scores(classroom: Classroom, student: str, module: Module) -> dict[str, bool]:
    """The tests and questions to which a person gave points -> whether they still wait for a person."""
    with gradebook(classroom) as book:
        notebook = book.find_submission_notebook(module.id, module.id, student)
        return {grade.name: grade.needs_manual_grade for grade in notebook.grades
                if grade.manual_score is not None or grade.extra_credit}


def keep_hand_scores(classroom: Classroom, student: str, module: Module, before: dict, after: dict,
                     waiting: dict[str, bool]) -> list[str]:
    """Settle them after a new grading. Gives remarks on points that were taken back.

    before, after: the graded notebooks; waiting: what `hand_scores` gave before the grading.
    """
    old, new = answers_of(before), answers_of(after)
    changed, fell = {name for name in new if new[name] != old.get(name)}, []
    with gradebook(classroom) as book:
        for grade in book.find_submission_notebook(module.id, module.id, student).grades:
            if grade.name not in waiting:
                continue
            if changed & ({grade.name} if grade.name in new else new.keys()):      # a test looks at all answers
                grade.manual_score = grade.extra_credit = None
                grade.needs_manual_grade = grade.auto_score is None
                fell.append(grade.name)
            else:
                grade.needs_manual_grade = waiting[grade.name]
        book.db.commit()
    return [f"The answers have changed since a person gave points for {', '.join(sorted(fell))}: these points were "
            "taken back."] if fell else []


def answers_of(notebook: dict) -> dict[str, str]:
    return {cell.grade_id: cell.source for cell in cells_of(notebook) if cell.role in ("answer", "written")}
