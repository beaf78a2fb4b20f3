"""From what lies in `submitted` to the gradebook."""
import json
import os

import pytest

from autograder.examine.grader import GraderError, sandbox_name
from autograder.grade import run as grading
from autograder.grade import verdicts
from autograder.records.provenance import read_graded
from autograder.records.submission import Submission
from tests.autograder.small_class import (
    ACTIVATIONS,
    SANDBOXED,
    TENSOR,
    blank,
    cell,
    grade,
    hand_in,
    row,
    small_class,
    submission,
)
from tito.errors import TitoError

BROKEN = "#| export\ndef mul(a, b):\n    return a"


def stands(classroom, student, module):
    provenance = Submission(classroom, student, module).graded().provenance
    return {stand.module: stand.used for stand in provenance.stands}


def test_the_reference_gets_all_automatic_points_and_the_blank_release_none(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    hand_in(classroom, "blaise", TENSOR, blank(classroom, TENSOR))
    hand_in(classroom, "claude", TENSOR, submission(classroom, TENSOR, mul=None))
    grade(classroom)
    assert [row(classroom, name, TENSOR).score for name in ("ada", "blaise", "claude")] == [5, 0, 3]
    assert row(classroom, "ada", TENSOR).max_score == 9
    assert "written answers wait" in row(classroom, "ada", TENSOR).remarks


def test_hidden_tests_count(tmp_path):
    classroom = small_class(tmp_path)
    only_vectors = "#| export\ndef mul(a, b):\n    return Tensor([x * y for x, y in zip(a.numpy(), b.numpy())])"
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=only_vectors))
    grade(classroom)
    assert row(classroom, "ada", TENSOR).score == 3


def test_locked_cells_are_graded_as_released_whatever_was_done_to_them(tmp_path):
    classroom = small_class(tmp_path)
    notebook = submission(classroom, TENSOR, mul=BROKEN)
    test = cell(notebook, "test_mul")
    test["source"] = "pass"
    test["metadata"]["tags"] = ["skip-execution"]
    test["metadata"]["nbgrader"]["points"] = 1000
    test["outputs"] = [{"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "2.0"},
                        "execution_count": 1}]
    hand_in(classroom, "ada", TENSOR, notebook)
    grade(classroom)
    assert row(classroom, "ada", TENSOR).score == 3


def test_a_second_run_grades_only_what_has_changed(tmp_path):
    classroom = small_class(tmp_path)
    for name in ("ada", "blaise"):
        hand_in(classroom, name, TENSOR)
    assert grade(classroom).graded.total() == 2
    hand_in(classroom, "blaise", TENSOR, blank(classroom, TENSOR))
    second = grade(classroom)
    assert (second.graded.total(), second.current.total()) == (1, 1)
    assert row(classroom, "blaise", TENSOR).score == 0


@pytest.mark.parametrize(("policy", "used", "score"),
                         [("fallback", "reference", 5), ("own", "own", 0), ("reference", "reference", 5)])
def test_the_policy_says_whose_broken_module_a_later_one_stands_on(tmp_path, policy, used, score):
    classroom = small_class(tmp_path)
    hand_in(classroom, "grace", TENSOR, submission(classroom, TENSOR, mul=BROKEN))
    hand_in(classroom, "grace", ACTIVATIONS)
    grade(classroom, policy=policy)
    assert row(classroom, "grace", ACTIVATIONS).score == score
    assert stands(classroom, "grace", ACTIVATIONS) == {"01_tensor": used}


@pytest.mark.parametrize(("policy", "used", "score"), [("fallback", "reference", 5), ("own", "missing", 0)])
def test_a_missing_module_is_replaced_only_by_fallback(tmp_path, policy, used, score):
    classroom = small_class(tmp_path)
    hand_in(classroom, "grace", ACTIVATIONS)
    grade(classroom, policy=policy)
    assert row(classroom, "grace", ACTIVATIONS).score == score
    assert stands(classroom, "grace", ACTIVATIONS) == {"01_tensor": used}


def test_a_right_module_of_the_students_own_is_what_the_next_one_stands_on(tmp_path):
    classroom = small_class(tmp_path)
    own = "#| export\ndef mul(a, b):\n    return Tensor(a.numpy() * b.numpy())\nmul.author = 'grace'"
    hand_in(classroom, "grace", TENSOR, submission(classroom, TENSOR, mul=own))
    relu = "#| export\ndef relu(x):\n    return Tensor(np.maximum(x.numpy(), 0) * (mul.author == 'grace'))"
    hand_in(classroom, "grace", ACTIVATIONS, submission(classroom, ACTIVATIONS, relu=relu))
    grade(classroom)
    assert stands(classroom, "grace", ACTIVATIONS) == {"01_tensor": "own"}
    assert row(classroom, "grace", ACTIVATIONS).score == 5


def test_earlier_modules_are_graded_first_when_a_later_one_is_asked_for(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    hand_in(classroom, "ada", ACTIVATIONS)
    grade(classroom, ACTIVATIONS, student="ada")
    assert row(classroom, "ada", TENSOR).status == "graded"
    assert stands(classroom, "ada", ACTIVATIONS) == {"01_tensor": "own"}


def test_a_resubmitted_earlier_module_makes_the_later_grade_be_looked_at_again(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR, blank(classroom, TENSOR))
    hand_in(classroom, "ada", ACTIVATIONS)
    grade(classroom)
    hand_in(classroom, "ada", TENSOR)
    assert grade(classroom).graded.total() == 2
    assert stands(classroom, "ada", ACTIVATIONS) == {"01_tensor": "own"}


@pytest.mark.parametrize("raw", [b"", b"{", b"\x00\xff" * 50, b"[" * 100_000, b'{"cells": [{"source": 1}]}'])
def test_an_unreadable_submission_is_a_recorded_failure_and_no_zero_and_stops_nobody(tmp_path, raw):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR, raw)
    hand_in(classroom, "blaise", TENSOR)
    outcome = grade(classroom)
    assert [line.split(": ")[0] for line in outcome.failed] == ["ada 01_tensor"]
    assert "\n" not in outcome.failed[0]
    assert row(classroom, "ada", TENSOR).score is None
    assert row(classroom, "ada", TENSOR).status.startswith("failed: ")
    assert row(classroom, "blaise", TENSOR).score == 5


