"""The same small class on SQLite and on PostgreSQL, and a server that goes away in the middle of a run."""
import dataclasses
import json

import pytest

from autograder.collect.roster import Roster
from autograder.grade import verdicts
from autograder.records.database import GradebookError
from autograder.records.gradebook import gradebook
from autograder.records.hand_scores import path_of
from autograder.records.reconcile import bring_together
from autograder.records.submission import Submission
from autograder.report.exports import write_results
from autograder.report.feedback import write_feedback
from autograder.report.grades import LAYOUTS, export_grades, read_grades
from tests import helpers
from tests.autograder.collect.test_platforms import write_roster
from tests.autograder.release.test_changed_cells import NEG, give
from tests.autograder.small_class import ACTIVATIONS, TENSOR, blank, grade, hand_in, row, small_class, submission

MODULES = [TENSOR, ACTIVATIONS]


def everything(classroom, folder) -> dict[str, str]:
    """All that leaves a gradebook, by name; dates of grading left out."""
    rows = read_grades(classroom, MODULES)
    for layout in LAYOUTS:
        export_grades(rows, layout, folder / f"{layout}.csv")
    roster = Roster(write_roster(folder / "roster.csv", [("gradescope", "Ada L", "7", "ada")]))
    write_results(rows, classroom, folder / "gradescope", roster)
    write_feedback(classroom, MODULES)
    files = [*folder.glob("*.csv"), *folder.rglob("results.json"), path_of(classroom, TENSOR)]
    pages = {path.parent.parent.name + path.name: path.read_text("utf-8").split('<table class="points">')[1]
             for path in (classroom.folder / "feedback").rglob("*.html")}
    with gradebook(classroom) as book:
        cells = [(one.student.id, entry.to_dict() | {"id": ""}) for module in MODULES
                 for one in book.assignment_submissions(module.id)
                 for entry in [*one.notebooks[0].grades, *one.notebooks[0].comments]]
        late = sorted((student.id, student.max_score, student.score) for student in book.students)
    told = json.dumps(sorted(json.dumps(cell, sort_keys=True) for cell in cells))
    return {path.name: path.read_text("utf-8") for path in files} | pages | {"cells": told, "students": str(late)}


def test_the_same_class_gives_the_same_on_both(tmp_path, postgres):
    left = {}
    for name in ("sqlite", "postgresql"):
        (tmp_path / name / "out").mkdir(parents=True)
        classroom = small_class(tmp_path / name)
        if name == "postgresql":
            classroom = dataclasses.replace(classroom, db_url=postgres.new_database())
        hand_in(classroom, "ada", TENSOR)
        hand_in(classroom, "ada", ACTIVATIONS)
        hand_in(classroom, "blaise", TENSOR, submission(classroom, TENSOR, mul=None, why_float32="Ünlü · ∇ 😀"))
        hand_in(classroom, "carl", TENSOR, blank(classroom, TENSOR))
        hand_in(classroom, "broken", TENSOR, b"{")
        grade(classroom)
        give(classroom, "why_float32", 2.5, comment="Well said, ∇ \"so\";\nand more.")
        give(classroom, "test_relu", 4, module=ACTIVATIONS)
        bring_together(classroom)
        helpers.edit(TENSOR.notebook(classroom.root), lambda cells: cells + NEG)       # and a changed assignment
        outcome = grade(classroom)
        assert len(outcome.failed) == 1 and grade(classroom).graded.total() == 0
        left[name] = everything(classroom, tmp_path / name / "out")
    assert left["sqlite"].keys() == left["postgresql"].keys() and len(left["sqlite"]) >= 10
    for what, text in left["sqlite"].items():
        assert left["postgresql"][what] == text, what


def test_a_server_that_goes_away_stops_the_run_and_the_next_one_goes_on(tmp_path, postgres, monkeypatch):
    classroom = dataclasses.replace(small_class(tmp_path), db_url=postgres.new_database())
    students = ["ada", "blaise", "carl"]
    for name in students:
        hand_in(classroom, name, TENSOR)
    real, started = verdicts.grade, []

    def server_stops_in_the_second(*arguments, **options):
        started.append(1)
        if len(started) == 3:                             # the reference was the first of all
            postgres.stop()
        return real(*arguments, **options)

    try:
        with monkeypatch.context() as patched, pytest.raises(GradebookError) as stopped:
            patched.setattr(verdicts, "grade", server_stops_in_the_second)
            grade(classroom)
    finally:
        postgres.start()
    line = str(stopped.value)
    assert "\n" not in line and "PostgreSQL run" in line and "goes on" in line and "s3cret" not in line
    assert [Submission(classroom, name, TENSOR).autograded.exists() for name in students] == [True, False, False]
    assert not any(Submission(classroom, name, TENSOR).failure.exists() for name in students)      # nobody is to blame
    second = grade(classroom)
    assert (second.graded.total(), second.current.total(), second.failed) == (2, 1, [])
    assert [row(classroom, name, TENSOR).score for name in students] == [5, 5, 5]


def test_a_connection_that_is_cut_while_the_gradebook_is_open(tmp_path, postgres):
    url = postgres.new_database()
    classroom = dataclasses.replace(small_class(tmp_path), db_url=url)
    with pytest.raises(GradebookError, match="has gone away.*goes on"), gradebook(classroom) as book:
        book.add_student("ada")
        database = url.rpartition("/")[2]
        postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        book.add_student("blaise")
    with gradebook(classroom) as book:
        assert [student.id for student in book.students] == ["ada"]
