"""The class list in the gradebook, where Formgrader reads names, and sees who has handed in nothing."""
from autograder.collect.roster import Person, Roster
from autograder.records.classroom import Classroom
from autograder.records.gradebook import gradebook


def write_names(classroom: Classroom, roster: Roster) -> None:
    """Names and addresses of everybody; who has no name is called by the id, which Formgrader would show as None."""
    people, called = roster.class_list(), roster.called()
    with gradebook(classroom) as book:
        known = {student.id for student in book.students}
        for student in sorted(people.keys() - known):
            book.add_student(student)
        for student in book.students:
            person = people.get(student.id, Person(student.id, called.get(student.id, "")))
            first, last = person.first_and_last
            if last:
                student.first_name, student.last_name = first, last
            elif student.last_name is None:
                student.first_name, student.last_name = "", student.id
            student.email = person.email or student.email
        book.db.commit()
