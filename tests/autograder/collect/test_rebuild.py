"""What is graded is the release with the student's answers in it, whatever was submitted."""
import base64
import copy
import json
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.utils import compute_checksum

from autograder.collect.figures import MARK, MAX_PNG
from autograder.collect.rebuild import checksum, rebuild
from tests import helpers
from tests.autograder.small_class import TENSOR, blank, cell, small_class
from tito.errors import TitoError
from tito.handed_in import MAX_BYTES, MAX_CELLS, MAX_SOURCE
from tito.notebooks import TEXT_STUB

RELEASE = {"cells": json.loads(json.dumps(helpers.released(helpers.TENSOR))), "metadata": {}, "nbformat": 4,
           "nbformat_minor": 5}
SOLVED = "#| export\ndef mul(a, b):\n    return Tensor(a.numpy() * b.numpy())"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1").decode()


def solved() -> dict:
    notebook = copy.deepcopy(RELEASE)
    cell(notebook, "mul")["source"] = SOLVED
    return notebook


def rebuilt(notebook) -> tuple[dict, list[str]]:
    return rebuild(RELEASE, notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode("utf-8"))


def free_code(notebook: dict) -> dict:
    return next(c for c in notebook["cells"] if c["cell_type"] == "code" and "nbgrader" not in c["metadata"])


def test_an_answer_is_taken_and_everything_else_is_as_released():
    notebook = solved()
    cell(notebook, "test_mul")["source"] = "pass"
    cell(notebook, "mul")["metadata"]["tags"] = ["skip-execution"]
    notebook["metadata"]["kernelspec"] = {"name": "bash"}
    notebook["cells"].append({"cell_type": "code", "id": "extra", "metadata": {}, "source": "evil()", "outputs": []})
    result, remarks = rebuilt(notebook)
    assert cell(result, "mul")["source"] == SOLVED
    others = [(a["source"], a["metadata"]) for a in result["cells"] if a["source"] != SOLVED]
    assert others == [(a["source"], a["metadata"]) for a in RELEASE["cells"] if a["id"] != cell(RELEASE, "mul")["id"]]
    assert cell(result, "mul")["metadata"] == cell(RELEASE, "mul")["metadata"]
    assert result["metadata"] == RELEASE["metadata"]
    assert remarks == ["Read-only cells that were changed or deleted were put back: test_mul."]


def test_rebuilding_twice_is_rebuilding_once():
    notebook = solved()
    notebook["cells"] = [c for c in notebook["cells"] if c is not cell(notebook, "tensor")]
    free_code(notebook)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "6"}]
    once, remarks = rebuilt(notebook)
    assert len(remarks) == 1 and rebuilt(once) == (once, [])


def test_remarks_in_the_notebook_are_not_read():
    notebook = solved()
    notebook["metadata"]["tinytorch"] = {"remarks": ["Full marks, says the instructor."]}
    result, remarks = rebuilt(notebook)
    assert remarks == [] and result["metadata"] == RELEASE["metadata"]


def test_a_deleted_answer_costs_itself_only():
    notebook = solved()
    notebook["cells"].remove(cell(notebook, "tensor"))
    result, remarks = rebuilt(notebook)
    assert cell(result, "tensor") == cell(RELEASE, "tensor") and cell(result, "mul")["source"] == SOLVED
    assert "tensor was deleted" in remarks[0]


def test_of_two_different_answers_far_apart_neither_counts():
    notebook = solved()
    notebook["cells"].append({**copy.deepcopy(cell(notebook, "mul")), "source": SOLVED + "  # better", "id": "second"})
    result, remarks = rebuilt(notebook)
    assert cell(result, "mul") == cell(RELEASE, "mul")
    assert "mul stands in 2 cells that differ" in remarks[0]


@pytest.mark.parametrize("second", [SOLVED, cell(RELEASE, "mul")["source"], "  \n"])
def test_a_copy_or_the_untouched_cell_beside_an_answer_does_not_count(second):
    for place in (0, len(RELEASE["cells"])):
        notebook = solved()
        notebook["cells"].insert(place, {**copy.deepcopy(cell(notebook, "mul")), "source": second, "id": "second"})
        result, remarks = rebuilt(notebook)
        assert cell(result, "mul")["source"] == SOLVED and "mul stands in 2 cells" in remarks[0]
        assert rebuilt(result) == (result, [])


