"""Networks that a later milestone takes up: found under the name of their recipe, trained where they are not, never
mistaken."""
import ast
from types import SimpleNamespace

import numpy as np
import pytest
from runs import ROOT

import tinytorch as tt
from tinytorch.training import CheckpointError
from tito import kept
from tito.experiment import Broken

RECIPE = "3_epochs"
SCRIPT = f"""
import sys
import numpy as np
import tinytorch as tt
print("training, told", *sys.argv[1:])
tt.save_checkpoint("results/02_{RECIPE}.npz", model={{"weight": np.full((2, 3), 7), "bias": np.zeros(2)}},
                   history={{"loss": [3, 2, 1]}})
"""


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A course of one milestone, whose script trains a network and whose results are empty, seen from the next one."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setitem(kept.KEPT, "some", kept.Kept("03_year/02_some.py", RECIPE, 3, "a moment"))
    (tmp_path / "03_year" / "results").mkdir(parents=True)
    (tmp_path / "03_year" / "02_some.py").write_text(SCRIPT, encoding="utf-8")
    return SimpleNamespace(folder=tmp_path / "06_year", results=tmp_path / "03_year" / "results",
                           script=tmp_path / "03_year" / "02_some.py")


def leave(stage, epochs, name=RECIPE, weight=1.0, shape=(2, 3)):
    """What a run of so many epochs leaves there."""
    path = stage.results / f"02_{name}.npz"
    tt.save_checkpoint(path, model={"weight": np.full(shape, weight), "bias": np.zeros(2)},
                       history={"loss": [1.0] * epochs})
    return path


def weights_of(model):
    return np.unique(model.weight.numpy()).tolist()


def test_a_network_that_is_there_is_loaded_and_not_trained(stage, capsys):
    leave(stage, 3)
    stage.script.unlink()
    model = kept.load_kept(stage, "some", tt.Linear(3, 2))
    assert weights_of(model) == [1] and not model.training
    assert f"03_year/results/02_{RECIPE}.npz, 3 epochs" in capsys.readouterr().out


def test_one_that_is_not_there_is_trained_by_its_own_milestone(stage, capsys):
    assert weights_of(kept.load_kept(stage, "some", tt.Linear(3, 2))) == [7]
    told = capsys.readouterr().out
    assert "milestones/03_year/02_some.py does that first; it takes a moment" in told
    assert "    training, told --train" in told


def test_a_run_that_was_stopped_is_finished_first(stage):
    leave(stage, 2)
    assert weights_of(kept.load_kept(stage, "some", tt.Linear(3, 2))) == [7]


def test_the_network_of_another_recipe_is_never_taken_for_it(stage):
    """Such as that of a quick run, or of an older course."""
    other = leave(stage, 3, name="1_epochs")
    before = other.read_bytes()
    assert weights_of(kept.load_kept(stage, "some", tt.Linear(3, 2))) == [7]
    assert other.read_bytes() == before


def test_another_architecture_is_one_line_and_stays_as_it_is(stage):
    path = leave(stage, 3, shape=(2, 4))
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=r"results/02_3_epochs.npz is of another network .*\(2, 4\).*delete it"):
        kept.load_kept(stage, "some", tt.Linear(3, 2))
    assert path.read_bytes() == before


def test_a_damaged_file_is_one_line(stage):
    path = leave(stage, 3)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="damaged.*delete it"):
        kept.load_kept(stage, "some", tt.Linear(3, 2))


@pytest.mark.parametrize("script", ["print('it stops here')", SCRIPT.replace(RECIPE, "4_epochs")],
                         ids=["it stops", "another recipe"])
def test_a_training_that_leaves_nothing_is_told_with_the_mend(stage, script):
    stage.script.write_text(script, encoding="utf-8")
    with pytest.raises(Broken, match=r"03_year/02_some.py left no 02_3_epochs.npz .*bring the script back"):
        kept.load_kept(stage, "some", tt.Linear(3, 2))


def recipe_in(script, quick):
    """The name that a script gives to its file: its assignments, as far as they need no data."""
    known = {"stage": SimpleNamespace(quick=quick), "tokenizer": SimpleNamespace(vocab_size=1000)}
    for statement in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign):
            try:
                exec(compile(ast.Module([statement], []), str(script), "exec"), known)
            except (NameError, AttributeError):
                continue
    return known["recipe"], known["EPOCHS"]


@pytest.mark.parametrize("name", kept.KEPT)
def test_the_table_knows_the_files_that_the_scripts_write(name):
    entry = kept.KEPT[name]
    script = ROOT / "milestones" / entry.script
    assert recipe_in(script, quick=False) == (entry.recipe, entry.epochs)
    assert recipe_in(script, quick=True)[0] != entry.recipe, "a quick run must have a file of its own"
    assert 'stage.folder / "results" / f"' + script.name[:2] + '_{recipe}.npz"' in script.read_text(encoding="utf-8")
