"""Clipping and schedules as PyTorch has them; checkpoints whole at every moment; runs resumed bit for bit."""
import json
import math
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import tinytorch as tt
from tinytorch.dataloader import Transformed
from tinytorch.training import CheckpointError, Run, Schedule, generators, random_state
from tito.checks import assert_close

ROOT = Path(__file__).parents[2]
TEST = [(tt.Tensor(np.ones((5, 3))), np.zeros(5, int))]


class Shuffled:
    """Three batches, 4, 4 and 2 rows, from a generator of its own."""
    def __init__(self, seed=0):
        self.rng = np.random.default_rng(seed)

    def __iter__(self):
        for n in (4, 4, 2):
            yield tt.Tensor(self.rng.normal(size=(n, 3))), self.rng.integers(0, 2, n)


def trainer(lr=0.05, width=8, **options) -> tt.Trainer:
    rng = np.random.default_rng(0)
    model = tt.Sequential(tt.Linear(3, width, rng=rng), tt.relu, tt.Dropout(0.3, rng=rng), tt.Linear(width, 2, rng=rng))
    optimizer = tt.AdamW(model.parameters(), lr=lr)
    return tt.Trainer(model, optimizer, tt.cross_entropy, tt.CosineLR(optimizer, 30), max_norm=1.0,
                      accuracy=tt.accuracy, **options)


def assert_same_run(a: tt.Trainer, b: tt.Trainer):
    states = [run.model.state_dict() | run.optimizer.state_dict() for run in (a, b)]
    assert states[0].keys() == states[1].keys()
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
    assert [values for name, values in a.history.items() if name != "seconds"] == \
        [values for name, values in b.history.items() if name != "seconds"]


# Clipping and schedules against PyTorch

@pytest.mark.parametrize("max_norm", [0.5, 3.0, 1e4])
def test_clipping_is_pytorchs(max_norm):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in [(3, 4), (7,), (2, 3, 2)]]
    ours, theirs = [tt.zeros(a.shape) for a in arrays], [torch.zeros(a.shape, requires_grad=True) for a in arrays]
    for p, q, a in zip(ours, theirs, arrays):
        p.grad, q.grad = a.copy(), torch.tensor(a)
    assert_close(tt.clip_grad_norm(ours, max_norm), torch.nn.utils.clip_grad_norm_(theirs, max_norm).item())
    for p, q in zip(ours, theirs):
        assert p.grad.dtype == np.float32
        assert_close(p.grad, q.grad.numpy(), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name, theirs, options", [
    ("StepLR", "StepLR", {"step_size": 7, "gamma": 0.3}),
    ("CosineLR", "CosineAnnealingLR", {"T_max": 25, "eta_min": 0.01}),
    ("OneCycleLR", "OneCycleLR", {"max_lr": 0.7, "total_steps": 40}),
    ("OneCycleLR", "OneCycleLR", {"max_lr": 0.7, "total_steps": 33, "pct_start": 0.25, "div_factor": 10.0,
                                  "final_div_factor": 50.0}),
])
def test_schedules_are_pytorchs(name, theirs, options):
    torch = pytest.importorskip("torch")
    parameter = torch.zeros(1, requires_grad=True)
    sgd = torch.optim.SGD([parameter], lr=0.4, momentum=0.9)
    pytorchs = getattr(torch.optim.lr_scheduler, theirs)(sgd, **options)
    optimizer = tt.SGD([tt.Tensor([0.0])], lr=0.4)
    schedule = getattr(tt, name)(optimizer, **options)
    for _ in range(options.get("total_steps", 30)):
        assert math.isclose(optimizer.lr, sgd.param_groups[0]["lr"], rel_tol=1e-9)
        sgd.step()
        pytorchs.step()
        schedule.step()