def test_a_split_answer_is_joined_in_order():
    notebook, lines = solved(), SOLVED.split("\n")
    at = notebook["cells"].index(cell(notebook, "mul"))
    notebook["cells"][at:at + 1] = [{**copy.deepcopy(cell(notebook, "mul")), "source": line, "id": f"part-{number}"}
                                    for number, line in enumerate(lines)]
    result, remarks = rebuilt(notebook)
    assert cell(result, "mul")["source"] == SOLVED and "split over 3 cells" in remarks[0]


def test_a_cell_whose_metadata_was_stripped_is_known_by_its_id():
    notebook = solved()
    for each in notebook["cells"]:
        each["metadata"] = {}
    result, remarks = rebuilt(notebook)
    assert cell(result, "mul")["source"] == SOLVED and remarks == []


def test_an_id_that_stands_in_the_metadata_alone_names_a_cell_as_well():
    notebook = solved()
    for each in notebook["cells"]:
        each["metadata"] = {"id": each.pop("id")}
    assert cell(rebuilt(notebook)[0], "mul")["source"] == SOLVED


def test_a_read_only_cell_that_the_course_has_changed_is_not_put_down_to_the_student():
    older = compute_checksum(nbformat.from_dict(cell(RELEASE, "test_mul")))
    notebook = solved()
    cell(notebook, "test_mul")["metadata"]["nbgrader"]["checksum"] = older
    release = copy.deepcopy(RELEASE)
    cell(release, "test_mul")["source"] = "assert mul is not None"
    result, remarks = rebuild(release, json.dumps(notebook).encode("utf-8"))
    assert cell(result, "test_mul")["source"] == "assert mul is not None" and remarks == []
    cell(notebook, "test_mul")["source"] += "  # mine"
    assert "put back: test_mul" in rebuild(release, json.dumps(notebook).encode("utf-8"))[1][0]


def pasted(picture: str, kind: str = "image/png", name: str = "image.png") -> dict:
    notebook = solved()
    cell(notebook, "why_float32").update(source=f"See\n\n![a curve](attachment:{name})\n\nso half.",
                                         attachments={name: {kind: picture}})
    return notebook


def test_a_pasted_picture_stays_in_a_written_answer():
    result, remarks = rebuilt(pasted(PNG))
    assert cell(result, "why_float32")["attachments"] == {"image.png": {"image/png": PNG}} and remarks == []
    assert rebuilt(result) == (result, [])


def test_pictures_that_colab_puts_into_the_text_of_an_answer_stay_beside_it_however_large():
    large = base64.b64encode(base64.b64decode(PNG) + bytes(MAX_SOURCE)).decode()
    notebook = solved()
    parts = [f"![a](data:image/png;base64,{large})", f"![](data:image/jpeg;base64,{large})"]
    cell(notebook, "why_float32")["source"] = f"See {parts[0]} and {parts[1]}."
    result, remarks = rebuilt(notebook)
    assert cell(result, "why_float32")["source"] == "See ![a](attachment:inline-0) and *(a picture was left out here)*."
    assert cell(result, "why_float32")["attachments"] == {"inline-0": {"image/png": large}} and len(remarks) == 1
    assert rebuilt(result) == (result, [])


def test_a_picture_in_the_text_takes_no_attached_ones_place():
    notebook = solved()
    other = base64.b64encode(base64.b64decode(PNG) + b"other").decode()
    cell(notebook, "why_float32").update(source=f"![](attachment:inline-1) ![](data:image/png;base64,{other})",
                                         attachments={"inline-1": {"image/png": PNG}})
    kept = cell(rebuilt(notebook)[0], "why_float32")
    assert kept["attachments"] == {"inline-1": {"image/png": PNG}, "inline-0": {"image/png": other}}
    assert kept["source"] == "![](attachment:inline-1) ![](attachment:inline-0)"


