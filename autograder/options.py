"""What the instructor's commands have in common: their options, the course they are about, how problems are told."""
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.course import find_root
from tito.errors import TitoError

Modules = Annotated[list[str] | None, typer.Argument(metavar="[NN]...", help="Numbers, names or ranges, such as 01, "
                                                                             "tensor or 01-05. Without any: all.")]
Course = Annotated[Path | None, typer.Option("--course", metavar="DIR", help="The course folder [default: course].")]
Database = Annotated[str | None, typer.Option("--db", metavar="URL", envvar="TINYTORCH_DB",
                                              help="The gradebook, such as postgresql://user@host/database [default: "
                                              "gradebook.db in the course folder, SQLite].")]
Roster = Annotated[Path | None, typer.Option("--roster", metavar="FILE", help="Which student id belongs to a learning "
                                             "platform's names and numbers [default: roster.csv in the course "
                                             "folder].")]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", min=1, help="Processes on this machine "
                                             "[default: one for each core].")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Instead, the workers of this "
                                               "dask scheduler, such as tcp://10.0.0.5:8786.")]
Student = Annotated[str | None, typer.Option("--student", metavar="ID", help="Only this student.")]


def chosen(wanted: list[str] | None, course: Path | None, db: str | None = None):
    """The classroom and the modules that a command is about."""
    from autograder.records.classroom import Classroom, choose_modules

    root = find_root()
    modules, remarks = choose_modules(root, wanted or [])
    for remark in remarks:
        console.note(remark)
    return Classroom.at(root, course, db), modules


def of_course(wanted: list[str] | None, course: Path | None, db: str | None):
    """The same, for a command that needs a course folder that is there."""
    classroom, modules = chosen(wanted, course, db)
    return classroom.existing(), modules


def fail_with(problems: list[str]) -> None:
    """List what went wrong, one line each; exit code 1 if anything did."""
    for problem in problems:
        console.problem(console.one_line(problem))
    if problems:
        raise typer.Exit(1)


def run(main: Callable[[], None]) -> None:
    """A program of its own, whose errors are told as those of the commands."""
    try:
        main()
    except TitoError as error:
        console.problem(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def workers_of(workers: int | None, scheduler: str | None) -> int:
    from autograder.grade.workers import cores

    if workers and scheduler:
        raise TitoError("A scheduler has its own workers: say --workers or --scheduler, not both.", exit_code=2)
    return workers or cores()


def warn_of_strangers(classroom) -> None:
    """A rule for an id that nobody has changes nothing: say so wherever scores are told."""
    from autograder.records.settings import read_settings
    from autograder.students.attendance import in_class

    if strangers := read_settings(classroom.folder).students.keys() - in_class(classroom):
        console.note(f"course.toml grants something to {', '.join(sorted(strangers))}, who has handed in nothing and "
                     "is not in the class list: is the id right (tito students list)?")
