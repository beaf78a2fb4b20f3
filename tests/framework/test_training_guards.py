"""What used to go wrong without a word in training: modes, labels, one column of scores, infinite gradients, stops."""
import contextlib

import numpy as np
import pytest

import tinytorch as tt
from tests.framework.small_run import Shuffled, assert_same_run, trainer


@pytest.mark.parametrize("labels", [np.array([1, 0]), [1, 0], tt.Tensor([1, 0])], ids=["array", "list", "Tensor"])
def test_accuracy_takes_labels_of_every_kind(labels):
    assert tt.accuracy(tt.Tensor([[1.0, 2.0], [3.0, 1.0]]), labels) == 1.0


@pytest.mark.parametrize("shape, labels", [((3, 1), (3,)), ((2, 3, 1), (2, 3)), ((1,), ())])
def test_the_arg_max_of_one_column_is_refused(shape, labels):
    with pytest.raises(ValueError, match=r"accuracy: scores of shape .* have one column.*compare .* > 0") as error:
        tt.accuracy(tt.ones(shape), np.zeros(labels, int))
    assert "\n" not in str(error.value)


def test_one_tensor_alone_is_clipped_as_in_pytorch():
    w = tt.Tensor([0.0, 0.0], requires_grad=True)
    w.grad = np.float32([3, 4])
    assert tt.clip_grad_norm(w, 1.0) == 5.0
    np.testing.assert_allclose(w.grad, [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize("limit", [1, np.float64(1), np.float32(1), np.array(1.0)])
def test_gradients_stay_float32_whatever_number_the_limit_is(limit):
    w = tt.Tensor([0.0, 0.0], requires_grad=True)
    w.grad = np.float32([3, 4])
    assert isinstance(tt.clip_grad_norm([w], limit), float) and w.grad.dtype == np.float32


# Modes

def frozen():
    """A model in training mode with a BatchNorm2d in eval mode, as for fine-tuning."""
    model = tt.Sequential(tt.BatchNorm2d(3), tt.Flatten(), tt.Dropout(rng=0), tt.Linear(3, 2, rng=0))
    model[0].eval()
    return model


def modes(model):
    return [part.training for part in (model, *(model[i] for i in range(4)))]


IMAGES = [(tt.Tensor(np.arange(12.0).reshape(4, 3, 1, 1)), np.zeros(4, int))]


def fails(*_):
    raise RuntimeError("a measure that fails")


@pytest.mark.parametrize("measures", [{"loss": tt.cross_entropy}, {"loss": fails}], ids=["works", "fails"])
def test_evaluate_leaves_every_mode_as_it_came(measures):
    for model in (frozen(), frozen().eval()):
        before = modes(model)
        with contextlib.suppress(RuntimeError):
            tt.evaluate(model, IMAGES, **measures)
        assert modes(model) == before


@pytest.mark.parametrize("options", [{}, {"bad": fails}], ids=["works", "fails"])
def test_fit_leaves_every_mode_as_it_came_and_what_is_frozen_frozen(options):
    for model in (frozen(), frozen().eval()):
        before, mean = modes(model), model[0].running_mean.copy()
        run = tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), tt.cross_entropy, **options)
        with contextlib.suppress(RuntimeError):
            run.fit(IMAGES, 2, IMAGES, watch=None)
        assert modes(model) == before
        assert np.array_equal(model[0].running_mean, mean) == model.training


# Gradients that are not finite


@pytest.mark.parametrize("max_norm", [None, 1.0])
@pytest.mark.parametrize("gradient", [np.nan, np.inf])
def test_a_gradient_that_is_not_finite_stops_before_moving_and_saving(gradient, max_norm, tmp_path, monkeypatch):
    run, path = trainer(), tmp_path / "run.npz"
    run.max_norm = max_norm
    run.fit(Shuffled(), 1, checkpoint=path, watch=None)
    before, saved = run.model.state_dict(), path.read_bytes()

    def spoilt(loss):
        whole(loss)
        run.model[0].bias.grad = np.full(8, gradient, np.float32)

    whole = tt.training.backward
    monkeypatch.setattr(tt.training, "backward", spoilt)
    with np.errstate(invalid="ignore"), pytest.raises(FloatingPointError, match="gradients"):
        run.fit(Shuffled(), 2, checkpoint=path, watch=None)
    assert all(np.array_equal(value, before[name]) for name, value in run.model.state_dict().items())
    assert path.read_bytes() == saved


# Late or bare errors

@pytest.mark.parametrize("make, words", [
    (lambda o: tt.OneCycleLR(o, 1.0, 10, pct_start=1), "OneCycleLR: pct_start .* not 1"),
    (lambda o: tt.OneCycleLR(o, 1.0, 10, pct_start=-0.1), "OneCycleLR: pct_start .* not -0.1"),
    (lambda o: tt.OneCycleLR(o, 1.0, 10, pct_start=np.nan), "OneCycleLR: pct_start .* not nan"),
    (lambda o: tt.OneCycleLR(o, 1.0, 0), "OneCycleLR: total_steps .* not 0"),
    (lambda o: tt.OneCycleLR(o, 1.0, 10, div_factor=0), "OneCycleLR: both div factors .* not 0 and"),
    (lambda o: tt.StepLR(o, 0), "StepLR: step_size .* not 0"),
    (lambda o: tt.CosineLR(o, 0), "CosineLR: T_max .* not 0"),
])
def test_a_schedule_that_cannot_work_is_refused_at_once(make, words):
    optimizer = tt.SGD([tt.Tensor([0.0])], lr=0.5)
    with pytest.raises(ValueError, match=words):
        make(optimizer)
    assert optimizer.lr == 0.5


class Stopped(Shuffled):
    """Ctrl-C at the second batch."""
    def __iter__(self):
        yield next(super().__iter__())
        raise KeyboardInterrupt


def test_ctrl_c_in_the_first_epoch_and_fit_again_is_the_run_that_never_stopped(tmp_path):
    whole, stopped, path = trainer(), trainer(), tmp_path / "run.npz"
    whole.fit(Shuffled(), 3, watch=None)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(Stopped(), 3, checkpoint=path, watch=None)
    stopped.fit(Shuffled(), 3, checkpoint=path, watch=None)
    assert_same_run(stopped, whole)
