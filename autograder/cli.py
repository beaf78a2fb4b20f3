"""The instructor's commands. Everything heavy is imported inside them: `tito --help` must answer at once."""
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from autograder.grade.policy import Policy
from autograder.olympics.command import verify
from autograder.options import (
    Course,
    Database,
    Modules,
    Roster,
    Scheduler,
    Student,
    Workers,
    chosen,
    fail_with,
    of_course,
    warn_of_strangers,
    workers_of,
)
from autograder.release.tiers import Tier
from autograder.report.command import feedback, formgrader, grades
from autograder.students import command as students
from tito import console
from tito.commands import olympics
from tito.errors import TitoError

PANEL = "Instructor"


def register(app: typer.Typer) -> None:
    """Add the instructor's commands to the student's."""
    for command in (release, collect, grade, feedback):
        app.command(rich_help_panel=PANEL)(command)
    app.add_typer(grades, name="grades", rich_help_panel=PANEL)
    app.add_typer(students.app, name="students", rich_help_panel=PANEL)
    for command in (audit, formgrader):
        app.command(rich_help_panel=PANEL)(command)
    olympics.app.command()(verify)


def release(to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where the student edition goes.")],
            modules: Modules = None,
            tier: Annotated[Tier, typer.Option("--tier", help="How much help it gives: guided has open hints and steps "
                                               "in the stubs, challenge has neither hints nor worked examples in the "
                                               "stubs. Tests and points are the same.")] = Tier.standard,
            solutions: Annotated[list[str] | None, typer.Option("--solutions", metavar="NN", help="Give students the "
                                                                "solutions of these past modules, such as 01-05: with "
                                                                "tito update, and their own is kept.")] = None,
            course: Course = None) -> None:
    """Make the student edition: a folder to push as the class repository.

    \b
    Example: tito release --to ../class-2025 01-04
    Example: tito release --to ../class-2025 01-08 --solutions 01-05
    """
    from autograder.records.given import note_given
    from autograder.records.settings import write_example
    from autograder.release.edition import make_edition, modules_in
    from autograder.release.launch import NO_HOME, home_of
    from autograder.release.notebook import ensure_released, withdraw
    from autograder.release.past import past_modules

    classroom, selected = chosen(modules, course)
    solved = past_modules(classroom, solutions or [], selected)
    target = to.resolve()
    former = modules_in(target)
    dropped = [module.id for module in former if module not in selected]
    files = make_edition(classroom, selected, target, tier, solved)
    ensure_released(classroom, selected)
    withdraw(classroom, selected)
    note_given(classroom, solved, datetime.now(UTC))
    console.say(f"{to}: {files} files, {tier} edition, {', '.join(m.id for m in selected)}. "
                f"No line of {'another' if solved else 'a'} solution or hidden test was found in it.")
    if dropped:
        console.note(f"{to} had {', '.join(dropped)} until now: name past modules, too, or new copies of it lack them.")
    if solved:
        console.say(f"It gives the solutions of {', '.join(m.id for m in solved)}.")
    if home := home_of(target):
        console.say(f"Its README.md has buttons for {home.address}, branch {home.branch}.")
    elif not former:                              # once: a class on another host would read it every week
        console.say(NO_HOME)
    if example := write_example(classroom.folder):
        console.say(f"Due dates and what late work costs can be written into {example}.")


