"""What is seen in an answer cell before anything is run."""
import pytest

from tests import helpers
from tito.check.assemble import Step, assemble
from tito.check.exercises import not_exported, problems, unsolved, unwritten

STUB = helpers.released(helpers.TENSOR)
SOLVED = next(cell.source for cell in helpers.TENSOR if helpers.grade_id(cell) == "mul")
BLANK = next(cell.source for cell in STUB if helpers.grade_id(cell) == "mul")


def steps(cells: list[dict], released: bool = True) -> list[Step]:
    return assemble({"cells": cells}, {"cells": STUB} if released else None).steps


def with_mul(source: str, released: bool = True) -> Step:
    cells = [helpers.answer("mul", source) if helpers.grade_id(cell) == "mul" else cell for cell in STUB]
    return next(step for step in steps(cells, released) if step.cell.grade_id == "mul")


@pytest.mark.parametrize("released", [True, False], ids=["student", "instructor"])
@pytest.mark.parametrize(("source", "reason"), [
    (BLANK, "it is not solved yet"),
    ("", "its code is gone: the cell is empty"),
    ("#| export\n\n", "its code is gone: the cell is empty"),
    ("\n".join("# " + line for line in SOLVED.splitlines()), "its code is commented out"),
])
def test_blank_empty_and_commented_out_exercises_are_told_apart(source, reason, released):
    assert unsolved(with_mul(source, released)) == reason


def test_a_stub_with_other_comments_is_still_a_stub():
    assert unsolved(with_mul(BLANK.replace("# YOUR CODE HERE", "# I will do it tomorrow\n\n"))) is not None


@pytest.mark.parametrize("released", [True, False])
def test_a_solution_is_not_called_unsolved(released):
    assert unsolved(with_mul(SOLVED, released)) is None


def test_code_that_does_not_parse_is_left_to_the_run():
    assert unsolved(with_mul("#| export\ndef mul(a, b:\n    pass")) is None


def test_an_exercise_that_lost_its_name_says_so():
    assert unsolved(with_mul("#| export\ndef multiply(a, b): return a")) == \
        "`mul`, which it defines, is no longer there"
    assert unsolved(with_mul("#| export\nx = 1\n# def mul(a, b):\n#     return a")) == \
        "`mul`, which it defines, is commented out"


def with_own(source: str, own: str) -> dict[int, str]:
    """The problems of a notebook in which `own` stands below `mul`."""
    mul = helpers.answer("mul", source)
    cells = [one for cell in STUB for one in ([mul, helpers.free(own)] if helpers.grade_id(cell) == "mul" else [cell])]
    return problems(steps(cells))


@pytest.mark.parametrize("source", [BLANK, "", "#| export\nscale = 2"], ids=["as released", "empty", "split"])
def test_an_answer_in_a_cell_of_the_students_own_is_to_be_moved(source):
    said = with_own(source, "def mul(a, b):\n    return a * b").values()
    assert [reason for reason in said if "a cell of your own" in reason] == [
        f"`mul` stands in [{7 if source else 6}], a cell of your own: move it into [6]"]
    assert not [reason for reason in with_own(source, "def other(): pass").values() if "a cell of your own" in reason]


def test_an_exercise_without_its_export_line_would_miss_the_package():
    assert "#| export" in not_exported(with_mul(SOLVED.replace("#| export\n", "")))
    assert not_exported(with_mul(SOLVED)) is None


def test_an_exported_cell_may_not_lean_on_one_that_is_not():
    helper = helpers.free("def product(a, b):\n    return a * b")
    cells = [helpers.answer("mul", "#| export\ndef mul(a, b):\n    return [product(x, y) for x in a for y in b]")]
    [(position, reason)] = problems(steps([helper, *cells], released=False)).items()
    assert position == 1 and "`product` from cell [1]" in reason
    exported = helpers.free("#| export\n" + helper.source)
    assert problems(steps([exported, *cells], released=False)) == {}


def test_the_mend_is_always_in_the_students_own_cell():
    setup = helpers.given("setup", "from tinytorch.activations import sigmoid")
    cells = [setup, helpers.answer("mul", "#| export\ndef mul(a, b):\n    return sigmoid(a * b)")]
    [(position, reason)] = problems(steps(cells, released=False)).items()
    assert position == 1
    assert reason == ("it uses `sigmoid` from cell [1] `setup`, which is not exported: import `sigmoid` inside your "
                      "function, or at the top of this cell, below `#| export`")


def test_a_locked_cell_is_never_blamed_for_what_it_uses():
    locked = helpers.given("operators", "#| export\ndef four(x):\n    return twice(twice(x))")
    own = helpers.free("def twice(x):\n    return x")
    assert problems(steps([locked, own], released=False)) == {}


QUESTION = "**1.** Why float32? Two sentences.\n\n*Write your answer here.*"


@pytest.mark.parametrize(("text", "answered"), [
    (QUESTION, False), ("", False), ("*Write your answer here.*", False), ("**1.** Why float32? Two sentences.", False),
    (QUESTION + "\nBecause.", True), (QUESTION.replace("*Write your answer here.*", "Because."), True), ("Half.", True),
])
def test_a_question_is_answered_by_any_word_of_ones_own(text, answered):
    released = {"cells": [helpers.written("why", QUESTION, 4)]}
    student = {"cells": [helpers.written("why", text, 4)]}
    assert unwritten(student, released) == ([] if answered else ["why"])


def test_a_deleted_question_is_not_answered():
    assert unwritten({"cells": []}, {"cells": [helpers.written("why", QUESTION, 4)]}) == ["why"]


def test_the_reference_has_no_problem():
    assert problems(steps(helpers.TENSOR, released=False)) == {}
