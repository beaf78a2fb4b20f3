"""Checkpoints are whole at every moment; damaged or foreign ones change nothing; a killed run goes on bit for bit."""
import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import tinytorch as tt
from tests.framework.small_run import Shuffled, assert_same_run, trainer
from tinytorch.training import CheckpointError, generators, random_state

ROOT = Path(__file__).parents[2]


def test_a_checkpoint_brings_back_arrays_numbers_and_words(tmp_path):
    path = tmp_path / "läufe" / "run 1"
    tt.save_checkpoint(path, model={"0.weight": np.float32([[1, 2]])}, notes={"epoch": 3, "who": "Ada λ"})
    saved = tt.load_checkpoint(path)
    assert saved["model"]["0.weight"].dtype == np.float32 and saved["model"]["0.weight"].tolist() == [[1, 2]]
    assert int(saved["notes"]["epoch"]) == 3 and str(saved["notes"]["who"]) == "Ada λ"
    assert [p.name for p in path.parent.iterdir()] == ["run 1"]


@pytest.mark.parametrize("damage", [
    lambda whole: b"", lambda whole: b"hello", lambda whole: whole[:len(whole) // 2], lambda whole: whole[:-20],
    lambda whole: whole[:200] + bytes([whole[200] ^ 255]) + whole[201:],
], ids=["empty", "text", "half", "end cut off", "one byte turned"])
def test_a_damaged_checkpoint_is_told_in_one_line_and_changes_nothing(damage, tmp_path):
    path, run = tmp_path / "run.npz", trainer()
    run.fit(Shuffled(), 1, checkpoint=path, watch=None)
    path.write_bytes(damage(path.read_bytes()))
    other, untouched = trainer(), trainer()
    with pytest.raises(CheckpointError, match="is damaged, or no checkpoint .*delete it") as error:
        other.fit(Shuffled(), 2, checkpoint=path, watch=None)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    assert_same_run(other, untouched)


@pytest.mark.parametrize("other, words", [
    (lambda: trainer(width=9), "0.weight should be"),
    (lambda: tt.Trainer(trainer().model, tt.SGD(trainer().model.parameters(), lr=0.1), tt.cross_entropy), "schedule"),
], ids=["another model", "another optimizer, no schedule"])
def test_the_checkpoint_of_another_run_is_refused_and_changes_nothing(other, words, tmp_path):
    path, run = tmp_path / "run.npz", other()
    trainer().fit(Shuffled(), 1, checkpoint=path, watch=None)
    before = run.model.state_dict() | run.optimizer.state_dict()
    with pytest.raises(CheckpointError, match="checkpoint of another run") as error:
        run.fit(Shuffled(), 2, checkpoint=path, watch=None)
    assert words in str(error.value) and "\n" not in str(error.value)
    assert "It stays as it is" in str(error.value) and "forward assigns" not in str(error.value)
    after = run.model.state_dict() | run.optimizer.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


FULL_DISK = """
    import resource, signal, sys
    from tests.framework.small_run import Shuffled, trainer
    run = trainer()
    run.fit(Shuffled(), 1, checkpoint=sys.argv[1], watch=None)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)                # then writing fails with an OSError, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        run.fit(Shuffled(), 2, checkpoint=sys.argv[1], watch=None)
    except OSError as error:
        print(error)
"""
KILLED = """
    import os, signal, sys
    from tests.framework.small_run import Shuffled, trainer

    class Killed(Shuffled):
        batches = 0
        def __iter__(self):
            for batch in super().__iter__():
                Killed.batches += 1
                if Killed.batches == 8:                           # in the middle of the third epoch
                    os.kill(os.getpid(), signal.SIGKILL)
                yield batch

    trainer().fit(Killed(), 5, checkpoint=sys.argv[1])
"""


def python(code: str, *arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], cwd=ROOT,
                          capture_output=True, text=True, encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_a_full_disk_leaves_the_checkpoint_of_the_epoch_before(tmp_path):
    path = tmp_path / "run.npz"
    done = python(FULL_DISK, path)
    assert done.returncode == 0, done.stderr
    assert f"{path} cannot be written (File too large): free some space" in done.stdout.splitlines()[-1]
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert tt.load_checkpoint(path)["history"]["loss"].shape == (1,)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills so hard on Windows")
def test_a_killed_run_loses_at_most_one_epoch_and_goes_on_bit_for_bit(tmp_path, capsys):
    path, whole, resumed = tmp_path / "run.npz", trainer(), trainer()
    done = python(KILLED, path)
    assert done.returncode == -signal.SIGKILL and done.stdout.count("epoch ") == 2, done.stdout + done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    whole.fit(Shuffled(), 5, watch=None)
    resumed.fit(Shuffled(), 5, checkpoint=path)
    assert "going on after epoch 2" in capsys.readouterr().out
    assert_same_run(resumed, whole)


def test_ctrl_c_while_saving_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    tt.save_checkpoint(path, model={"a": np.zeros(3)})

    def interrupted(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tt.save_checkpoint(path, model={"a": np.ones(3)})
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert tt.load_checkpoint(path)["model"]["a"].tolist() == [0, 0, 0]


def test_every_generator_is_found_once_wherever_it_lies():
    shared = np.random.default_rng(0)
    loader = tt.DataLoader(tt.TensorDataset(np.arange(4)), 2, shuffle=True, rng=shared)
    loader.itself, loader.module = loader, np
    loader.augment = tt.Compose([tt.RandomHorizontalFlip(rng=1), {"crop": tt.RandomCrop(2, rng=2)}])
    found = dict(generators({"batches": loader, "model": [tt.Dropout(rng=shared)]}))
    assert set(found) == {"batches.rng", "model.0.rng", "batches.augment.transforms.0.rng",
                          "batches.augment.transforms.1.crop.rng"}
    assert found["batches.rng"] is shared
    state = json.loads(random_state({"batches": loader})["batches.rng"])
    assert state == shared.bit_generator.state


def test_a_result_that_forward_kept_is_named_and_its_run_can_go_on(tmp_path):
    path, whole, resumed = tmp_path / "run.npz", trainer(), trainer()
    whole.fit(Shuffled(), 3, watch=None)
    trainer().fit(Shuffled(), 2, checkpoint=path, watch=None)
    saved = tt.load_checkpoint(path)
    saved["model"]["hidden"] = np.zeros((4, 8))                  # as from a forward with self.hidden = relu(...)
    tt.save_checkpoint(path, **saved)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="forward assigns hidden to self, make it a local variable") as error:
        resumed.fit(Shuffled(), 3, checkpoint=path, watch=None)
    assert "delete" not in str(error.value) and "\n" not in str(error.value) and path.read_bytes() == before
    del saved["model"]["hidden"]                                 # what the message says
    tt.save_checkpoint(path, **saved)
    resumed.fit(Shuffled(), 3, checkpoint=path, watch=None)
    assert_same_run(resumed, whole)
