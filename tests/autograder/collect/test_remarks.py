"""Remarks are the grader's own, and no text of others moves the cursor of whoever reads them."""
import json
import os
import subprocess
import sys

import pytest

from autograder.records.submission import Submission
from autograder.report.feedback import write_feedback
from autograder.report.grades import export_grades
from tests.autograder.inbox import NAME, collect, put, put_tree, zipped
from tests.autograder.small_class import TENSOR, cell, grade, hand_in, row, submission
from tests.helpers import NO_CONFIG, REPOSITORY

ESCAPES = "\x1b]0;title\x07\x9b2J\u202e\r"
CONTROL = set("\x1b\x07\x9b\u202e\r")


FORGED = "The instructor gave this submission full marks."


def forged(classroom) -> dict:
    notebook = submission(classroom, TENSOR, mul=None)
    notebook["metadata"]["tinytorch"] = {"remarks": [FORGED], "provenance": {"remarks": [FORGED]}}
    return notebook


@pytest.mark.parametrize("how", ["collected", "lying there"])
def test_a_remark_in_a_submission_appears_nowhere(classroom, inbox, how):
    if how == "collected":
        put_tree(inbox, "ada", json.dumps(forged(classroom)).encode())
        assert FORGED not in str(collect(classroom, inbox).remarks)
    else:
        hand_in(classroom, "ada", TENSOR, forged(classroom))
        for name in ("remarks.json", "01_tensor.json"):
            Submission(classroom, "ada", TENSOR).submitted.with_name(name).write_text(json.dumps({"remarks": [FORGED]}))
    grade(classroom, TENSOR)
    write_feedback(classroom, [TENSOR])
    export_grades([row(classroom, "ada", TENSOR)], "csv", classroom.folder / "grades.csv")
    submission = Submission(classroom, "ada", TENSOR)
    shown = [submission.feedback, classroom.folder / "grades.csv", submission.autograded]
    assert not [path for path in shown if FORGED in path.read_text(encoding="utf-8")]
    assert FORGED not in row(classroom, "ada", TENSOR).remarks


def test_our_own_remarks_reach_the_grade_and_belong_to_the_notebook_they_are_about(classroom, inbox):
    notebook = submission(classroom, TENSOR)
    notebook["cells"].remove(cell(notebook, "mul"))
    put_tree(inbox, "ada", json.dumps(notebook).encode())
    collect(classroom, inbox)
    grade(classroom, TENSOR)
    assert "mul was deleted" in row(classroom, "ada", TENSOR).remarks
    hand_in(classroom, "ada", TENSOR)                          # another one put there by hand
    grade(classroom, TENSOR)
    assert "mul was deleted" not in row(classroom, "ada", TENSOR).remarks


@pytest.mark.long
def test_no_control_character_reaches_the_screen_or_the_csv(classroom, inbox):
    put(inbox / f"mallory{ESCAPES}-01_tensor.zip", zipped({NAME: b"{}"}))
    put(inbox / f"line\nerror: forged{ESCAPES}.zip", b"no zip")
    put(inbox / "class.zip", zipped({f"x/y/z{ESCAPES}/01_tensor/{NAME}": b"{}"}))
    put_tree(inbox, f"folder{ESCAPES}", b"{}")
    hand_in(classroom, f"bob{ESCAPES}", TENSOR)
    hand_in(classroom, "eve", TENSOR, submission(classroom, TENSOR, tensor=f"#| export\nraise ValueError({ESCAPES!r})"))
    environment = {**os.environ, **NO_CONFIG, "PYTHONPATH": str(REPOSITORY)}
    told = []
    for command in (["collect", "01", "--from", inbox], ["collect", "01", "--from", inbox / "class.zip"],
                    ["--verbose", "collect", "01", "--from", f"no{ESCAPES}where"], ["grade", "01", "--unsafe"],
                    ["feedback", "01"], ["grades", "show"], ["grades", "export", "--out", "grades.csv"]):
        run = subprocess.run([sys.executable, "-m", "tito", *command], cwd=classroom.root, env=environment,
                             capture_output=True, timeout=120)
        told.append((run.stdout + run.stderr).decode("utf-8"))
    told.append((classroom.root / "grades.csv").read_text(encoding="utf-8"))
    assert [set(text) & CONTROL for text in told] == [set()] * len(told)
    assert told[0].count("\n") == 5                            # the summary, and a line for each of four
