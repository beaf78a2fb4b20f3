"""The instructor's commands. Everything heavy is imported inside them: `tito --help` must answer at once."""
from pathlib import Path
from typing import Annotated

import typer

from autograder.grade.policy import Policy
from autograder.olympics.command import verify
from tito import console
from tito.commands import olympics
from tito.course import find_root
from tito.errors import TitoError

PANEL = "Instructor"
Modules = Annotated[list[str] | None, typer.Argument(metavar="[NN]...", help="Numbers or names, such as 01 or tensor. "
                                                                              "Without any: all modules.")]
Course = Annotated[Path | None, typer.Option("--course", metavar="DIR", help="The course folder [default: course].")]
Database = Annotated[str | None, typer.Option("--db", metavar="URL", help="The gradebook [default: gradebook.db in the "
                                                                          "course folder, SQLite].")]
Roster = Annotated[Path | None, typer.Option("--roster", metavar="FILE", help="Which student id belongs to a learning "
                                             "platform's names and numbers [default: roster.csv in the course "
                                             "folder].")]
Student = Annotated[str | None, typer.Option("--student", metavar="ID", help="Only this student.")]


def register(app: typer.Typer) -> None:
    """Add the instructor's commands to the student's."""
    for command in (release, collect, grade, feedback):
        app.command(rich_help_panel=PANEL)(command)
    app.add_typer(grades, name="grades", rich_help_panel=PANEL)
    for command in (audit, formgrader):
        app.command(rich_help_panel=PANEL)(command)
    olympics.app.command()(verify)


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


def release(to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the student edition goes.")],
            modules: Modules = None, course: Course = None) -> None:
    """Make the student edition: a folder to push as the class repository.

    \b
    Example: tito release --to ../class-2025 01 02 03 04
    """
    from autograder.release.edition import make_edition
    from autograder.release.notebook import ensure_released

    classroom, selected = chosen(modules, course)
    files = make_edition(classroom, selected, to.absolute())
    ensure_released(classroom, selected)
    console.say(f"{to}: {files} files, {', '.join(m.id for m in selected)}. "
                "No line of a solution or hidden test was found in it.")


def collect(module: Annotated[str, typer.Argument(metavar="NN", help="A number or name, such as 01 or tensor.")],
            source: Annotated[Path | None, typer.Option("--from", metavar="PATH", help="A folder or zip of submissions "
                                                        "[default: the nbgrader exchange].")] = None,
            roster: Roster = None, course: Course = None, db: Database = None) -> None:
    """Take submissions into the course, rebuilt from the release.

    \b
    Example: tito collect 01 --from downloads/
    Example: tito collect 01 --from submissions.zip --roster roster.csv
    """
    from autograder.collect import take_in as collecting
    from autograder.collect.exchange import in_exchange
    from autograder.collect.sources import find_candidates
    from autograder.release.notebook import ensure_released

    classroom, selected = chosen([module], course, db)
    ensure_released(classroom, selected)
    roster = roster or classroom.folder / "roster.csv"
    found = find_candidates(selected[0], source, roster) if source else in_exchange(classroom.root, selected[0])
    result = collecting.collect(classroom, selected[0], found)
    for remark in result.remarks:
        console.note(remark)
    where = source or "the exchange"
    if not any((result.new, result.replaced, result.unchanged, result.rejected)):
        raise TitoError(f"There is no submission of {selected[0].id} in {where}: it looks for "
                        f"STUDENT-{selected[0].id}.zip and STUDENT/{selected[0].id}/{selected[0].id}.ipynb.")
    console.say(f"{selected[0].id}: {len(result.new)} new, {len(result.replaced)} replaced an older one, "
                f"{len(result.unchanged)} unchanged, {len(result.rejected)} rejected.")
    fail_with([f"{line} (rejected)" for line in result.rejected])