def test_a_failure_is_forgotten_once_the_submission_is_readable(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR, b"{")
    grade(classroom)
    hand_in(classroom, "ada", TENSOR)
    assert grade(classroom).failed == []
    assert row(classroom, "ada", TENSOR).score == 5


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
def test_links_and_pipes_are_not_followed(tmp_path):
    classroom = small_class(tmp_path)
    real = hand_in(classroom, "ada", TENSOR)
    for student, make in (("linked", lambda path: path.symlink_to(real)), ("piped", os.mkfifo)):
        path = Submission(classroom, student, TENSOR).submitted
        path.parent.mkdir(parents=True)
        make(path)
    Submission(classroom, "folder", TENSOR).submitted.parent.parent.mkdir()
    Submission(classroom, "folder", TENSOR).submitted.parent.symlink_to(real.parent)
    assert {line.split()[0] for line in grade(classroom).failed} == {"linked", "piped", "folder"}


def test_code_that_ends_the_process_costs_its_own_points_and_nobody_elses(tmp_path):
    classroom = small_class(tmp_path)
    ends = "#| export\ndef mul(a, b):\n    import os\n    os._exit(0)"
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=ends))
    hand_in(classroom, "blaise", TENSOR)
    assert grade(classroom).failed == []
    assert row(classroom, "ada", TENSOR).score == 3
    assert row(classroom, "blaise", TENSOR).score == 5


def test_a_syntax_error_costs_its_cell_and_is_told(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul="#| export\ndef mul(a, b)\n    return a"))
    grade(classroom)
    graded = Submission(classroom, "ada", TENSOR).graded()
    provenance, notebook = graded.provenance, graded.notebook
    assert provenance.scores == {"test_tensor": [3, 3], "test_mul": [0, 2]}
    assert cell(notebook, "mul")["outputs"][0]["output_type"] == "error"
    assert cell(notebook, "test_mul")["outputs"][0]["ename"] == "Lost points"


def test_a_grader_that_does_not_start_is_tried_again_and_never_a_zero(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    calls = []

    def does_not_start(*_, **__):
        calls.append(1)
        raise GraderError("no worker")

    with monkeypatch.context() as patched:
        patched.setattr(verdicts, "grade", does_not_start)
        assert grade(classroom).failed == ["ada 01_tensor: no score was saved, the grader failed: no worker"]
    assert len(calls) == 2 + 2                            # the reference, then ada
    assert row(classroom, "ada", TENSOR).score is None
    assert grade(classroom).graded.total() == 1
    assert row(classroom, "ada", TENSOR).score == 5


def test_a_stopped_run_keeps_what_is_done_and_the_next_run_does_the_rest(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    for name in ("ada", "blaise", "claude"):
        hand_in(classroom, name, TENSOR)
    real, started = verdicts.grade, []

    def stopped_in_the_second(*arguments, **options):
        started.append(1)
        if len(started) == 3:                             # the reference was the first of all
            raise KeyboardInterrupt
        return real(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(verdicts, "grade", stopped_in_the_second)
        with pytest.raises(TitoError, match="1 of 3 submissions are done") as stopped:
            grade(classroom)
    assert stopped.value.exit_code == 130
    statuses = [row(classroom, name, TENSOR).status for name in ("ada", "blaise", "claude")]
    assert statuses == ["graded", "not graded yet", "not graded yet"]
    second = grade(classroom)
    assert (second.graded.total(), second.current.total()) == (2, 1)


def test_without_a_sandbox_nothing_is_graded(tmp_path, monkeypatch):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    monkeypatch.setattr(grading, "sandbox_problem", lambda: "install bubblewrap")
    with pytest.raises(TitoError, match="install bubblewrap"):
        grading.grade_class(classroom, [TENSOR], grading.Policy.fallback, sandboxed=True)
    assert not Submission(classroom, "ada", TENSOR).autograded.exists()


def test_a_grade_made_without_a_sandbox_is_stamped_so(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grading.grade_class(classroom, [TENSOR], grading.Policy.fallback, sandboxed=False)
    assert "without a sandbox" in row(classroom, "ada", TENSOR).remarks
    assert "without a sandbox" in Submission(classroom, "ada", TENSOR).graded().notebook["cells"][0]["source"]
    assert SANDBOXED is False or grade(classroom).graded.total() == 1        # and made again once there is one


def test_a_grade_says_which_sandbox_its_code_ran_in(tmp_path, sandbox):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    grade(classroom)
    graded = Submission(classroom, "ada", TENSOR).graded()
    assert graded.provenance.backend == sandbox_name()
    assert f"in a sandbox ({sandbox_name()})" in str(graded.notebook["cells"][0]["source"])


def test_a_grade_of_a_version_that_kept_no_sandbox_is_read(tmp_path):
    old = {"policy": "own", "sandboxed": True, "graded_at": "", "fingerprint": "", "stands": [], "remarks": [],
           "scores": {}}
    notebook = {"cells": [], "metadata": {"tinytorch": {"provenance": old}}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(notebook))
    assert "in a sandbox, policy" in read_graded(path).provenance.lines()[0]
