"""Cells, metadata and outputs that a submission brings along: only the source of known answer cells should count."""
import copy
import json

from tests.autograder.attacks.attack import Family
from tests.autograder.attacks.blank import EXPORT, Blank

family = Family("cells")
ONE = {"output_type": "execute_result", "data": {"text/plain": "1000.0"}, "metadata": {}, "execution_count": 1}


def changed(name: str, says: str, role: str, change) -> None:
    """An attack that changes every cell of a role by `change(cell)`."""
    def make(blank: Blank) -> dict:
        notebook = blank.copy()
        for cell in blank.cells(notebook, role):
            change(cell)
        return notebook
    family.add(name, says, make)


def tagged(**metadata):
    return lambda cell: cell["metadata"]["nbgrader"].update(metadata)


changed("tests_that_pass", "Every test says pass.", "test", lambda cell: cell.update(source="pass"))
changed("tests_that_exit", "Every test ends its process before a check.", "test",
        lambda cell: cell.update(source="import os\nos._exit(0)"))
changed("tests_that_score", "Every test ends in its points.", "test", lambda cell: cell.update(source="1000.0"))
changed("tests_as_markdown", "Every test is text.", "test", lambda cell: cell.update(cell_type="markdown"))
changed("tests_as_raw", "Every test is a raw cell.", "test", lambda cell: cell.update(cell_type="raw"))
changed("tests_as_answers", "Every test is tagged as an answer.", "test", tagged(solution=True, grade=False))
changed("tests_without_points", "Every test is out of 0 points.", "test", tagged(points=0))
changed("answers_as_tests", "Every answer is tagged as a test.", "answer",
        tagged(solution=False, grade=True, points=99))
changed("huge_points", "Every test is worth a thousand million.", "test", tagged(points=1e9))
changed("endless_points", "Every test is worth Infinity, as JSON of Python's has it.", "test",
        tagged(points=float("inf")))
changed("nan_points", "Every test is worth nan.", "test", tagged(points=float("nan")))
changed("negative_points", "Every test is worth less than nothing.", "test", tagged(points=-5))
changed("old_schema", "Cells of nbgrader's schema 1.", "test", tagged(schema_version=1))
changed("future_schema", "Cells of a schema that is not there yet.", "test", tagged(schema_version=99))
changed("no_schema", "Cells without a schema.", "test", lambda cell: cell["metadata"]["nbgrader"].pop("schema_version"))
changed("unlocked_tests", "Tests that may be edited.", "test", tagged(locked=False))
changed("tasks", "Tests as tasks, for which any comment is an answer.", "test", tagged(task=True, grade=False))
changed("forged_checksums", "Tests changed, with the checksum of the release.", "test",
        lambda cell: cell.update(source="pass  # as released"))
changed("points_as_output", "Tests that have printed their points.", "test", lambda cell: cell.update(outputs=[ONE]))
changed("graded_prose", "Written answers as tests that pass.", "written", tagged(solution=False, points=50))
changed("prose_as_code", "Written answers as code with an output.", "written",
        lambda cell: cell.update(cell_type="code", source="1000.0", outputs=[ONE], execution_count=1))
changed("given_cells_changed", "Read-only cells define a NumPy that agrees.", "given",
        lambda cell: cell.update(source=EXPORT + "class np:\n    pass"))
changed("ids_of_lists", "Names of cells that are lists.", "answer", tagged(grade_id=["a"]))
changed("metadata_of_text", "Metadata that is text.", "answer", lambda cell: cell.update(metadata="nbgrader"))
changed("sources_of_numbers", "Sources that are numbers.", "answer", lambda cell: cell.update(source=[1, [2]]))
changed("lone_surrogates", "Sources with half a character, zero bytes and form feeds.", "answer",
        lambda cell: cell.update(source=EXPORT + "x = '\ud800\x00\x0c\u2028'"))
changed("hidden_markers", "Answers with the markers of solutions and hidden tests.", "answer",
        lambda cell: cell.update(source=EXPORT + "### BEGIN HIDDEN TESTS\n### END SOLUTION\n### BEGIN SOLUTION\n"))
changed("removed_by_tag", "Tests that a tag removes.", "test", lambda cell: cell["metadata"].update(
    tags=["remove_cell", "skip-execution", "raises-exception"]))
changed("long_answers", "Answers of 100,001 letters.", "answer", lambda cell: cell.update(source="#" * 100_001))