def grade(modules: Modules = None, student: Student = None,
          policy: Annotated[Policy, typer.Option("--policy", help="Whose earlier modules a grade stands on: the "
                                                 "student's own where right.")] = Policy.fallback,
          course: Course = None, db: Database = None,
          unsafe: Annotated[bool, typer.Option("--unsafe", help="Run student code without a sandbox, as yourself. The "
                                               "grade says so.")] = False) -> None:
    """Grade every submission that has no grade yet or has changed since.

    \b
    Example: tito grade 01 02
    """
    from autograder.grade.run import grade_class

    classroom, selected = of_course(modules, course, db)
    outcome = grade_class(classroom, selected, policy, not unsafe, student)
    for module in sorted({*outcome.graded, *outcome.current}):
        console.say(f"{module}: {outcome.graded[module]} graded, {outcome.current[module]} already graded.")
    for path in classroom.misplaced():
        console.note(console.one_line(
            f"{path.relative_to(classroom.folder)} is not graded: it is not STUDENT/NN_name/NN_name.ipynb. "
            f"tito collect NN --from {classroom.folder / 'submitted'} takes it in or says what to do."))
    if not (outcome.graded or outcome.current or outcome.failed):
        console.say(f"Nothing to grade: {classroom.folder / 'submitted'} holds no submission of these modules.")
    fail_with(outcome.failed)


def feedback(modules: Modules = None, student: Student = None, course: Course = None, db: Database = None) -> None:
    """Write one HTML page per graded submission, without hidden tests.

    \b
    Example: tito feedback 01
    """
    from autograder.report.feedback import write_feedback

    classroom, selected = of_course(modules, course, db)
    written, failed = write_feedback(classroom, selected, student)
    console.say(f"{written} pages in {classroom.folder / 'feedback'}.")
    fail_with(failed)


grades = typer.Typer(help="Show the gradebook, or write it for another system.", no_args_is_help=True,
                     rich_markup_mode=None)


@grades.command()
def show(modules: Modules = None, course: Course = None, db: Database = None) -> None:
    """Print every student's scores."""
    from autograder.report.grades import read_grades, show_grades

    classroom, selected = of_course(modules, course, db)
    show_grades(read_grades(classroom, selected))


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
    from autograder.report.grades import LAYOUTS, export_grades, keep_older, read_grades, unfinished

    formats = (*LAYOUTS, "gradescope")
    if layout not in formats:
        raise TitoError(f"There is no format {layout!r}: choose one of {', '.join(formats)}.", exit_code=2)
    if into and layout not in FILL:
        raise TitoError(f"--into fills a file of {' or '.join(FILL)}: say which, with --format.", exit_code=2)
    if not (target := out or into):
        raise TitoError("Where to? Say --out FILE, or --into FILE to fill a file that Canvas or Moodle exported.",
                        exit_code=2)
    classroom, selected = of_course(modules, course, db)
    rows, kept, notes = read_grades(classroom, selected), None, []
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
    for line in [*notes, *unfinished(rows)]:
        console.note(line)
    console.say(f"{target} written" + (f", the older one is kept as {kept.name}." if kept else "."))


def audit(modules: Modules = None,
          mutants: Annotated[bool, typer.Option("--mutants", help="Instead, change the solutions in one place at a "
                                                "time, and list what no test notices: minutes a module.")] = False,
          unsafe: Annotated[bool, typer.Option("--unsafe", help="Without a sandbox.")] = False) -> None:
    """Prove the tests: reference full, blank zero, every wrong answer loses points.

    \b
    Example: tito audit 01
    """
    from autograder.audit.audit import audit_module, find_survivors

    classroom, selected = chosen(modules, None)
    if mutants:
        for module in selected:
            find_survivors(classroom, module, sandboxed=not unsafe)
        return
    misses = [miss for module in selected for miss in audit_module(classroom, module, sandboxed=not unsafe)]
    fail_with(misses)


def formgrader(course: Course = None, db: Database = None) -> None:
    """Open nbgrader's own interface on the course, for written answers and comments."""
    from autograder.report.formgrader import open_formgrader

    classroom, selected = of_course(None, course, db)
    open_formgrader(classroom, selected)
