"""`tito students`: the class list. Everything heavy is imported inside the commands."""
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.errors import TitoError

app = typer.Typer(help="Who is in the class, and who has not handed in what.", no_args_is_help=True,
                  rich_markup_mode=None)
Course = Annotated[Path | None, typer.Option("--course", metavar="DIR", help="The course folder [default: course].")]
Database = Annotated[str | None, typer.Option("--db", metavar="URL", help="The gradebook [default: gradebook.db in the "
                                                                          "course folder, SQLite].")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The student's id, as in the names of folders.")]


def opened(course: Path | None, db: str | None, modules: list[str] | None = None):
    """The classroom, its roster, and the modules that the command is about."""
    from autograder.collect.roster import Roster
    from autograder.records.classroom import Classroom, choose_modules
    from tito.course import find_root

    root = find_root()
    classroom = Classroom.at(root, course, db)
    selected, remarks = choose_modules(root, modules or [])
    for remark in remarks:
        console.note(remark)
    return classroom, Roster(classroom.folder / "roster.csv"), selected


@app.command("list")
def list_students(modules: Annotated[list[str] | None, typer.Argument(metavar="[NN]...")] = None,
                  course: Course = None, db: Database = None) -> None:
    """Print the class, and what each student has not handed in.

    A module counts as missing once its due date in course.toml is over; without one, once anybody handed it in.

    \b
    Example: tito students list 01 02
    """
    from autograder.students.attendance import attendance

    classroom, roster, selected = opened(course, db, modules)
    lines = attendance(classroom.existing(), roster, selected)
    if not lines:
        console.say("The class is empty: tito students import FILE reads a class list.")
        return
    console.table([(one.person.student, one.person.called, one.person.email, str(len(one.handed_in)),
                    ", ".join(one.missing)) for one in lines], ("student", "name", "e-mail", "handed in", "missing"))
    if strangers := [one.person.student for one in lines if not one.in_list]:
        console.note(f"handed in, and not in the class list: {', '.join(strangers)} (tito students add takes them in).")


@app.command("import")
def import_students(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A class list as CSV: Canvas's gradebook, Moodle's "
                                             "participants, grades or grading worksheet, Gradescope's roster, or the "
                                             "columns student_id, name, email.")],
        course: Course = None, db: Database = None) -> None:
    """Take a class list into roster.csv, with the platform's own ids. Nobody is removed.

    \b
    Example: tito students import canvas-gradebook.csv
    """
    from autograder.records.tables import read_table
    from autograder.students.class_files import import_class
    from autograder.students.names import write_names

    classroom, roster, _ = opened(course, db)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        raise TitoError(f"{file} {what}: give the file of a class list, as CSV.")
    result = import_class(read_table(file), file, roster)
    roster.save()
    write_names(classroom, roster)
    for remark in result.remarks:
        console.note(console.one_line(remark))
    console.say(f"{roster.path}: {len(result.new)} new, {len(result.changed)} changed, {len(result.unchanged)} "
                f"unchanged; {len(roster.class_list())} students in the class.")


@app.command()
def add(student: Id,
        name: Annotated[str, typer.Option("--name", metavar="NAME", help='As "Ada Lovelace" or "Lovelace, Ada".')] = "",
        email: Annotated[str, typer.Option("--email", metavar="ADDRESS")] = "",
        course: Course = None, db: Database = None) -> None:
    """Add a student, change the name or address, or take back who was removed, with all their work and grades.

    \b
    Example: tito students add ada --name "Ada Lovelace" --email ada@example.org
    """
    from autograder.collect.roster import Person
    from autograder.records.classroom import one_at_a_time
    from autograder.students.leaving import bring_back
    from autograder.students.names import write_names
    from tito.student_id import student_id

    classroom, roster, _ = opened(course, db)
    student, remarks = student_id(student), []
    with one_at_a_time(classroom):
        was_gone = student in roster.gone()
        if was_gone:
            remarks = bring_back(classroom, roster, student)
        old = roster.class_list().get(student, Person(student))
        roster.put("class", name or old.name, email or old.email, student)
        roster.save()
        write_names(classroom, roster)
    for remark in remarks:
        console.note(remark)
    console.say(f"{student} is back in the class, with the work and grades that were kept." if was_gone
                else f"{student} is in the class.")


@app.command()
def remove(student: Id, course: Course = None, db: Database = None) -> None:
    """Take a student out of the class. Work and grades are kept aside, nothing is deleted.

    \b
    Example: tito students remove ada
    """
    from autograder.records.classroom import one_at_a_time
    from autograder.students.leaving import remove as leave
    from tito.student_id import student_id

    classroom, roster, _ = opened(course, db)
    student = student_id(student)
    with one_at_a_time(classroom):
        kept = leave(classroom, roster, student)
    console.say(f"{student} has left the class. Work and grades are in {kept}; tito students add {student} brings "
                "them back.")