def test_a_schedule_goes_on_from_its_state_and_needs_a_formula():
    optimizer = tt.SGD([tt.Tensor([0.0])], lr=1.0)
    schedule = tt.StepLR(optimizer, 2)
    for _ in range(3):
        schedule.step()
    other = tt.SGD([tt.Tensor([0.0])], lr=9.0)
    tt.StepLR(other, 2).load_state_dict({name: np.array(value) for name, value in schedule.state_dict().items()})
    assert other.lr == optimizer.lr == 0.1
    with pytest.raises(NotImplementedError, match="no lr_at"):
        Schedule(optimizer)


def test_accuracy_refuses_labels_that_would_broadcast():
    scores = tt.Tensor([[1.0, 2.0], [3.0, 1.0]])
    assert tt.accuracy(scores, np.array([1, 1])) == 0.5
    with pytest.raises(ValueError, match=r"labels of shape \(2, 1\) do not fit scores of shape \(2, 2\)"):
        tt.accuracy(scores, np.array([[1], [1]]))


# Checkpoints

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
    after = run.model.state_dict() | run.optimizer.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


FULL_DISK = """
    import resource, signal, sys
    from tests.framework.test_training import Shuffled, trainer
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
    from tests.framework.test_training import Shuffled, trainer

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


# The Trainer

def test_a_run_is_resumed_bit_for_bit_with_a_dataloader_and_augmentation(tmp_path):
    def setup():
        rng = np.random.default_rng(0)
        data = tt.TensorDataset(rng.normal(size=(20, 1, 4, 4)).astype(np.float32), rng.integers(0, 2, 20))
        flipped = Transformed(data, tt.RandomHorizontalFlip(rng=1))
        batches = tt.DataLoader(flipped, 6, shuffle=True, rng=3)
        model = tt.Sequential(tt.Conv2d(1, 4, 3, rng=rng), tt.BatchNorm2d(4), tt.relu, tt.Flatten(),
                              tt.Dropout(rng=rng), tt.Linear(16, 2, rng=rng))
        optimizer = tt.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
        return tt.Trainer(model, optimizer, tt.cross_entropy, tt.OneCycleLR(optimizer, 0.1, 20)), batches

    whole, batches = setup()
    whole.fit(batches, 4, watch=None)
    for epochs in (1, 3, 4):
        resumed, batches = setup()
        resumed.fit(batches, epochs, checkpoint=tmp_path / "run.npz", watch=None)
    assert_same_run(resumed, whole)


def test_batches_that_are_used_up_are_told():
    with pytest.raises(ValueError, match="a generator does not"):
        trainer().fit((batch for batch in Shuffled()), 2, watch=None)


def test_a_loss_that_explodes_stops_the_run_before_the_weights_are_lost():
    run = trainer()
    run.model[0].weight.data[0, 0] = np.nan
    before = run.model.state_dict()["3.weight"]
    with pytest.raises(FloatingPointError, match="the loss is nan: lower lr"):
        run.fit(Shuffled(), 1, watch=None)
    assert np.array_equal(run.model.state_dict()["3.weight"], before)


def test_watching_prints_a_line_an_epoch(capsys):
    trainer().fit(Shuffled(), 2, TEST)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["epoch", "1"], ["epoch", "2"]]
    assert all(word in lines[1] for word in ("loss", "test_loss", "test_accuracy", "lr", "seconds"))


def test_curves_are_drawn_without_a_screen(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    path = tmp_path / "new" / "curves.png"
    sizes = []
    curves = tt.LiveCurves(path)
    trainer().fit(Shuffled(), 2, TEST, watch=lambda history: (curves(history), sizes.append(path.stat().st_size)))
    assert path.read_bytes().startswith(b"\x89PNG") and len(set(sizes)) == 2
    assert capsys.readouterr().out.count("epoch ") == 2


def test_a_run_without_anything_optional(tmp_path):
    model = tt.Linear(3, 2, rng=0)
    run = Run(model, tt.SGD(model.parameters(), lr=0.1), tt.cross_entropy)
    assert run.epochs == 0 and set(run.evaluate(TEST)) == {"loss"}
    run.save(tmp_path / "new.npz")
    run.load(tmp_path / "new.npz")
    assert run.epochs == 0 and run.history == {}