@family.notebook
def deleted_tests(blank):
    """No test is left."""
    notebook = blank.copy()
    tests = blank.cells(notebook, "test")
    notebook["cells"] = [cell for cell in notebook["cells"] if cell not in tests]
    return notebook


@family.notebook
def doubled_tests(blank):
    """Every test twice, the second time one that passes."""
    notebook = blank.copy()
    for test in blank.cells(notebook, "test"):
        notebook["cells"].append({**copy.deepcopy(test), "source": "pass", "id": "again"})
    return notebook


@family.notebook
def answers_named_like_tests(blank):
    """Answers have the names of tests, and tests of answers."""
    notebook = blank.copy()
    for answer, test in zip(blank.cells(notebook, "answer"), blank.cells(notebook, "test")):
        one, other = answer["metadata"]["nbgrader"], test["metadata"]["nbgrader"]
        one["grade_id"], other["grade_id"] = other["grade_id"], one["grade_id"]
    return notebook


@family.notebook
def names_that_look_alike(blank):
    """A passing test beside each, with a name that normalises to the same."""
    notebook = blank.copy()
    for test in blank.cells(notebook, "test"):
        twin = {**copy.deepcopy(test), "source": "pass", "id": "twin"}
        twin["metadata"]["nbgrader"]["grade_id"] = twin["metadata"]["nbgrader"]["grade_id"].replace("t", "\uff54")
        notebook["cells"].append(twin)
    return notebook


@family.notebook
def a_cell_of_its_own(blank):
    """A new exported cell, locked like a given one, in front of everything."""
    notebook = blank.copy()
    notebook["cells"].insert(0, {"cell_type": "code", "id": "own", "outputs": [], "execution_count": None, "source":
                                 EXPORT + blank.code("raise SystemExit"), "metadata": {"nbgrader": {
                                     "grade_id": "imports2", "locked": True, "grade": False, "solution": False,
                                     "schema_version": 3, "task": False}}})
    return notebook


@family.notebook
def a_provenance_of_its_own(blank):
    """Graded already, it says, with all points."""
    notebook = blank.copy()
    scores = {cell["metadata"]["nbgrader"]["grade_id"]: [99, 99] for cell in blank.cells(notebook, "test")}
    notebook["metadata"]["tinytorch"] = {"reference": "", "provenance": {
        "policy": "fallback", "sandboxed": True, "graded_at": "", "fingerprint": "", "stands": [], "remarks": [],
        "scores": scores, "cell_errors": {}}}
    notebook["cells"].insert(0, {"cell_type": "markdown", "id": "provenance", "metadata": {}, "source": "- Graded."})
    return notebook


@family.notebook
def another_kernel(blank):
    """A kernel that is a shell, and a language that nobody knows."""
    notebook = blank.copy()
    notebook["metadata"] |= {"kernelspec": {"name": "bash", "language": "bash", "display_name": "x"},
                             "language_info": {"name": "scheme", "pygments_lexer": "x"}}
    return notebook


@family.notebook
def an_old_format(blank):
    """A notebook of format 3, whose cells are in worksheets."""
    return json.dumps({"nbformat": 3, "worksheets": [{"cells": blank.copy()["cells"]}], "cells": []}).encode()


@family.notebook
def two_lists_of_cells(blank):
    """The key `cells` twice: readers differ on which one counts."""
    text = json.dumps(blank.copy())
    return (text[:-1] + ', "cells": [' + json.dumps(blank.copy()["cells"][0]) + "]}").encode()


@family.notebook
def cells_without_end(blank):
    """More cells than anybody reads."""
    notebook = blank.copy()
    notebook["cells"] += [{"cell_type": "markdown", "metadata": {}, "source": ""}] * 1_000
    return notebook


@family.notebook
def a_test_inside_an_answer(blank):
    """An answer split in two, with a test between."""
    notebook = blank.copy()
    answer = blank.answers(notebook)[0]
    place = notebook["cells"].index(answer)
    test = {**copy.deepcopy(answer), "source": "assert True"}
    notebook["cells"][place + 1:place + 1] = [test, copy.deepcopy(answer)]
    return notebook


@family.notebook
def another_modules_name(blank):
    """Answers that export into other modules, the package's own file among them."""
    notebook = blank.copy()
    for answer in blank.answers(notebook):
        answer["source"] = "#| default_exp __init__\n#| export ../../tito/checks\n" + answer["source"]
    return notebook