def collect(module: Annotated[str, typer.Argument(metavar="NN", help="A number or name, such as 01 or tensor.")],
            source: Annotated[Path | None, typer.Option("--from", metavar="PATH", help="A folder or zip of submissions "
                                                        "[default: the nbgrader exchange].")] = None,
            times: Annotated[Path | None, typer.Option("--times", metavar="FILE", help="When each was handed in: "
                                                       "Moodle's grading worksheet, or a CSV with the columns "
                                                       "student_id and handed_in.")] = None,
            roster: Roster = None, course: Course = None, db: Database = None) -> None:
    """Take submissions into the course, rebuilt from the release.

    \b
    Example: tito collect 01 --from downloads/
    Example: tito collect 01 --from submissions.zip --times worksheet.csv
    """
    from autograder.collect import take_in as collecting
    from autograder.collect.exchange import in_exchange
    from autograder.collect.roster import Roster as People
    from autograder.collect.sources import find_candidates
    from autograder.collect.strangers import not_in_class, without_work
    from autograder.collect.times import read_times, with_times
    from autograder.records.settings import read_settings
    from autograder.release.notebook import ensure_released

    classroom, selected = chosen([module], course, db)
    if len(selected) > 1:
        raise TitoError(f"{module} are {len(selected)} modules, and one is collected at a time: tito collect "
                        f"{selected[0].number:02} first.", exit_code=2)
    if source:
        classroom.require_outside(source)
    roster = roster or classroom.folder / "roster.csv"
    found = find_candidates(selected[0], source, roster) if source else in_exchange(classroom.root, selected[0])
    people = People(roster)
    said = read_times(times, people, read_settings(classroom.folder)) if times else {}
    found = with_times(found, said)
    if any(not candidate.left_out for candidate in found):
        ensure_released(classroom, selected)      # else the module would enter the gradebook with nobody's work
        result = collecting.collect(classroom, selected[0], found, people.gone())
    else:
        result = collecting.Collected(remarks=collecting.left_out(found))
    for remark in [*result.remarks, *without_work(said, found), *not_in_class(result, people.class_list())]:
        console.note(console.one_line(remark))
    if not any((result.new, result.replaced, result.unchanged, result.rejected)):
        if not source:
            raise TitoError(f"Nobody has handed in {selected[0].id} in the exchange yet; --from PATH takes a "
                            "download.")
        raise TitoError(f"There is no submission of {selected[0].id} in {source}: it looks for "
                        f"STUDENT-{selected[0].id}.zip and STUDENT/{selected[0].id}/{selected[0].id}.ipynb.")
    retimed = f" ({len(result.retimed)} with a new time of hand-in)" if result.retimed else ""
    console.say(f"{selected[0].id}: {len(result.new)} new, {len(result.replaced)} replaced an older one, "
                f"{len(result.unchanged)} unchanged{retimed}, {len(result.rejected)} rejected.")
    fail_with([f"{line} (rejected)" for line in result.rejected])


def grade(modules: Modules = None, student: Student = None,
          policy: Annotated[Policy, typer.Option("--policy", help="Whose earlier modules a grade stands on: the "
                                                 "student's own where right.")] = Policy.fallback,
          workers: Workers = None, scheduler: Scheduler = None, course: Course = None, db: Database = None,
          unsafe: Annotated[bool, typer.Option("--unsafe", help="Run student code without a sandbox, as yourself. The "
                                               "grade says so.")] = False,
          regrade: Annotated[bool, typer.Option("--regrade", help="Also what has not changed. Without it, too, a "
                                                "mended test has its whole module graded again.")] = False) -> None:
    """Grade every submission that has no grade yet or has changed since.

    \b
    Example: tito grade 01 02
    Example: tito grade --workers 8

    Who wins or loses points by a new grading is listed, and kept in changes.csv in the course folder.
    """
    from autograder.grade.run import grade_class

    count = workers_of(workers, scheduler)
    classroom, selected = of_course(modules, course, db)
    outcome = grade_class(classroom, selected, policy, not unsafe, student, count, scheduler, regrade)
    for module in sorted({*outcome.graded, *outcome.current}):
        console.say(f"{module}: {outcome.graded[module]} graded, {outcome.current[module]} already graded.")
    for change in outcome.changes:
        console.say(f"{change} ({change.why})")
    for copy in outcome.copies:
        console.note(console.one_line(copy))
    warn_of_strangers(classroom)
    for path in classroom.misplaced():
        console.note(console.one_line(
            f"{path.relative_to(classroom.folder)} is not graded: it is not STUDENT/NN_name/NN_name.ipynb. "
            f"tito collect NN --from {classroom.folder / 'submitted'} takes it in or says what to do."))
    if not (outcome.graded or outcome.current or outcome.failed):
        which = f"{selected[0].number:02}" if modules else "NN"
        raise TitoError(f"Nothing to grade: {classroom.folder / 'submitted'} holds no submission of these modules: "
                        f"tito collect {which} takes them in.")
    fail_with(outcome.failed)


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