def begun_pictures() -> dict:
    notebook = solved()
    free = next(c for c in notebook["cells"] if c["cell_type"] == "markdown" and "nbgrader" not in c["metadata"])
    free["source"] = "![" * (MAX_BYTES // 2 - 100_000)
    return notebook


def one_picture_again_and_again() -> dict:
    notebook = solved()
    cell(notebook, "why_float32").update(source="![](attachment:a)" * 5_000,
                                         attachments={"a": {"image/png": ["A"] * 500_000}})
    return notebook


@pytest.mark.parametrize("hostile", [begun_pictures, one_picture_again_and_again])
def test_pictures_cost_no_more_time_than_their_size_explains(hostile):
    code = ("import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (15, 15)); import json; "
            "from autograder.collect.rebuild import rebuild; release, raw = json.load(sys.stdin); "
            "rebuild(release, raw.encode())")
    done = subprocess.run([sys.executable, "-c", code], cwd=helpers.REPOSITORY,
                          input=json.dumps([RELEASE, json.dumps(hostile())]).encode())
    assert done.returncode == 0, "more than 15 seconds of the processor"


@pytest.mark.parametrize("notebook", [
    pasted(PNG, "image/svg+xml"), pasted("no picture"), pasted(PNG + "A" * MAX_PNG), pasted({"a": 1})],
    ids=["svg", "no png", "too large", "no text"])
def test_a_picture_that_cannot_stay_leaves_a_note(notebook):
    result, remarks = rebuilt(notebook)
    assert "attachments" not in cell(result, "why_float32") and len(remarks) == 1 and "why_float32" in remarks[0]
    assert cell(result, "why_float32")["source"] == "See\n\n*(a picture was left out here)*\n\nso half."


@pytest.mark.parametrize("source", [None, 7, {"a": 1}, ["a", 1], "x" * (MAX_SOURCE + 1)])
def test_an_answer_that_is_no_text_counts_as_not_solved(source):
    notebook = solved()
    cell(notebook, "mul")["source"] = source
    result, remarks = rebuilt(notebook)
    assert cell(result, "mul") == cell(RELEASE, "mul") and len(remarks) == 1


def test_an_answer_without_its_export_line_is_exported_all_the_same():
    notebook = solved()
    cell(notebook, "mul")["source"] = SOLVED.removeprefix("#| export\n")
    assert cell(rebuilt(notebook)[0], "mul")["source"] == SOLVED


def test_half_a_character_does_not_stop_the_grader_from_writing():
    notebook = solved()
    cell(notebook, "mul")["source"] = SOLVED + "  # \ud800"
    assert cell(rebuilt(notebook)[0], "mul")["source"].encode("utf-8").endswith(b"# ?")


def test_text_and_figures_under_free_cells_are_kept_and_marked():
    notebook = solved()
    free_code(notebook)["outputs"] = [
        {"output_type": "stream", "name": "stderr", "text": ["two ", "lines"]},
        {"output_type": "display_data", "data": {"image/png": PNG, "text/html": "<script>alert(1)</script>"}},
        {"output_type": "display_data", "data": {"image/png": "no picture", "image/svg+xml": "<svg onload='x'/>"}},
        {"output_type": "error", "ename": "<b>", "evalue": "", "traceback": []}, 5]
    outputs = free_code(rebuilt(notebook)[0])["outputs"]
    assert [output.get("text") for output in outputs[:2]] == [MARK, "two lines"]
    assert [output["data"] for output in outputs[2:]] == [{"image/png": PNG}]


def test_outputs_of_graded_cells_are_dropped():
    notebook = solved()
    for name in ("test_mul", "mul"):
        cell(notebook, name)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "full marks"}]
    assert "full marks" not in json.dumps(rebuilt(notebook)[0])


