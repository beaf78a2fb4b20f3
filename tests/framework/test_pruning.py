"""Pruning, low rank, distillation and what keeps them in training, beside PyTorch's."""
import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.compression import KeepCodes, KeepZeros, distillation_loss, fine_tune, strongest_units, weights
from tinytorch.tensor import Tensor, randn
from tito.checks import assert_close


def network(rng=0):
    return tt.Sequential(tt.Linear(7, 6, rng=rng), tt.relu, tt.Linear(6, 3, rng=rng))


def pictures(rng=0):
    """A Conv2d network in eval mode, with statistics as after training."""
    rng = np.random.default_rng(rng)
    model = tt.Sequential(tt.Conv2d(2, 6, 3, bias=False, rng=rng), tt.BatchNorm2d(6), tt.relu,
                          tt.Conv2d(6, 4, 3, rng=rng), tt.MaxPool2d(2), tt.BatchNorm2d(4), tt.relu,
                          tt.Flatten(), tt.Linear(16, 5, rng=rng))
    state = model.state_dict()
    running = {name: rng.uniform(0.5, 1.5, state[name].shape) for name in state if "running" in name}
    model.load_state_dict(state | running)
    return model.eval()


def torch_twin(model):
    torch = pytest.importorskip("torch")
    twin = torch.nn.Sequential(torch.nn.Linear(7, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in model.state_dict().items()})
    return twin


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=3), st.integers(0, 99))
def test_pruning_again_and_again_is_pytorchs(amounts, seed):
    model = network(seed)
    twin, prune = torch_twin(model), pytest.importorskip("torch.nn.utils.prune")
    for amount in amounts:
        if not sum(np.count_nonzero(p.data) for p in weights(model)):
            break                                       # PyTorch refuses to prune where nothing is left
        tt.magnitude_prune(model, amount)
        prune.global_unstructured([(twin[0], "weight"), (twin[2], "weight")], prune.L1Unstructured, amount=amount)
    for i in (0, 2):
        assert_close(model[i].weight.data, twin[i].weight.detach().numpy(), rtol=0, atol=0)
        assert_close(model[i].bias.data, twin[i].bias.detach().numpy(), rtol=0, atol=0)


def test_half_and_half_again_leaves_a_quarter():
    model = tt.Linear(8, 8, rng=0)
    tt.magnitude_prune(model, 0.5)
    tt.magnitude_prune(model, 0.5)
    assert tt.sparsity(model) == 0.75


def test_pruning_leaves_arrays_alone_that_others_share():
    shared = np.float32([[1, -2], [3, 0.5]])
    layer = tt.Linear(2, 2)
    layer.weight.data = shared
    tt.magnitude_prune(layer, 0.5)
    assert_close(shared, [[1, -2], [3, 0.5]])
    assert_close(layer.weight.data, [[0, -2], [3, 0]])


def test_transposed_weights_are_pruned_where_they_are_small():
    layer = tt.Linear(3, 2)
    layer.weight.data = np.asfortranarray(np.float32([[1, 2, 3], [6, 5, 4]]))
    tt.magnitude_prune(layer, 0.5)
    assert_close(layer.weight.data, [[0, 0, 0], [6, 5, 4]])


@pytest.mark.parametrize("amount", [-0.1, 1.5, float("nan")])
def test_an_amount_is_a_share(amount):
    with pytest.raises(ValueError, match="magnitude_prune: amount is a share"):
        tt.magnitude_prune(network(), amount)
    with pytest.raises(ValueError, match="structured_prune: amount is a share"):
        tt.structured_prune(network(), amount)
    with pytest.raises(ValueError, match="strongest_units: amount is a share"):
        strongest_units(np.ones((3, 2)), amount)


@pytest.mark.parametrize("amount", [0.0, 0.3, 0.5, 0.8])
def test_the_units_that_stay_are_pytorchs(amount):
    torch, prune = pytest.importorskip("torch"), pytest.importorskip("torch.nn.utils.prune")
    layer = torch.nn.Conv2d(3, 7, 2)
    w = layer.weight.detach().numpy().copy()
    prune.ln_structured(layer, "weight", amount=amount, n=2, dim=0)
    stay = np.flatnonzero(layer.weight_mask.numpy().any(axis=(1, 2, 3)))
    assert strongest_units(w, amount).tolist() == stay.tolist()


