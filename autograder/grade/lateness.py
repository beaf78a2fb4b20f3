"""How late a submission is and what that costs: a function of its time and of the rule in course.toml, of nothing else.

So the points that the work got are kept as they are, and a rule that changes needs no test to be run again. Nobody
loses points on a guess: where only the date of a file is known, it can show that work came in time, never that it
was late.
"""
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from autograder.records.classroom import Classroom
from autograder.records.clock import Clock, Moment
from autograder.records.gradebook import gradebook
from autograder.records.settings import Rule, Settings
from autograder.records.submission import Submission
from tito.course import Module

IN_TIME = timedelta(0)


@dataclass(frozen=True)
class Lateness:
    by: timedelta = IN_TIME      # as far as it is known
    share: float = 0.0           # of the points, that it costs: 0 to 1
    says: str = ""               # for student and instructor; empty if there is nothing to say

    def penalty(self, score: float) -> float:
        """The points that are taken off, in hundredths."""
        return round(score * self.share, 2)


def lateness(moment: Moment | None, rule: Rule) -> Lateness:
    moment = rule.handed_in or moment
    if rule.due is None:
        return Lateness()
    if moment is None:
        return Lateness(says="when it was handed in is not known, so it counts as in time")
    by = moment.when - rule.due
    if by <= rule.grace or moment.clock is Clock.canvas_on_time:
        return Lateness()
    if moment.clock is Clock.canvas_late and not rule.extended:
        share = share_for(timedelta(microseconds=1), rule)
        return Lateness(share=share, says=f"late, Canvas does not say how much: {off(share)} for the least")
    if not moment.clock.is_exact:
        return Lateness(says="it was taken in after the due date, when it was handed in is not known, "
                             "so it counts as in time")
    if rule.is_closed(moment):
        return Lateness(by, 1.0, f"{duration(by)} late, when nothing was accepted any more")
    share = share_for(by, rule)
    return Lateness(by, share, f"{duration(by)} late, {off(share)}")


def share_for(by: timedelta, rule: Rule) -> float:
    times = ceil(by / rule.per) if rule.per else 1
    return min(rule.percent * times, rule.at_most) / 100


def off(share: float) -> str:
    return f"{share * 100:g}% off" if share else "nothing off"


def duration(by: timedelta) -> str:
    """Rounded up to minutes, the two largest units."""
    minutes = ceil(by / timedelta(minutes=1))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} day{'s' * (days > 1)}" if days else "", f"{hours} h" if hours else "",
             f"{minutes} min" if minutes else ""]
    return " ".join([part for part in parts if part][:2])


def how_late(submission: Submission, settings: Settings) -> Lateness:
    """By what collection noted about the work that lies in `submitted`, and what course.toml says."""
    rule = settings.rule(submission.student, submission.module)
    receipt = submission.taken_in() if rule.due and not rule.handed_in else None
    moment = rule.handed_in or (receipt and receipt.moment)
    late = lateness(moment, rule)
    if late.by:
        late = replace(late, says=f"{late.says}: handed in {settings.shown(moment.when)} (by {moment.clock}), "
                                  f"due {settings.shown(rule.due)}")
    return late


def write_penalties(classroom: Classroom, modules: list[Module], settings: Settings) -> None:
    """Into the gradebook, where Formgrader and nbgrader's own export find due dates, times and penalties."""
    with gradebook(classroom) as book:
        for module in modules:
            rule = settings.rule("", module)
            book.find_assignment(module.id).duedate = rule.due and rule.due.replace(tzinfo=None)
            for entered in book.assignment_submissions(module.id):
                submission = Submission(classroom, entered.student_id, module)
                bring_time(submission, entered)
                late = how_late(submission, settings)
                for notebook in entered.notebooks:
                    penalty = late.penalty(notebook.score) if late.share else None
                    if notebook.late_submission_penalty != penalty:
                        notebook.late_submission_penalty = penalty
        book.db.commit()


def bring_time(submission: Submission, entered) -> None:
    """A time that was collected after the grade: until the gradebook has it, too, Formgrader wants the work graded."""
    receipt = submission.taken_in()
    when = receipt and receipt.moment.when.replace(tzinfo=None)
    if when and when != entered.timestamp and (graded := submission.graded()) \
            and graded.provenance.handed_in == receipt.sha256:
        entered.timestamp = when
