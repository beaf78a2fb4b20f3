"""Which exercise a failure belongs to, without running anything."""
import pytest

from tests import helpers
from tito.check.assemble import assemble
from tito.check.verdicts import BLANK, SOLVED, UNTRIED, WAITS, WRONG, Failed, Verdict, owners, verdicts


def steps(*names: str) -> list:
    """Cells of these kinds: `a`, `b` answers, `test_…` tests, `given_…` given cells, `demo` a free one."""
    made = [helpers.test_cell(name, "assert True", 1) if name.startswith("test_") else
            helpers.given(name, "x = 1") if name.startswith(("given_", "check_")) else
            helpers.free("y = 1") if name == "demo" else
            helpers.answer(name, "" if name == "empty" else f"def {name}(): return 1")
            for name in names]
    return assemble({"cells": made}, None).steps


def told(cells: list, known=None, *failures: Failed, end: int = 99) -> list[Verdict]:
    titles = {step.cell.grade_id: step.title for step in cells if step.title}
    return verdicts(titles, cells, known or {}, failures, end)


def failed(position: int, reason: str = "no", culprit: str | None = None, final: bool = False) -> Failed:
    return Failed(position, reason, culprit, final)


@pytest.mark.parametrize(("names", "expected"), [
    (("given_x", "a", "check_a", "test_a", "demo", "b", "test_b"), [[], ["a"], ["a"], ["a"], [], ["b"], ["b"]]),
    (("a", "b", "test_a", "test_b_edges"), [["a"], ["b"], ["a"], ["b"]]),
    (("a", "a_op", "test_a_op", "test_other"), [["a"], ["a_op"], ["a_op"], ["a", "a_op"]]),
    (("a", "demo", "test_a"), [["a"], ["a"], ["a"]]),
], ids=["one by one", "tests together", "longest name", "demonstration before the test"])
def test_tests_belong_to_the_exercises_before_them_or_to_the_one_they_name(names, expected):
    assert owners(steps(*names)) == expected


def test_a_cell_of_the_students_own_checks_nobody():
    released = [helpers.answer("a", "def a(): return 1"), helpers.test_cell("test_a", "assert a()", 1)]
    cells = [released[0], helpers.free("1 / 0"), released[1]]
    assert owners(assemble({"cells": cells}, {"cells": released}).steps) == [["a"], [], ["a"]]


def test_each_exercise_is_judged_by_its_own_cells():
    cells = steps("a", "test_a", "b", "test_b", "demo", "c", "test_c")
    assert [verdict.state for verdict in told(cells, None, failed(3, "2 is right"), failed(4))] \
        == [SOLVED, WRONG, SOLVED]
    assert told(cells, None, failed(3, "2 is right"))[1].reason.endswith("`test_b`: 2 is right")


def test_what_fails_because_of_another_exercise_waits_for_it():
    cells = steps("a", "test_a", "b", "test_b", "c", "test_c")
    found = told(cells, {0: "it is not solved yet"}, failed(3, culprit="a"), failed(5, culprit="b"))
    assert [verdict.state for verdict in found][1:] == [WAITS, WAITS] and found[1].reason == "for exercise a"
    found = told(cells, None, failed(3, culprit="a"))
    assert found[1].state == WRONG, "a is solved, so it is b that hands it something wrong"


def test_what_the_text_tells_comes_first_and_what_was_not_run_is_not_called_solved():
    cells = steps("empty", "test_empty", "b", "test_b")
    empty = "its code is gone: the cell is empty"
    assert told(cells, {0: empty})[0] == Verdict("exercise empty", BLANK, empty)
    assert told(cells, {2: "`b`, which it defines, is no longer there"})[1].state == WRONG
    commented = assemble({"cells": [helpers.answer("a", "# def a(): return 1")]}, None).steps
    assert told(commented, {0: "its code is commented out"})[0].state == WRONG
    assert told(cells, {2: "the first line must be `#| export`"})[1].state == WRONG
    assert [verdict.state for verdict in told(cells, None, failed(1, final=True))] == [WRONG, UNTRIED]
    assert verdicts({"gone": "Exercise 3, gone"}, cells, {}, [], 99) == \
        [Verdict("Exercise 3, gone", BLANK, "it has no cell of code")]


def test_an_error_that_an_earlier_exercise_had_is_told_once():
    cells = steps("a", "test_a", "b", "test_b", "c", "test_c")
    found = told(cells, None, failed(1, "ValueError: long"), failed(3, "ValueError: long"), failed(5, "KeyError: 'x'"))
    assert [verdict.reason for verdict in found] == [
        "cell [2] `test_a`: ValueError: long", "cell [4] `test_b`: the same error as in exercise a",
        "cell [6] `test_c`: KeyError: 'x'"]
