"""docs/pytorch.md: its names exist on both sides, every public name is in it, and what it says of the two holds."""
import re
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

import tinytorch as tt
from tests.docs import beside
from tests.docs.pages import code, rows, text_of

PAGE = text_of("docs/pytorch.md")
TABLES, ALONE = PAGE.split("## Only here")
ROWS = [(code(ours), code(theirs)) for ours, theirs, _ in rows(TABLES)]
ONLY_HERE = re.findall(r"`(\w+)`", ALONE[ALONE.index("- 05"):])
METHODS = [f"Tensor.{name}" for name in dir(tt.Tensor) if not name.startswith("_") and name != "changed"]


def resolved(name: str) -> object:
    """The object of a dotted name: as much of it as there is as a module, then attributes."""
    parts = name.split(".")
    for last in range(len(parts), 0, -1):
        try:
            value = import_module(".".join(parts[:last]))
        except ModuleNotFoundError:
            continue
        for part in parts[last:]:
            value = getattr(value, part)
        return value
    raise AttributeError(name)


@pytest.mark.parametrize(("ours", "theirs"), ROWS, ids=[ours for ours, _ in ROWS])
def test_both_names_of_a_row_exist(ours, theirs):
    assert resolved(f"tinytorch.{ours}") is not None
    package = theirs.split(".")[0]
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    assert resolved(theirs) is not None


def test_every_public_name_has_a_row_or_is_listed_as_only_here():
    named = [ours for ours, _ in ROWS] + ONLY_HERE
    assert sorted(named) == sorted({*tt.__all__, *METHODS}), "each once"


def test_names_that_are_only_here_stand_beside_their_module():
    for number, names in re.findall(r"^- (\d\d): (.*)$", ALONE, re.MULTILINE):
        assert {tt._HOME[name][:2] for name in re.findall(r"`(\w+)`", names)} == {number}


def test_rows_stand_under_their_module():
    for number, table in re.findall(r"^## (\d\d) \w+\n(.*?)(?=^## |\Z)", TABLES, re.MULTILINE | re.DOTALL):
        assert {tt._HOME[code(row[0]).split(".")[0]][:2] for row in rows(table)} == {number}


@pytest.mark.skipif(not beside.HOLDS, reason="PyTorch is not installed")
@pytest.mark.parametrize("name", beside.HOLDS)
def test_what_a_row_says_holds(name):
    beside.HOLDS[name]()


@pytest.mark.skipif(not beside.HOLDS, reason="PyTorch is not installed")
def test_every_row_is_checked_or_says_why_not():
    assert {ours for ours, _ in ROWS} == beside.HOLDS.keys() | beside.NOT_COMPARED.keys()
    assert not beside.HOLDS.keys() & beside.NOT_COMPARED.keys()


def test_the_lines_in_both_run_in_both():
    torch = pytest.importorskip("torch")
    pairs = [line.split("  # ") for line in re.findall(r"^    (.*  # .*)$", TABLES, re.MULTILINE)]
    assert len(pairs) == 4
    images, labels = np.ones((5, 784), np.float32), np.arange(5)
    here = {**{name: getattr(tt, name) for name in tt.__all__}, "x": tt.Tensor(images), "labels": labels}
    there = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "x": torch.tensor(images),
             "labels": torch.tensor(labels)}
    for ours, theirs in pairs:
        exec(ours, here)
        exec(ours if theirs == "the same" else f"{ours.partition('=')[0]} = {theirs}", there)
    assert np.isfinite(here["loss"].item()) and bool(there["loss"].isfinite())
    [loading] = re.findall(r"`(model\.load_state_dict.*?)`", TABLES)
    exec(loading, {"model": here["model"], "theirs": there["model"]})
    assert (here["model"][0].weight.numpy() == there["model"][0].weight.detach().numpy()).all()


def test_the_sentences_below_the_tables_hold():
    torch, weight = pytest.importorskip("torch"), tt.ones(2, requires_grad=True)
    assert type(weight > 0.0) is np.ndarray and (weight > 0.0).dtype == bool
    with pytest.raises(TypeError), tt.no_grad():
        weight += 1.0
    theirs = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        theirs += 1.0
    assert theirs.tolist() == [2, 2]
    with pytest.raises(TypeError):
        tt.mse_loss(tt.ones(2), tt.ones(2), reduction="sum")
