"""`tito feedback`, `tito grades …` and `tito formgrader`. Everything heavy is imported inside them."""
from pathlib import Path
from typing import Annotated

import typer

from autograder.options import (
    Course,
    Database,
    Modules,
    Roster,
    Scheduler,
    Student,
    Workers,
    fail_with,
    of_course,
    warn_of_strangers,
    workers_of,
)
from tito import console
from tito.errors import TitoError
from tito.files import refuse_folder


def feedback(modules: Modules = None, student: Student = None, workers: Workers = None, scheduler: Scheduler = None,
             out: Annotated[Path | None, typer.Option("--zip", metavar="FILE", help="Pack them too: as Moodle (Upload "
                                                      "multiple feedback files in a zip) and Canvas (Upload "
                                                      "submissions) take them, for whom their downloads named; for "
                                                      "others a folder each.")] = None,
             exchange: Annotated[bool, typer.Option("--exchange", help="Give each page back through nbgrader's "
                                                    "exchange, to who handed in there.")] = False,
             course: Course = None, db: Database = None) -> None:
    """Write one HTML page per graded submission, without hidden tests.

    \b
    Example: tito feedback 01
    Example: tito feedback 01 --zip feedback.zip
    """
    from autograder.report.feedback import write_feedback
    from autograder.report.grades import read_grades, require_grades, unfinished, without_grade
    from autograder.report.returning import zip_pages
    from autograder.report.to_exchange import release_pages

    count = workers_of(workers, scheduler)
    if out:
        refuse_folder(out, "pages.zip")
    classroom, selected = of_course(modules, course, db)
    written, failed = write_feedback(classroom, selected, student, count, scheduler)
    if not student:
        rows = read_grades(classroom, selected)
        if not (written or failed):
            require_grades(rows)
        for line in [*unfinished(rows), *without_grade(rows)]:
            console.note(line)
        warn_of_strangers(classroom)
    console.say(f"{written} pages in {classroom.folder / 'feedback'}.")
    if out:
        packed, remarks = zip_pages(classroom, selected, out, student)
        for remark in remarks:
            console.note(remark)
        console.say(f"{packed} of them packed into {out}.")
    if exchange:
        given, elsewhere, refused = release_pages(classroom, selected, student)
        if elsewhere:
            console.note(f"not handed in through the exchange, --zip FILE packs their pages: "
                         f"{', '.join(map(str, elsewhere))}.")
        console.say(f"{given} of them given back through the exchange. A student gets it with: "
                    f"nbgrader fetch_feedback {selected[0].id}")
        failed += refused
    fail_with(failed)


grades = typer.Typer(help="Show the gradebook, or write it for another system.", no_args_is_help=True,
                     rich_markup_mode=None)


@grades.command()
def show(modules: Modules = None, course: Course = None, db: Database = None) -> None:
    """Print every student's scores."""
    from autograder.report.grades import read_grades, show_grades

    classroom, selected = of_course(modules, course, db)
    show_grades(read_grades(classroom, selected))
    warn_of_strangers(classroom)


@grades.command()
def timing(modules: Modules = None, course: Course = None) -> None:
    """List the tests by the time that they take, and the slowest submissions.

    \b
    Example: tito grades timing 05
    """
    from autograder.report.timing import read_timings, show_timings

    classroom, selected = of_course(modules, course, None)
    show_timings(read_timings(classroom, selected))


@grades.command()
def export(modules: Modules = None,
           layout: Annotated[str, typer.Option("--format", metavar="csv|canvas|moodle|gradescope",
                                               help="Who reads it.")] = "csv",
           out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The file to write, for Gradescope a "
                                                    "folder; an older file is kept.")] = None,
           into: Annotated[Path | None, typer.Option("--into", metavar="FILE", help="A gradebook that Canvas exported "
                                                     "or a grading worksheet of Moodle's, to fill.")] = None,
           roster: Roster = None, course: Course = None, db: Database = None) -> None:
    """Write scores as CSV, or as Canvas, Moodle or Gradescope takes them.

    \b
    Example: tito grades export --out grades.csv
    Example: tito grades export 01 --format canvas --into exported.csv
    """
    from autograder.collect.roster import Roster as People
    from autograder.records.tables import read_table
    from autograder.report.exports import FILL, write_results
    from autograder.report.grades import (
        LAYOUTS,
        export_grades,
        keep_older,
        read_grades,
        require_grades,
        unfinished,
        without_grade,
    )

    formats = (*LAYOUTS, "gradescope")
    if layout not in formats:
        raise TitoError(f"There is no format {layout!r}: choose one of {', '.join(formats)}.", exit_code=2)
    if into and layout not in FILL:
        raise TitoError(f"--into fills a file of {' or '.join(FILL)}: say which, with --format.", exit_code=2)
    if not (target := out or into):
        raise TitoError("Where to? Say --out FILE, or --into FILE to fill a file that Canvas or Moodle exported.",
                        exit_code=2)
    if layout != "gradescope":
        refuse_folder(target, "grades.csv")
    classroom, selected = of_course(modules, course, db)
    rows, kept, notes = read_grades(classroom, selected), None, []
    require_grades(rows)
    people = People(roster or classroom.folder / "roster.csv")
    if layout == "gradescope":
        notes = write_results(rows, classroom, target, people)
    elif into:
        table = read_table(into)
        notes = FILL[layout](rows, table, into, people)
        kept = keep_older(target)
        table.write(target)
    else:
        kept = export_grades(rows, layout, target)
    for line in [*notes, *unfinished(rows), *without_grade(rows)]:
        console.note(line)
    warn_of_strangers(classroom)
    console.say(f"{target} written" + (f", the older one is kept as {kept.name}." if kept else "."))


def formgrader(course: Course = None, db: Database = None) -> None:
    """Open nbgrader's own interface on the course, for written answers and comments."""
    from autograder.report.formgrader import open_formgrader

    classroom, selected = of_course(None, course, db)
    open_formgrader(classroom, selected)
