"""What is the student's stays, what is the course's becomes new, and a second time changes nothing."""
import copy
import json

from nbformat import from_dict

from tests import helpers
from tito.update.notebook import merge

OLD = {"cells": helpers.released(helpers.TENSOR), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
MUL = next(cell.source for cell in helpers.TENSOR if helpers.grade_id(cell) == "mul")


def release(**sources: str) -> dict:
    """A later release: the old one with other texts in some cells."""
    return changed(OLD, **sources)


def changed(notebook: dict, **sources: str) -> dict:
    cells = [from_dict({**cell, "source": sources.get(helpers.grade_id(cell), cell["source"])})
             for cell in copy.deepcopy(notebook["cells"])]
    return {**notebook, "cells": cells}


def texts(notebook: dict) -> list[str]:
    return [cell["source"] for cell in notebook["cells"]]


def named(notebook: dict, name: str) -> dict:
    [cell] = [cell for cell in notebook["cells"] if helpers.grade_id(cell) == name]
    return cell


def merged(student: dict, new: dict, old: dict = OLD):
    """The merge, which must hold each cell once, share no cell id, and be the same when it is done again."""
    result = merge(student, old, new)
    ids = [cell["id"] for cell in result.notebook["cells"]]
    assert len(ids) == len({*ids})
    for former in (old, new):
        again = merge(json.loads(json.dumps(result.notebook)), former, new)
        assert json.dumps(again.notebook) == json.dumps(result.notebook)
    return result


def test_an_answer_stays_in_a_notebook_that_is_otherwise_new():
    new = release(mul="# the new stub", tensor="# another new stub", test_mul="assert mul", why_float32="*New words.*")
    result = merged(changed(OLD, mul=MUL, why_float32="Because.", test_mul="# not the student's to change"), new)
    assert named(result.notebook, "mul")["source"] == MUL
    assert named(result.notebook, "why_float32")["source"] == "Because."
    assert named(result.notebook, "tensor")["source"] == "# another new stub", "it was not answered"
    assert named(result.notebook, "test_mul")["source"] == "assert mul"
    assert (result.answers, result.reworded) == (2, ["mul", "why_float32"])


def test_own_cells_stay_behind_what_they_followed():
    student = changed(OLD, mul=MUL)
    student["cells"][4:4] = [helpers.free("a = 1"), helpers.text("a note")]
    student["cells"].insert(0, helpers.free("first = 0"))
    new = release()
    new["cells"].insert(1, helpers.text("A new paragraph."))
    found = texts(merged(student, new).notebook)
    assert found[0] == "first = 0"
    at = found.index("## Exercise 1 · Tensor")
    assert found[at + 1:at + 3] == ["a = 1", "a note"] and "A new paragraph." in found


def test_a_changed_demonstration_stays_where_the_course_left_it_and_stands_beside_it_where_not():
    student = copy.deepcopy(OLD)
    demonstration = next(cell for cell in student["cells"] if cell["source"].startswith("mul(Tensor"))
    demonstration["source"] = "mul(Tensor([9]), Tensor([9]))"
    assert "mul(Tensor([9]), Tensor([9]))" in texts(merged(student, release()).notebook)
    new = release()
    cell = next(cell for cell in new["cells"] if cell["source"].startswith("mul(Tensor"))
    cell["source"] = "mul(Tensor([5]), Tensor([5]))"
    found = texts(merged(student, new).notebook)
    at = found.index("mul(Tensor([5]), Tensor([5]))")
    assert found[at + 1] == "mul(Tensor([9]), Tensor([9]))"


def test_an_answer_to_an_exercise_that_is_gone_is_kept_as_an_own_cell():
    new = release()
    new["cells"] = [cell for cell in new["cells"] if helpers.grade_id(cell) not in ("mul", "test_mul")]
    result = merged(changed(OLD, mul=MUL), new)
    kept = next(cell for cell in result.notebook["cells"] if cell["source"] == MUL)
    assert "nbgrader" not in kept["metadata"] and result.retired == ["mul"]
    assert [cell for cell in merged(OLD, new).notebook["cells"] if "mul(a, b)" in cell["source"]] == []


def test_an_answer_that_stands_twice_or_has_lost_its_metadata_is_not_lost():
    student = changed(OLD, mul=MUL)
    other = copy.deepcopy(named(student, "mul")) | {"source": "def mul(a, b): return 1", "id": "other"}
    student["cells"].append(other)
    found = texts(merged(student, release(test_mul="assert mul")).notebook)
    assert MUL in found and "def mul(a, b): return 1" in found

    student = changed(OLD, mul=MUL)
    for cell in student["cells"]:
        cell["metadata"] = {}
    assert named(merged(student, release(test_mul="assert mul")).notebook, "mul")["source"] == MUL


def test_outputs_stay_where_the_code_did():
    student = changed(OLD, mul=MUL)
    for name in ("mul", "check_tensor", "test_mul"):
        named(student, name)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": name}]
    found = merged(student, release(test_mul="assert mul")).notebook
    assert [len(named(found, name)["outputs"]) for name in ("mul", "check_tensor", "test_mul")] == [1, 1, 0]


def test_the_python_that_a_notebook_names_stays_the_students():
    mine, theirs = ({"language_info": {"name": "python", "version": version}} for version in ("3.12.1", "3.11.7"))
    new = {**release(mul="# new"), "metadata": {**theirs, "tinytorch": {"reference": "2"}}}
    assert merged({**OLD, "metadata": mine}, new).notebook["metadata"] == {**mine, "tinytorch": {"reference": "2"}}
