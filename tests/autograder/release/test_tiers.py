"""Three editions of every notebook: they help more or less, and ask for the same."""
import ast
import copy
import json
import re

import pytest

from autograder.collect.rebuild import rebuild
from autograder.records.classroom import Classroom
from autograder.release.notebook import release_text
from autograder.release.tiers import Tier, in_tier
from tests import helpers
from tests.autograder.release.hinted_class import STEPS, with_hints
from tests.autograder.small_class import cell
from tito.course import MODULES
from tito.notebooks import cells_of


def released(cells: list[dict]) -> dict:
    cells = json.loads(json.dumps(helpers.released(cells)))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


RELEASE = released(with_hints(helpers.TENSOR))


def without_docstrings(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body[0].value.value = ""
    return ast.dump(tree)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
def test_every_edition_of_every_notebook_asks_for_the_same(module, tmp_path):
    classroom = Classroom.at(helpers.REPOSITORY, tmp_path / "course")
    standard, guided, challenge = (json.loads(release_text(classroom, module, tier=tier))
                                   for tier in (Tier.standard, Tier.guided, Tier.challenge))
    graded = {cell.grade_id: cell for cell in cells_of(standard) if cell.grade_id}
    for other in (guided, challenge):
        found = {cell.grade_id: cell for cell in cells_of(other) if cell.grade_id}
        assert list(found) == list(graded)
        assert {(name, one.role, one.points) for name, one in found.items()} == \
            {(name, one.role, one.points) for name, one in graded.items()}
        for name, one in found.items():
            same = without_docstrings if one.role == "answer" else str
            assert same(one.source) == same(graded[name].source), name
        assert [one.source for one in cells_of(other) if one.kind == "code" and one.role == "free"] == \
            [one.source for one in cells_of(standard) if one.kind == "code" and one.role == "free"]
    text = "".join(one.source for one in cells_of(standard))
    prose = {tier: "".join(one.source for one in cells_of(notebook) if one.kind == "markdown")
             for tier, notebook in (("guided", guided), ("challenge", challenge))}
    assert text.count("<summary>Hint") == prose["guided"].count("<details open>") > 0
    assert "Hint" not in re.sub("Hinton", "", prose["challenge"])
    everything = "".join(one.source for one in cells_of(challenge))
    assert re.findall(r".*\b(?:hint \d|(?:see|open|read) (?:the |a )?hint).*", everything, re.IGNORECASE) == []
    steps = [one.source.count("# Step 1: ") for one in cells_of(guided) if one.role == "answer"]
    assert sum(steps) == text.count("<summary>Hint 3") and max(steps) == 1
    answers = "".join(one.source for one in cells_of(challenge) if one.role == "answer")
    assert ">>>" not in answers and "Raises" in answers or "Raises" not in text


def test_the_standard_edition_is_the_release_itself():
    assert in_tier(RELEASE, Tier.standard) is RELEASE
    before = copy.deepcopy(RELEASE)
    in_tier(RELEASE, Tier.guided)
    assert before == RELEASE


def test_guided_opens_the_hints_and_puts_the_last_where_the_code_goes():
    guided = in_tier(RELEASE, Tier.guided)
    lines = cell(guided, "mul")["source"].splitlines()
    at = lines.index("    # YOUR CODE HERE")
    assert lines[at - 3:at] == [f"    {step}" for step in STEPS]
    assert "Step" not in cell(guided, "tensor")["source"], "the hints are about the exercise before them"
    [hints] = [one["source"] for one in guided["cells"] if "Hint" in one["source"]]
    assert hints.count("<details open><summary>") == 3 and "<details>" not in hints


def test_steps_for_several_places_stand_on_top_of_the_cell():
    two = helpers.answer("mul", "#| export\ndef mul(a):\n    ### BEGIN SOLUTION\n    return a\n    ### END SOLUTION\n\n"
                                "def div(a):\n    ### BEGIN SOLUTION\n    return a\n    ### END SOLUTION")
    cells = [two if helpers.grade_id(one) == "mul" else one for one in helpers.TENSOR]
    lines = cell(in_tier(released(with_hints(cells)), Tier.guided), "mul")["source"].splitlines()
    assert lines[:5] == ["#| export", *STEPS, "def mul(a):"]


def test_challenge_has_neither_hints_nor_worked_examples_and_keeps_what_is_asked_for():
    docstring = '''#| export
def mul(a, b):
    """The product.

    Raises ValueError for shapes that do not fit.

    >>> mul(Tensor([2]), Tensor([3]))
    Tensor([6.])
    """
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION'''
    cells = [helpers.answer("mul", docstring) if helpers.grade_id(one) == "mul" else one for one in helpers.TENSOR]
    challenge = in_tier(released(with_hints(cells)), Tier.challenge)
    assert cell(challenge, "mul")["source"].split("# YOUR")[0] == '''#| export
def mul(a, b):
    """The product.

    Raises ValueError for shapes that do not fit.
    """
    '''
    assert len(challenge["cells"]) == len(cells) and challenge["metadata"]["tinytorch"]["tier"] == "challenge"


@pytest.mark.parametrize("tier", Tier)
def test_an_untouched_stub_of_any_edition_counts_as_untouched(tier):
    handed_in = in_tier(RELEASE, tier)
    assert rebuild(RELEASE, json.dumps(handed_in).encode())[0] == RELEASE
    solved = copy.deepcopy(handed_in)
    solved["cells"].insert(solved["cells"].index(cell(solved, "mul")) + 1, copy.deepcopy(cell(solved, "mul")))
    cell(solved, "mul")["source"] = "#| export\ndef mul(a, b):\n    return a"
    result, remarks = rebuild(RELEASE, json.dumps(solved).encode())
    assert cell(result, "mul")["source"].endswith("return a"), "the stub beside an answer is no second half of it"
    assert "all but one are copies or unsolved" in remarks[0]
