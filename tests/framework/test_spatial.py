"""Convolution, pooling and batch normalization against recorded PyTorch, and live where it is installed."""
import numpy as np
import pytest

import tinytorch as tt
from tests.framework.pytorch.case import Case
from tests.framework.pytorch.spatial import SPATIAL
from tinytorch import spatial
from tinytorch.tensor import Tensor
from tito.checks import assert_close, raises

every_case = pytest.mark.parametrize("case", SPATIAL, ids=lambda case: case.name)


def under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def network() -> tt.Module:
    return tt.Sequential(tt.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=1), tt.BatchNorm2d(4, momentum=0.3), tt.relu,
                         tt.MaxPool2d(3, stride=2, padding=1), tt.Conv2d(4, 3, 2, bias=False), tt.BatchNorm2d(3),
                         tt.AvgPool2d((1, 2)), tt.Flatten(), tt.Linear(6, 2))


@every_case
def test_images_with_their_channels_side_by_side_in_memory_give_the_same(case: Case, reference: dict[str, np.ndarray]):
    arrays = [spatial.channels_first(spatial.pixels_last(array).copy()) if array.ndim == 4 else array
              for array in case.arrays()]
    output, tensors = case.run(arrays)
    assert_close(output.numpy(), reference[f"{case.name}/output"], rtol=1e-4, atol=1e-5)
    tt.backward(output, case.cotangent(output.shape))
    for i, tensor in enumerate(tensors):
        assert_close(tensor.grad, reference[f"{case.name}/gradient {i}"], f"gradient {i}", rtol=1e-4, atol=1e-5)


def test_network_loads_pytorchs_state_and_trains_as_it_does(reference: dict[str, np.ndarray]):
    ours, x = network(), reference["network/x"]
    before, after = under("network/before/", reference), under("network/after/", reference)
    assert list(ours.state_dict()) == list(before)
    ours.load_state_dict(before)
    outputs = np.stack([ours(Tensor(batch)).numpy() for batch in x])
    assert_close(outputs, reference["network/train"], rtol=1e-3, atol=1e-5)
    state = ours.state_dict()
    for key, expected in after.items():
        assert state[key].dtype == expected.dtype, key
        assert_close(state[key], expected, key, rtol=1e-3, atol=1e-5)


def test_network_has_pytorchs_gradients(reference: dict[str, np.ndarray]):
    ours = network()
    ours.load_state_dict(under("network/before/", reference))
    out = ours(Tensor(reference["network/x"][0]))
    tt.backward((out * out).sum())
    for name, parameter in ours.named_parameters():
        assert_close(parameter.grad, reference[f"network/gradient/{name}"], name, rtol=1e-2, atol=1e-4)


def test_network_evaluates_as_pytorchs(reference: dict[str, np.ndarray]):
    ours, after = network().eval(), under("network/after/", reference)
    ours.load_state_dict(after)
    x = reference["network/x"][0]
    assert_close(ours(Tensor(x)).numpy(), reference["network/eval"], rtol=1e-3, atol=1e-5)
    assert_close(ours(Tensor(x[:1])).numpy(), reference["network/eval"][:1], "alone", rtol=1e-3, atol=1e-5)
    assert ours.state_dict()["1.num_batches_tracked"] == after["1.num_batches_tracked"]


def test_every_layer_passes_gradcheck():
    x = tt.randn(2, 3, 5, 4, rng=0, requires_grad=True)
    conv, norm = tt.Conv2d(3, 2, (3, 2), stride=(2, 1), padding=1, rng=0), tt.BatchNorm2d(3)
    assert tt.gradcheck(lambda x, w, b: spatial.Conv2dOp.apply(x, w, b, stride=(2, 1), padding=(1, 1)),
                        x, conv.weight, conv.bias)
    for layer in (tt.AvgPool2d(3, stride=2, padding=1), norm, tt.BatchNorm2d(3).eval()):
        assert tt.gradcheck(layer, x)
    distinct = Tensor(np.random.default_rng(0).permutation(120).reshape(2, 3, 5, 4) * 0.1, requires_grad=True)
    assert tt.gradcheck(tt.MaxPool2d(3, stride=2, padding=1), distinct)


def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch):
    x, results = tt.randn(7, 3, 8, 8, rng=0).numpy(), []
    for cache in (1, 40_000, 2 ** 30):                    # one image at a time, a few, all
        monkeypatch.setattr(spatial, "CACHE", cache)
        layer, images = tt.Conv2d(3, 4, 3, padding=1, rng=0), Tensor(x, requires_grad=True)
        out = layer(images)
        tt.backward(out, np.cos(np.arange(out.size)).reshape(out.shape))
        results.append((out.numpy(), images.grad, layer.weight.grad, layer.bias.grad))
    for result in results[:2]:
        for array, expected in zip(result, results[2]):
            assert_close(array, expected, rtol=1e-4, atol=1e-4)


def test_channels_stay_side_by_side_in_memory_through_a_network():
    x = tt.randn(2, 3, 8, 8, rng=0)
    for layer in (tt.Conv2d(3, 4, 3, padding=1), tt.relu, tt.MaxPool2d(2), tt.BatchNorm2d(4), tt.relu, tt.AvgPool2d(2)):
        x = layer(x)
        assert spatial.pixels_last(x.numpy()).flags.c_contiguous, layer


def test_first_layer_computes_no_gradient_for_the_data(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spatial, "input_gradient", lambda *_: pytest.fail("the data needs no gradient"))
    layer = tt.Conv2d(3, 4, 3, rng=0)
    tt.backward(layer(tt.randn(2, 3, 5, 5, rng=0)).sum())
    assert layer.weight.grad.shape == (4, 3, 3, 3)


def test_empty_batch_passes():
    for layer in (tt.Conv2d(3, 4, 3), tt.MaxPool2d(2), tt.AvgPool2d(2), tt.BatchNorm2d(3).eval()):
        assert len(layer(Tensor(np.zeros((0, 3, 8, 8))))) == 0


@pytest.mark.parametrize("layer, shape, words", [
    (tt.Conv2d(3, 4, 3), (2, 4, 8, 8), "Conv2d 3 (2, 4, 8, 8)"), (tt.Conv2d(3, 4, 3), (3, 8, 8), "Conv2d (3, 8, 8)"),
    (tt.Conv2d(3, 4, 5), (1, 3, 8, 4), "Conv2d (1, 3, 8, 4) (4, 3, 5, 5)"),
    (tt.MaxPool2d(3), (1, 3, 2, 8), "MaxPool2d (1, 3, 2, 8)"), (tt.AvgPool2d(3), (3, 8), "AvgPool2d (3, 8)"),
    (tt.BatchNorm2d(3), (2, 4, 2, 2), "BatchNorm2d 3 (2, 4, 2, 2)"),
    (tt.BatchNorm2d(3), (1, 3, 1, 1), "BatchNorm2d (1, 3, 1, 1)")])
def test_shape_that_does_not_fit_is_refused_by_name(layer: tt.Module, shape: tuple, words: str):
    with raises(ValueError, words):
        layer(Tensor(np.ones(shape)))


def test_padding_of_more_than_half_a_window_is_refused():
    with raises(ValueError, "MaxPool2d (2, 2) (3, 3)"):
        tt.MaxPool2d(3, padding=2)
