"""Points that a person gave hold for the answers that this person saw, and for no others."""
from autograder.records.gradebook import entry, gradebook
from autograder.records.submission import Submission
from tito.notebooks import cells_of


def hand_scores(submission: Submission) -> dict[str, bool]:
    """The tests and questions to which a person gave points -> whether they still wait for a person."""
    with gradebook(submission.classroom) as book:
        return {grade.name: grade.needs_manual_grade for grade in entry(book, submission).grades
                if grade.manual_score is not None or grade.extra_credit}


def keep_hand_scores(submission: Submission, before: dict, after: dict, waiting: dict[str, bool]) -> list[str]:
    """Settle them after a new grading. Gives remarks on points that were taken back.

    before, after: the graded notebooks; waiting: what `hand_scores` gave before the grading.
    """
    old, new = answers_of(before), answers_of(after)
    changed, fell = {name for name in new if new[name] != old.get(name)}, []
    with gradebook(submission.classroom) as book:
        for grade in entry(book, submission).grades:
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