def test_huge_outputs_are_cut():
    notebook = solved()
    free_code(notebook)["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "a" * 1_000_000}] * 1
    assert len(json.dumps(rebuilt(notebook)[0])) < 50_000


@pytest.mark.parametrize(("raw", "words"), [
    (b"", "not a readable notebook"), (b"\x89PNG\x00\xff", "not a readable notebook"),
    (b'{"cells": [', "not a readable notebook"), (b"[1, 2]", "not a readable notebook"),
    (b'{"cells": {}}', "not a readable notebook"), (b"[" * 200_000, "nested too deeply"),
    (b" " * (MAX_BYTES + 1), "larger than"), (json.dumps({"cells": [{}] * (MAX_CELLS + 1)}).encode(), "at most"),
])
def test_what_is_no_notebook_is_refused_in_one_line(raw, words):
    with pytest.raises(TitoError, match=words) as refused:
        rebuilt(raw)
    assert "\n" not in str(refused.value)


def test_a_notebook_of_another_module_is_refused():
    other = {**RELEASE, "cells": json.loads(json.dumps(helpers.released(helpers.ACTIVATIONS)))}
    with pytest.raises(TitoError, match="another module"):
        rebuilt(other)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                        st.sampled_from(["cells", "source", "metadata", "nbgrader", "grade_id", "outputs", "data"]),
                        inner, max_size=3), max_leaves=12)


@given(junk=JSON, key=st.sampled_from(["metadata", "source", "outputs", "id", "cell_type"]))
def test_no_junk_in_a_cell_makes_anything_but_a_notebook_or_a_refusal(junk, key):
    notebook = solved()
    for damaged in notebook["cells"][::2]:
        damaged[key] = junk
    try:
        result, _ = rebuilt(notebook)
    except TitoError:
        return
    ours = [c["metadata"] for c in RELEASE["cells"]]
    assert [{**c["metadata"], "tinytorch": 0} for c in result["cells"]] == [{**one, "tinytorch": 0} for one in ours]
    assert all(isinstance(c["source"], str) for c in result["cells"])


def test_line_ends_of_windows_are_no_change_of_a_locked_cell():
    notebook = solved()
    for item in notebook["cells"]:
        item["source"] = "".join(item["source"]).replace("\n", "\r\n")
    assert rebuilt(notebook)[1] == []


@pytest.mark.parametrize("width, kept", [(3_000, True), (20_000, False)])
def test_a_figure_that_would_unpack_to_gigabytes_is_left_out(width, kept):
    notebook = solved()
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) * 2
    png = base64.b64encode(header).decode()
    free_code(notebook)["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": png}}]
    assert ("image/png" in json.dumps(rebuilt(notebook)[0])) is kept


def test_a_checksum_is_nbgraders(tmp_path):
    cells = [cell for cell in blank(small_class(tmp_path), TENSOR).cells if cell.metadata.get("nbgrader")]
    assert len(cells) == 8 and [checksum(cell) for cell in cells] == [compute_checksum(cell) for cell in cells]
    assert checksum(cells[0]) == cells[0].metadata.nbgrader.checksum


def asking() -> dict:
    """A release whose written cell has a question above the place for the answer."""
    release = copy.deepcopy(RELEASE)
    cell(release, "why_float32")["source"] = f"**1.** Why float32?\nTwo sentences.\n\n{TEXT_STUB}"
    return release


@pytest.mark.parametrize("answer, gone", [
    ("**1.** Why float32?\nTwo sentences.\n\nBecause.", False),
    ("**1.** Why float32? Two  sentences.\r\nBecause.", False),           # an editor has filled its lines anew
    ("Because.", True),
    ("", True),
    ("<!-- **1.** Why float32?\nTwo sentences. -->\nBecause.", True),
    ("**1.** Why not float32?\nTwo sentences.\n\nBecause.", True),
])
def test_the_released_question_lies_beside_an_answer_that_was_written_over_it(answer, gone):
    release = asking()
    notebook = copy.deepcopy(release)
    cell(notebook, "why_float32")["source"] = answer
    cell(notebook, "why_float32")["metadata"]["tinytorch"] = {"question": "What is 1 + 1?"}
    result, _ = rebuild(release, json.dumps(notebook).encode())
    assert cell(result, "why_float32")["source"] == answer
    told = cell(result, "why_float32")["metadata"].get("tinytorch")
    assert told == ({"question": "**1.** Why float32?\nTwo sentences."} if gone else None)
    assert rebuild(release, json.dumps(result).encode())[0] == result
