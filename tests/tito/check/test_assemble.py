"""Which cells are run: the student's answers, and every locked cell as it was released."""
import copy

import nbformat
import pytest

from tests import helpers
from tito.check.assemble import assemble

RELEASED = {"cells": [dict(cell) for cell in helpers.released(helpers.TENSOR)], "metadata": {}}


@pytest.fixture
def student() -> dict:
    return copy.deepcopy(nbformat.from_dict(RELEASED))


def find(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if helpers.grade_id(cell) == name)


def names(notebook: dict) -> list[str | None]:
    return [helpers.grade_id(cell) for cell in notebook["cells"]]


def test_an_untouched_notebook_is_run_as_it_is(student):
    assembled = assemble(student, RELEASED)
    assert assembled.notebook["cells"] == RELEASED["cells"]
    assert not assembled.remarks and not assembled.problems


@pytest.mark.parametrize("name", ["test_mul", "check_tensor", "imports"])
def test_a_changed_locked_cell_is_run_as_released_and_that_is_said(student, name):
    find(student, name)["source"] = "# " + find(student, name)["source"].replace("\n", "\n# ")
    assembled = assemble(student, RELEASED)
    assert find(assembled.notebook, name)["source"] == find(RELEASED, name)["source"]
    assert len(assembled.remarks) == 1 and f"`{name}`" in assembled.remarks[0]


@pytest.mark.parametrize("name", ["test_mul", "test_tensor", "setup"])
def test_a_deleted_locked_cell_is_put_back_where_it_was(student, name):
    student["cells"] = [cell for cell in student["cells"] if helpers.grade_id(cell) != name]
    assembled = assemble(student, RELEASED)
    assert [n for n in names(assembled.notebook) if n] == [n for n in names(RELEASED) if n]
    assert f"`{name}` was deleted" in assembled.remarks[0]


def test_tags_of_a_locked_cell_are_the_released_ones(student):
    find(student, "test_mul")["metadata"]["tags"] = ["raises-exception"]
    step = next(s for s in assemble(student, RELEASED).steps if s.cell.grade_id == "test_mul")
    assert step.cell.tags == ()


def test_a_second_copy_of_a_locked_cell_is_left_out(student):
    student["cells"].append(copy.deepcopy(find(student, "test_mul")))
    assembled = assemble(student, RELEASED)
    assert names(assembled.notebook).count("test_mul") == 1 and "twice" in assembled.remarks[0]


def test_a_missing_exercise_is_named(student):
    student["cells"] = [cell for cell in student["cells"] if helpers.grade_id(cell) != "mul"]
    assert "Exercise 2, mul: its cell is missing" in assemble(student, RELEASED).problems[0]


@pytest.mark.parametrize("released", [RELEASED, None])
def test_a_doubled_exercise_is_named_with_both_cells(student, released):
    for source in ("mul = 1", "mul = 2"):
        student["cells"].append({**copy.deepcopy(find(student, "mul")), "source": source})
        student["cells"].append(helpers.free("pass"))
    problem = next(p for p in assemble(student, released).problems if "[9]" in p)
    assert "Exercise 2, mul: it stands in two cells" in problem and "delete the other" in problem


def test_an_exercise_that_became_a_text_cell_is_named_with_the_mend(student):
    find(student, "mul")["cell_type"] = "markdown"
    assembled = assemble(student, RELEASED)
    problem = assembled.problems[0]
    assert "Exercise 2, mul: its cell is a text cell now" in problem and "press Esc and then Y" in problem
    assert assembled.exercises == {"tensor": "Exercise 1, tensor", "mul": "Exercise 2, mul"}


def test_a_written_question_that_became_a_code_cell_is_read_as_text_with_the_mend(student):
    question = find(student, "why_float32")
    question.update(cell_type="code", source="It isn't long.", outputs=[], execution_count=1)
    assembled = assemble(student, RELEASED)
    assert "`why_float32`, [9], is a code cell now" in assembled.remarks[0] and "Esc and then M" in assembled.remarks[0]
    assert "why_float32" not in [step.cell.grade_id for step in assembled.steps] and not assembled.problems


def test_a_doubled_question_is_remarked(student):
    student["cells"].insert(0, {**copy.deepcopy(find(student, "why_float32")), "source": "One."})
    student["cells"].append({**copy.deepcopy(find(student, "why_float32")), "source": "Two."})
    assembled = assemble(student, RELEASED)
    assert "`why_float32` stands in two cells" in assembled.remarks[0] and not assembled.problems


def test_a_cell_of_the_students_own_is_not_called_by_the_name_of_an_exercise(student):
    student["cells"].insert(names(student).index("test_mul") + 1, helpers.free("1 / 0"))
    places = [step.place for step in assemble(student, RELEASED).steps]
    assert [place for place in places if "own" in place] == ["your own cell [9] (under Exercise 2)"]


def test_metadata_cannot_turn_a_test_into_an_answer(student):
    find(student, "test_mul")["metadata"]["nbgrader"].update(grade=False, solution=True, locked=False)
    find(student, "test_mul")["source"] = "pass"
    step = next(s for s in assemble(student, RELEASED).steps if s.cell.grade_id == "test_mul")
    assert step.cell.role == "test" and "assert" in step.cell.source


def test_cells_carry_the_number_that_jupyter_shows_after_running_all(student):
    student["cells"].insert(1, helpers.free("  \n"))
    numbers = {step.cell.grade_id: step.number for step in assemble(student, RELEASED).steps}
    assert (numbers["setup"], numbers["tensor"], numbers["test_mul"]) == (1, 3, 8)


def test_a_place_names_the_cell_and_the_exercise_by_number_and_name(student):
    student["cells"].insert(1, helpers.free("1"))
    places = {step.cell.grade_id: step.place for step in assemble(student, RELEASED).steps}
    assert places["mul"] == "cell [7] (Exercise 2, mul)"
    assert places["test_mul"] == "cell [9] `test_mul` (Exercise 2)"
    assert places[None] == "cell [8] (Exercise 2)" and places["setup"] == 'cell [2] `setup` under "Tensor"'


def test_an_exercise_under_a_heading_without_a_number_is_called_by_its_name():
    [step] = assemble({"cells": [helpers.text("## Sums"), helpers.answer("add", "x = 1")]}, None).steps
    assert step.place == "cell [1] (exercise add)"
