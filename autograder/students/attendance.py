"""Who is in the class, and what they have handed in."""
from dataclasses import dataclass
from datetime import UTC, datetime

from autograder.collect.roster import Person, Roster
from autograder.records.classroom import Classroom
from autograder.records.settings import read_settings
from autograder.records.submission import Submission
from tito.course import Module


@dataclass(frozen=True)
class Attendance:
    person: Person
    handed_in: list[str]
    missing: list[str]
    in_list: bool             # whether the class list, if there is one, has them


def in_class(classroom: Classroom) -> set[str]:
    """The ids of everybody in the class list or with work in the course."""
    return {*Roster(classroom.folder / "roster.csv").class_list(), *classroom.students()}


def is_missing(due: datetime | None, begun: bool) -> bool:
    """Whether a module that somebody has not handed in should be there by now.

    It was due, or, where it has no due date, others have begun to hand it in.
    """
    return due < datetime.now(UTC) if due else begun


def attendance(classroom: Classroom, roster: Roster, modules: list[Module]) -> list[Attendance]:
    """A line for everybody in the class list or with work in the course."""
    people, settings, names = roster.class_list(), read_settings(classroom.folder), roster.called()
    students = sorted({*people, *classroom.students()})
    there = {student: {module for module in modules if Submission(classroom, student, module).exists()}
             for student in students}
    begun, result = set().union(*there.values()), []
    for student in students:
        missing = [module.id for module in modules if module not in there[student]
                   and is_missing(settings.rule(student, module).due, module in begun)]
        result.append(Attendance(people.get(student, Person(student, names.get(student, ""))),
                                 [module.id for module in modules if module in there[student]], missing,
                                 student in people or not people))
    return result
