"""Models: PyTorch's keys and arrays in both directions, what training mode changes, what a Module finds."""
import numpy as np
import pytest

import tinytorch as tt
from tests.framework.pytorch.networks import model_arrays
from tinytorch.tensor import Tensor
from tito.checks import assert_close


def model(rng: int = 0) -> tt.Module:
    return tt.Sequential(tt.Linear(5, 7, rng=rng), tt.relu, tt.Linear(7, 3, rng=rng + 1))


def split(arrays: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """PyTorch's state_dict, input and output out of the recorded arrays."""
    prefix = "model/state_dict/"
    state = {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}
    return state, arrays["model/input"], arrays["model/output"]


def test_recorded_pytorch_state_dict_loads_and_gives_its_outputs(reference):
    state, x, expected = split(reference)
    ours = model()
    ours.load_state_dict(state)
    assert list(ours.state_dict()) == list(state) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert_close(ours(Tensor(x)).numpy(), expected, rtol=1e-5)


def test_pytorch_state_dict_loads_as_it_is():
    pytest.importorskip("torch")
    state, x, expected = split(model_arrays())
    ours = model()
    ours.load_state_dict(state)
    assert_close(ours(Tensor(x)).numpy(), expected, rtol=1e-5)


def test_pytorch_loads_our_state_dict():
    torch = pytest.importorskip("torch")
    ours, x = model(), np.random.RandomState(0).standard_normal((4, 5)).astype(np.float32)
    theirs = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.ReLU(), torch.nn.Linear(7, 3))
    theirs.load_state_dict({key: torch.tensor(array) for key, array in ours.state_dict().items()})
    assert_close(theirs(torch.from_numpy(x)).detach().numpy(), ours(Tensor(x)).numpy(), rtol=1e-5)


class Block(tt.Module):
    """Modules in an attribute, in a list, and shared; a parameter of its own."""
    def __init__(self):
        super().__init__()
        self.scale = tt.ones(1, requires_grad=True)
        self.first = tt.Linear(2, 2, rng=0)
        self.body = tt.Sequential(tt.Linear(2, 2, bias=False, rng=1), tt.Dropout(0.5, rng=2))
        self.again = self.first

    def forward(self, x):
        return self.again(self.body(self.first(x))) * self.scale


def test_named_parameters_walk_the_whole_tree_under_pytorchs_names():
    names = {name for name, _ in Block().named_parameters()}
    assert names >= {"scale", "first.weight", "first.bias", "body.0.weight"}


def test_a_shared_layer_counts_its_parameters_once():
    block = Block()
    parameters = list(block.parameters())
    assert len(parameters) == len({id(p) for p in parameters}) == 4


def test_train_and_eval_reach_every_layer():
    block = Block()
    block.eval()
    assert not (block.training or block.body.training or block.body[1].training)
    block.train()
    assert block.training and block.body.training and block.body[1].training


def test_zero_grad_clears_every_gradient():
    block = Block()
    for p in block.parameters():
        p.grad = np.ones_like(p.data)
    block.zero_grad()
    assert [p.grad for p in block.parameters()] == [None] * 4


def test_state_dict_holds_copies():
    block = Block()
    before = block.state_dict()
    for p in block.parameters():
        p.data += 1                  # in place
    after = block.state_dict()
    assert all((before[key] != after[key]).all() for key in before)


def test_buffers_are_saved_and_loaded_but_not_learned():
    class Counting(tt.Module):
        def __init__(self, count):
            self.running_mean, self.num_batches_tracked = np.full(3, count, np.float32), np.array(count)

    ours = Counting(0)
    ours.load_state_dict(Counting(7).state_dict())
    assert list(ours.parameters()) == []
    assert ours.num_batches_tracked == 7 and ours.num_batches_tracked.dtype.kind == "i"
    assert_close(ours.running_mean, np.full(3, 7))


@pytest.mark.parametrize("spoil, words", [
    (lambda state: state.pop("2.bias"), ["2.bias"]),
    (lambda state: state.update(extra=np.zeros(1)), ["extra"]),
    (lambda state: state.update({"0.weight": np.zeros((5, 7))}), ["0.weight", "(5, 7)", "(7, 5)"]),
])
def test_load_state_dict_names_what_does_not_fit_and_changes_nothing(spoil, words):
    ours = model()
    before, state = ours.state_dict(), model(rng=5).state_dict()
    spoil(state)
    with pytest.raises((KeyError, ValueError)) as error:
        ours.load_state_dict(state)
    assert all(word in str(error.value) for word in words)
    after = ours.state_dict()
    assert all((before[key] == after[key]).all() for key in before)


def test_linear_starts_within_pytorchs_bounds_and_repeats_with_its_seed():
    layer = tt.Linear(100, 50, rng=3)
    for array in (layer.weight.numpy(), layer.bias.numpy()):
        assert 0.08 < np.abs(array).max() <= 0.1        # U(-1/√100, 1/√100)
    weight = layer.weight.numpy()
    assert layer.weight.shape == (50, 100) and abs(weight.mean()) < 0.005
    assert layer.weight.requires_grad and layer.bias.requires_grad
    np.testing.assert_array_equal(tt.Linear(100, 50, rng=3).weight.numpy(), weight)
    assert (tt.Linear(100, 50, rng=4).weight.numpy() != weight).any()


def test_linear_refuses_the_wrong_width_and_names_both():
    with pytest.raises(ValueError) as error:
        tt.Linear(3, 2)(tt.zeros(4, 5))
    assert "(4, 5)" in str(error.value) and "3" in str(error.value)


@pytest.mark.parametrize("p", [0.0, 0.25, 0.9])
def test_dropout_zeroes_a_share_and_scales_the_rest(p):
    out = tt.Dropout(p, rng=0)(tt.ones(100, 200)).numpy()
    kept = out != 0
    assert abs(kept.mean() - (1 - p)) < 0.01
    assert_close(out[kept], np.full(kept.sum(), 1 / (1 - p)))


def test_dropout_draws_a_new_mask_each_time_and_repeats_with_its_seed():
    layer, x = tt.Dropout(0.5, rng=1), tt.ones(1000)
    first, second = layer(x).numpy(), layer(x).numpy()
    assert (first != second).any()
    np.testing.assert_array_equal(tt.Dropout(0.5, rng=1)(x).numpy(), first)


def test_dropout_masks_the_trail_as_it_masks_the_numbers():
    x = Tensor(np.ones(1000), requires_grad=True)
    assert tt.Dropout(0.5, rng=1)(x).requires_grad


@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError):
        tt.Dropout(p)


def test_sequential_takes_any_callable_and_counts_every_entry():
    net = tt.Sequential(tt.Flatten(), lambda x: x * 2, tt.Linear(6, 1, rng=0))
    x = tt.randn(4, 2, 3, rng=0)
    assert [name for name, _ in net.named_parameters()] == ["2.weight", "2.bias"]
    assert_close(net(x).numpy(), net[2](Tensor(x.numpy().reshape(4, 6) * 2)).numpy())


@pytest.mark.parametrize("shape", [(0, 3, 4), (2, 0, 4), (2, 3, 4), (5,)])
@pytest.mark.parametrize("start", [0, 1, -1])
def test_flatten_takes_what_pytorchs_takes(shape, start):
    torch = pytest.importorskip("torch")
    expected = torch.nn.Flatten(start)(torch.zeros(shape)).shape if len(shape) > start else (5, 1)
    assert tt.Flatten(start)(tt.zeros(*shape)).shape == tuple(expected)
