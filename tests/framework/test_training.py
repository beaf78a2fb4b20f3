"""Clipping and schedules as PyTorch has them; a Trainer that resumes bit for bit, and that can be watched."""
import math

import numpy as np
import pytest

import tinytorch as tt
from tests.framework.small_run import Shuffled, assert_same_run, trainer
from tinytorch.training import Schedule
from tito.checks import assert_close

TEST = [(tt.Tensor(np.ones((5, 3))), np.zeros(5, int))]


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


# The Trainer

def test_a_run_is_resumed_bit_for_bit_with_a_dataloader_and_augmentation(tmp_path):
    def setup():
        rng = np.random.default_rng(0)
        data = tt.TensorDataset(rng.normal(size=(20, 1, 4, 4)).astype(np.float32), rng.integers(0, 2, 20))
        flipped = tt.Transformed(data, tt.RandomHorizontalFlip(rng=1))
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
    run = tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), tt.cross_entropy)
    assert run.epochs == 0 and set(run.evaluate(TEST)) == {"loss"}
    run.save(tmp_path / "new.npz")
    run.load(tmp_path / "new.npz")
    assert run.epochs == 0 and run.history == {}
