"""The optimizers take PyTorch's steps; they go on from a file bit for bit; what they keep and whom they move."""
import numpy as np
import pytest

import tinytorch as tt
from tests.framework.pytorch.walks import RECIPES, SNAPSHOTS, gradients, rate, starts, walk_arrays
from tinytorch.tensor import Tensor
from tito.checks import assert_close

KINDS = {"sgd": lambda params: tt.SGD(params, lr=0.1),
         "momentum": lambda params: tt.SGD(params, lr=0.1, momentum=0.9),
         "nesterov": lambda params: tt.SGD(params, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
         "adam": lambda params: tt.Adam(params, lr=0.1, weight_decay=0.1),
         "adamw": lambda params: tt.AdamW(params, lr=0.1)}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def parameter(data) -> Tensor:
    return Tensor(np.array(data, np.float32), requires_grad=True)


def walk(optimizer: tt.Optimizer, steps: range) -> list[np.ndarray]:
    """The parameters after these steps of the recorded problem."""
    for step in steps:
        for param, grad in zip(optimizer.params, gradients([p.data for p in optimizer.params], step)):
            param.grad = grad
        optimizer.step()
    return [p.data.copy() for p in optimizer.params]


def our_arrays(name: str) -> dict[str, np.ndarray]:
    kind, options = RECIPES[name]
    optimizer, arrays = getattr(tt, kind)([parameter(start) for start in starts()], **options), {}
    first = optimizer.lr
    for step in range(1, SNAPSHOTS[-1] + 1):
        optimizer.lr = rate(first, step)
        found = walk(optimizer, range(step, step + 1))
        if step in SNAPSHOTS:
            arrays |= {f"{name}/{step}/{i}": array for i, array in enumerate(found)}
    return arrays


def assert_same_walk(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]):
    assert ours.keys() == theirs.keys()
    for key in theirs:
        assert_close(ours[key], theirs[key], key, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", RECIPES)
def test_a_thousand_steps_are_those_recorded_from_pytorch(name, reference):
    assert_same_walk(our_arrays(name), {key: reference[key] for key in reference if key.startswith(f"{name}/")})


@pytest.mark.parametrize("name", RECIPES)
def test_a_thousand_steps_are_those_of_pytorch(name):
    pytest.importorskip("torch")
    assert_same_walk(our_arrays(name), walk_arrays(name))


@every_kind
def test_training_goes_on_from_a_file_bit_for_bit(make, tmp_path):
    whole = make([parameter(start) for start in starts()])
    walk(whole, range(1, 8))
    whole.lr = 0.07
    np.savez(tmp_path / "optimizer.npz", **whole.state_dict())
    resumed = make([parameter(p.data) for p in whole.params])
    with np.load(tmp_path / "optimizer.npz", allow_pickle=False) as saved:
        resumed.load_state_dict(saved)
    assert resumed.lr == 0.07
    for ours, theirs in zip(walk(resumed, range(8, 20)), walk(whole, range(8, 20)), strict=True):
        assert np.array_equal(ours, theirs)


@every_kind
def test_state_dict_holds_copies(make):
    optimizer = make([parameter([1.0, 2.0])])
    optimizer.params[0].grad = np.float32([1, 1])
    optimizer.step()
    saved = optimizer.state_dict()
    before = {key: np.array(value) for key, value in saved.items()}
    optimizer.step()
    assert all(np.array_equal(saved[key], before[key]) for key in before)
    assert saved["0.steps"] == 1 and optimizer.state_dict()["0.steps"] == 2


def test_the_state_of_another_optimizer_or_model_is_refused_and_changes_nothing():
    adam, sgd = tt.Adam([parameter([1.0])]), tt.SGD([parameter([1.0])], lr=0.5)
    with pytest.raises(KeyError, match="Adam.*missing.*0.mean.*0.square"):
        adam.load_state_dict(sgd.state_dict())
    with pytest.raises(KeyError, match="SGD.*unexpected.*0.mean"):
        sgd.load_state_dict(adam.state_dict())
    with pytest.raises(ValueError, match=r"0.mean should be \(1,\), not \(2,\)"):
        adam.load_state_dict(tt.Adam([parameter([1.0, 2.0])], lr=0.9).state_dict())
    assert adam.lr == 1e-3 and sgd.lr == 0.5


@every_kind
def test_a_shared_parameter_moves_as_if_it_were_listed_once(make):
    once, twice = parameter([1.0, -2.0]), parameter([1.0, -2.0])
    for optimizer in (make([once]), make(p for p in [twice, twice])):
        for param in (once, twice):
            param.grad = np.float32([0.5, 3.0])
        optimizer.step()
        optimizer.step()
    assert np.array_equal(once.data, twice.data)


@every_kind
def test_a_parameter_without_gradient_stays_and_its_state_too(make):
    optimizer = make([parameter([1.0]), parameter([2.0])])
    optimizer.params[0].grad = np.float32([1.0])
    optimizer.step()
    assert optimizer.params[1].data == 2.0 and optimizer.state_dict()["1.steps"] == 0


@every_kind
def test_steps_write_into_the_array_and_leave_the_gradient(make):
    param = parameter([1.0, 2.0])
    data, param.grad = param.data, np.float32([1.0, -1.0])
    make([param]).step()
    assert param.data is data and data.dtype == np.float32 and data[0] != 1.0
    assert np.array_equal(param.grad, [1.0, -1.0])


@every_kind
def test_parameters_may_come_from_a_model_and_zero_grad_forgets_their_gradients(make):
    model = tt.Sequential(tt.Linear(2, 3, rng=0), tt.relu, tt.Linear(3, 1, rng=1))
    optimizer = make(model.parameters())
    losses = []
    for _ in range(20):
        loss = tt.mse_loss(model(Tensor([[1.0, 2.0], [0.5, -1.0]])), np.array([[1.0], [-1.0]]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
    optimizer.zero_grad()
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("name, copies", [("sgd", 0), ("momentum", 1), ("nesterov", 1), ("adam", 2), ("adamw", 2)])
def test_the_state_is_as_large_as_the_formula_says(name, copies):
    params = [parameter(np.zeros((30, 20))), parameter(np.zeros(20))]
    arrays = [v for v in KINDS[name](params).state_dict().values() if isinstance(v, np.ndarray)]
    assert sum(array.nbytes for array in arrays) == copies * sum(p.data.nbytes for p in params)


def test_a_learning_rate_in_float64_does_not_change_a_bit():
    """A schedule's np.float64 would otherwise make every product float64."""
    walks = []
    for lr in (0.1, np.float64(0.1)):
        optimizer = tt.Adam([parameter(start) for start in starts()])
        optimizer.lr = lr
        walks.append(walk(optimizer, range(1, 10)))
    assert all(np.array_equal(a, b) for a, b in zip(*walks, strict=True))


@pytest.mark.parametrize("make, error, words", [
    (lambda: tt.SGD([], lr=0.1), ValueError, "no parameters"),
    (lambda: tt.Adam(iter([])), ValueError, "no parameters"),
    (lambda: tt.SGD(parameter([1.0]), lr=0.1), TypeError, "list of Tensors"),
    (lambda: tt.SGD([parameter([1.0])], lr=-0.1), ValueError, "lr should be at least 0 and finite"),
    (lambda: tt.SGD([parameter([1.0])], lr=0.1, nesterov=True), ValueError, "nesterov needs a momentum"),
    (lambda: tt.SGD([parameter([1.0]), parameter([1.0]) * 2], lr=0.1), ValueError, r"SGD: params\[1\].*not a leaf"),
    (lambda: tt.Adam([np.ones(3)]), TypeError, r"Adam: params\[0\] should be a Tensor, not ndarray"),
    (lambda: tt.AdamW([parameter([1.0])], lr=float("nan")), ValueError, "AdamW: lr .* finite, not nan"),
    (lambda: tt.SGD([parameter([1.0])], lr=float("inf")), ValueError, "at least 0 and finite, not inf"),
    (lambda: tt.SGD([parameter([1.0])], lr=0.1, momentum=-0.9), ValueError, "momentum .* finite, not -0.9"),
    (lambda: tt.SGD([parameter([1.0])], lr=0.1, weight_decay=-1), ValueError, "weight_decay should be"),
    (lambda: tt.Adam([parameter([1.0])], eps=-1e-8), ValueError, "eps should be"),
    (lambda: tt.Adam([parameter([1.0])], betas=(0.9, 1.0)), ValueError, r"betas should be.*\(0.9, 1.0\)"),
    (lambda: tt.Optimizer([parameter([1.0])], lr=0.1).update(None, None, {}, 0.1), NotImplementedError, "no update"),
])
def test_what_makes_no_sense_is_refused_in_words(make, error, words):
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("shape", [(1,), (3, 3), (4,)])
def test_a_gradient_of_another_shape_is_refused_before_anything_moves(shape):
    weight, bias = parameter([1.0, 2.0]), parameter([1.0, 2.0, 3.0])
    weight.grad, bias.grad = np.ones(2, np.float32), np.ones(shape, np.float32)
    with pytest.raises(ValueError, match=rf"SGD.step: params\[1\] is \(3,\), its grad \({shape[0]},"):
        tt.SGD([weight, bias], lr=0.1).step()
    assert np.array_equal(weight.data, [1, 2])