def test_without_units_that_say_nothing_the_outputs_are_the_same():
    model = pictures()
    for layer, dead in ((0, [1, 4]), (3, [2])):
        model[layer].weight.data[dead] = 0
    model[1].weight.data[[1, 4]] = model[1].bias.data[[1, 4]] = 0
    model[3].bias.data[2] = model[5].weight.data[2] = model[5].bias.data[2] = 0
    before, x = model.state_dict(), randn(3, 2, 8, 8, rng=1)
    smaller = tt.structured_prune(model, 0.3)
    assert [p.shape for p in weights(smaller)] == [(4, 2, 3, 3), (3, 4, 3, 3), (5, 12)]
    assert_close(smaller(x).numpy(), model(x).numpy(), rtol=1e-4, atol=1e-5)
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(2, 9), min_size=2, max_size=5), st.floats(0, 0.85))
def test_a_smaller_network_works_and_learns(sizes, amount):
    layers = [layer for i, (a, b) in enumerate(zip(sizes, sizes[1:])) for layer in (tt.Linear(a, b, rng=i), tt.relu)]
    smaller = tt.structured_prune(tt.Sequential(*layers[:-1]), amount)
    out = smaller(randn(4, sizes[0], rng=0))
    assert out.shape == (4, sizes[-1])
    tt.backward((out * out).sum())
    assert [p.grad.shape for p in smaller.parameters()] == [p.shape for p in smaller.parameters()]
    assert len(smaller[0].weight) == (sizes[1] - round(amount * sizes[1]) if len(sizes) > 2 else sizes[1])


def test_structures_that_cannot_be_cut_are_refused():
    with pytest.raises(ValueError, match="layer 1, Sequential, holds layers of its own"):
        tt.structured_prune(tt.Sequential(tt.Linear(2, 3), network()), 0.5)
    for model in (tt.Linear(2, 3), tt.Sequential(tt.relu)):
        with pytest.raises(ValueError, match="should be a Sequential"):
            tt.structured_prune(model, 0.5)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 8), st.integers(1, 8), st.data())
def test_no_product_of_that_rank_is_nearer(outputs, inputs, data):
    rank = data.draw(st.integers(1, min(outputs, inputs)))
    layer = tt.Linear(inputs, outputs, rng=data.draw(st.integers(0, 99)))
    first, second = tt.low_rank(layer, rank)
    gap = layer.weight.data - second.weight.data @ first.weight.data
    least = np.linalg.svd(layer.weight.data, compute_uv=False)[rank:]
    assert_close(np.linalg.norm(gap), np.linalg.norm(least), rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("rank", [0, 4, -1])
def test_a_rank_that_is_not_there_is_refused(rank):
    with pytest.raises(ValueError, match="low_rank: rank should be from 1 to 3"):
        tt.low_rank(tt.Linear(5, 3), rank)


@pytest.mark.parametrize("temperature, alpha", [(1.0, 1.0), (4.0, 0.5), (2.5, 0.9), (20.0, 0.0)])
def test_distillation_is_pytorchs(temperature, alpha):
    torch = pytest.importorskip("torch")
    from torch.nn import functional
    s, t = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32) * 5
    labels = np.arange(6) % 5
    ours, theirs = Tensor(s, requires_grad=True), torch.tensor(s, requires_grad=True)
    loss = distillation_loss(ours, Tensor(t), labels, temperature, alpha)
    kl = functional.kl_div(functional.log_softmax(theirs / temperature, -1),
                           functional.softmax(torch.tensor(t) / temperature, -1), reduction="batchmean")
    expected = alpha * temperature ** 2 * kl + (1 - alpha) * functional.cross_entropy(theirs, torch.tensor(labels))
    assert_close(loss.numpy(), expected.detach().numpy(), rtol=1e-4)
    tt.backward(loss)
    expected.backward()
    assert_close(ours.grad, theirs.grad.numpy(), rtol=1e-3, atol=1e-5)


def test_zeros_and_codes_outlast_fine_tuning_and_the_schedule_moves_the_rate():
    teacher, rng = network(), np.random.default_rng(0)
    model, batches = copy.deepcopy(teacher), [(randn(8, 7, rng=rng), rng.integers(3, size=8)) for _ in range(5)]
    tt.magnitude_prune(model, 0.6)
    before, zeros = model.state_dict(), [p.data == 0 for p in weights(model)]
    fine_tune(model, teacher, batches, 2, lr=0.01, bits=4)
    for p, zero in zip(weights(model), zeros):
        scale = np.abs(p.data).max(axis=1, keepdims=True) / 7
        codes = np.divide(p.data, scale, where=scale > 0, out=np.zeros_like(p.data))
        assert not p.data[zero].any()
        assert_close(codes, np.rint(codes), atol=1e-3)
    assert not np.array_equal(before["0.bias"], model[0].bias.data)
    assert not model.training

    inner = tt.AdamW(model.parameters(), lr=0.5)
    keeper = KeepCodes(KeepZeros(inner))
    inner.lr = 0.25                                     # as a schedule does it
    assert keeper.lr == 0.25
    for p in model.parameters():
        p.grad = np.ones_like(p.data)
    keeper.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_a_teacher_is_asked_in_eval_mode_and_not_trained():
    teacher = tt.Sequential(tt.Linear(7, 6, rng=0), tt.Dropout(0.9), tt.Linear(6, 3, rng=0)).train()
    before = teacher.state_dict()
    fine_tune(network(), teacher, [(randn(8, 7, rng=0), np.arange(8) % 3)], 1, lr=0.01)
    assert not teacher.training
    assert all(p.grad is None for p in teacher.parameters())
    assert all(np.array_equal(before[name], array) for name, array in teacher.state_dict().items())
