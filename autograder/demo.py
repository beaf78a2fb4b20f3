"""`make demo`: the whole road on real files, from the notebooks to a printed gradebook and the first milestone.

Exports the package, builds the student edition, lets a small class work in copies of its notebooks, and takes what they
hand in through collection, isolated grading and feedback. Everything it makes lies in build/demo.
"""
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from autograder.options import run
from autograder.records.classroom import Classroom
from autograder.records.submission import Submission
from tito import console
from tito.course import MILESTONES, Module, available, find_root
from tito.errors import TitoError
from tito.notebooks import cells_of, load
from tito.package import MARKERS

Solves = Callable[[Module, int], bool]        # (module, how many answer cells came before) -> solved?


def main() -> None:
    root = find_root(Path(__file__).parent)
    build = root / "build" / "demo"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir(parents=True)
    classroom, modules = Classroom.at(root, build / "course"), available(root)
    export(root, modules)
    edition(classroom, modules, build / "edition")
    hand_in(root, modules, build / "edition", build / "inbox")
    take_in(classroom, modules, build / "inbox")
    graded = grade(classroom, modules)
    reached = milestone(root, modules)
    step("What you have seen")
    *shown, last = [f"It worked: {len(modules)} notebooks were released without solutions", "a small class handed in",
                    graded, "half a file was refused", *reached]
    console.say(f"{', '.join(shown)}, and {last}.")
    page = Submission(classroom, "ada", modules[0]).feedback
    for path, what in ((build / "edition", "what students get"), (page, "a page of feedback"),
                       (classroom.folder / "grades.csv", "the grades")):
        console.say(f"{path.relative_to(root)}: {what}")
    console.say("docs/instructors.md goes on from here.")


def step(text: str) -> None:
    console.say(f"\n{text}", "cyan")


def export(root: Path, modules: list[Module]) -> None:
    from tito.package import install

    step("1. Export: notebooks -> tinytorch/")
    for module in modules:
        install(root, module.notebook(root).read_bytes(), module)
        console.say(f"{module.id} -> tinytorch/{module.name}.py")


def edition(classroom: Classroom, modules: list[Module], folder: Path) -> None:
    from autograder.release.edition import make_edition

    step("2. Release: the student edition, searched for solutions and hidden tests")
    console.say(f"{make_edition(classroom, modules, folder)} files, no line of a solution or hidden test in them.")


def hand_in(root: Path, modules: list[Module], edition: Path, inbox: Path) -> None:
    """A class of five, each with zips as `tito submit` makes them."""
    step("3. A small class works in the edition's notebooks and hands in")
    first = modules[0]
    people: dict[str, tuple[str, Solves]] = {
        "ada": ("solves everything", lambda module, nth: True),
        "blaise": ("hands in blank notebooks", lambda module, nth: False),
        "claude": ("solves every other exercise", lambda module, nth: nth % 2 == 0),
        "grace": (f"leaves the third exercise of {first.id} open, solves the rest",
                  lambda module, nth: module != first or nth != 2),
    }
    inbox.mkdir()
    for name, (what, solves) in people.items():
        console.say(f"{name:7} {what}")
        for module in modules:
            notebook = solved(load(module.notebook(root)), load(module.notebook(edition)), module, solves)
            pack(inbox, name, module, json.dumps(notebook).encode("utf-8"))
    console.say("mallory hands in half a file")
    pack(inbox, "mallory", first, first.notebook(edition).read_bytes()[:5000])


def solved(reference: dict, blank: dict, module: Module, solves: Solves) -> dict:
    """The released notebook with some answers of the reference in it."""
    answers = 0
    for cell, info in zip(blank["cells"], cells_of(reference), strict=True):
        if info.role == "answer":
            if solves(module, answers):
                cell["source"] = MARKERS.sub("", info.source)
            answers += 1
        elif info.role == "written" and solves(module, 0):
            cell["source"] = MARKERS.sub("", info.source)
    return blank


def pack(inbox: Path, student: str, module: Module, notebook: bytes) -> None:
    with zipfile.ZipFile(inbox / f"{student}-{module.id}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{module.id}/{module.id}.ipynb", notebook)


def take_in(classroom: Classroom, modules: list[Module], inbox: Path) -> None:
    from autograder.collect.sources import find_candidates
    from autograder.collect.take_in import collect
    from autograder.release.notebook import ensure_released

    step("4. Collect: every submission rebuilt from the release")
    ensure_released(classroom, modules)
    for module in modules:
        result = collect(classroom, module, find_candidates(module, inbox))
        console.say(f"{module.id}: {len(result.new)} taken in, {len(result.rejected)} rejected")
        for line in result.rejected:
            console.say(f"  rejected: {line}")


def grade(classroom: Classroom, modules: list[Module]) -> str:
    """Says what was graded."""
    from autograder.examine.grader import sandbox_problem
    from autograder.grade.policy import Policy
    from autograder.grade.run import grade_class
    from autograder.report.feedback import write_feedback
    from autograder.report.grades import export_grades, read_grades, show_grades

    step("5. Grade: answers in a sandbox, tests outside it")
    problem = sandbox_problem()
    if problem:
        console.say(f"{problem} The demo's submissions are its own, so it goes on without a sandbox (--unsafe).")
    outcome = grade_class(classroom, modules, Policy.fallback, sandboxed=not problem)
    console.say(f"{outcome.graded.total()} submissions graded.")
    for line in outcome.failed:
        console.say(f"  failed: {line}")
    read_written_answers(classroom, modules, "ada")
    step("6. Feedback and grades")
    written, failed = write_feedback(classroom, modules)
    rows = read_grades(classroom, modules)
    export_grades(rows, "csv", classroom.folder / "grades.csv")
    console.say(f"{written} pages of feedback and grades.csv in {classroom.folder.relative_to(classroom.root)}\n")
    show_grades(rows)
    if outcome.failed or failed:
        raise TitoError("The demo did not grade everything: " + "; ".join(outcome.failed + failed))
    return f"{outcome.graded.total()} submissions were graded {'without' if problem else 'in'} a sandbox"


def read_written_answers(classroom: Classroom, modules: list[Module], student: str) -> None:
    """The part of a person, who would do this in Formgrader."""
    from autograder.records.gradebook import gradebook

    with gradebook(classroom) as book:
        for module in modules:
            for grade in book.find_submission_notebook(module.id, module.id, student).grades:
                if grade.needs_manual_grade:
                    grade.manual_score, grade.needs_manual_grade = grade.max_score, False
        book.db.commit()
    console.say(f"A person reads the written answers: {student}'s get full marks, the others wait.")


def milestone(root: Path, modules: list[Module]) -> list[str]:
    """Says which reached its result."""
    done, reached = {module.number for module in modules}, []
    for milestone in [m for m in MILESTONES if m.number == 1 and m.unlocked_by in done]:
        for script in milestone.scripts(root):
            step(f"7. Milestone {milestone.title}: {script.name}")
            sys.stdout.flush()
            if subprocess.call([sys.executable, script.name], cwd=script.parent):
                raise TitoError(f"{script.relative_to(root)} did not reach its expected result.")
        reached.append(f"the milestone of {milestone.id[3:7]} reached its expected result")
    return reached


if __name__ == "__main__":
    run(main)
