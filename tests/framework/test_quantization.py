"""Quantization: codes against PyTorch's, bounds on errors, packed bytes, layers, models, files, and what it refuses."""
import os
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tests.framework.pytorch.quantization import RECORDED, SEEDS, case, their_codes
from tinytorch.quantization import QuantizedLayer, from_codes, integer_linear, parts_of, scale_and_zero_point, to_codes
from tinytorch.training import CheckpointError
from tito.checks import assert_close, raises


@pytest.fixture
def torch():
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield torch


def mlp(rng: int = 0) -> tt.Sequential:
    rng = np.random.default_rng(rng)
    return tt.Sequential(tt.Linear(70, 33, rng=rng), tt.relu, tt.Linear(33, 5, bias=False, rng=rng))


def gpt(rng: int = 0, **options) -> tt.GPT:
    return tt.GPT(11, 8, 2, 2, 12, rng=rng, **options)


def test_codes_of_1000_random_tensors_are_pytorchs(torch):
    for seed in SEEDS:
        x, options = case(seed)
        q = tt.quantize(x, **options)
        assert (q.codes == their_codes(torch, x, q)).all(), (seed, x.shape, options)


def test_codes_are_those_that_pytorch_gave_when_they_were_recorded():
    with np.load(RECORDED) as arrays:
        assert len(arrays) == 24
        for seed, codes in arrays.items():
            x, options = case(int(seed))
            assert (tt.quantize(x, **options).codes == codes).all(), (seed, x.shape, options)


def test_codes_on_and_beside_every_edge_are_pytorchs(torch):
    rng = np.random.RandomState(0)
    scale = (10 ** rng.uniform(-4, 2, size=(300, 1))).astype(np.float32)
    zero_point = rng.randint(-128, 128, size=(300, 1)).astype(np.int8)
    edge = ((rng.randint(-300, 300, size=(300, 50)) + 0.5) * scale).astype(np.float32)
    for x in (edge, np.nextafter(edge, np.float32(0)), np.nextafter(edge, np.float32(1e9))):
        theirs = torch.quantize_per_channel(torch.from_numpy(x), torch.from_numpy(scale[:, 0].astype(np.float64)),
                                            torch.from_numpy(zero_point[:, 0].astype(np.int64)), 0, torch.qint8)
        codes = to_codes(x, scale, zero_point)
        assert (codes == theirs.int_repr().numpy()).all()
        assert (from_codes(codes, scale, zero_point) == theirs.dequantize().numpy()).all()


def test_symmetric_codes_are_those_of_all_three_of_pytorchs_functions(torch):
    for seed in SEEDS[:200]:
        x, scale = case(seed)[0], np.float32(0.1 + seed / 70)
        t, scales, zeros = torch.from_numpy(x.reshape(1, -1)), torch.tensor([scale]), torch.zeros(1, dtype=torch.int32)
        per_tensor = torch.quantize_per_tensor(t, float(scale), 0, torch.qint8).int_repr().numpy()
        assert (to_codes(x, scale).ravel() == per_tensor[0]).all()
        fake = torch.fake_quantize_per_channel_affine(t, scales, zeros, 0, -8, 7).numpy()
        assert (from_codes(to_codes(x, scale, bits=4), scale).ravel() == fake[0]).all()


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_any_shape_comes_back_within_half_a_step_and_packs(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4), "shape"))
    bits, symmetric = data.draw(st.integers(2, 8), "bits"), data.draw(st.booleans(), "symmetric")
    where = data.draw(st.sampled_from([{}, {"axis": -1}, {"axis": 0}, {"group_size": 1}, {"group_size": 4}]), "where")
    rng = np.random.RandomState(data.draw(st.integers(0, 1000), "seed"))
    x = (rng.standard_normal(shape) * 10 ** rng.uniform(-5, 5)).astype(np.float32)
    x.flat[0] = 0
    q = tt.quantize(x, bits, symmetric=symmetric, **where)
    back = tt.dequantize(q).numpy()
    assert back.dtype == np.float32 and back.shape == q.shape == shape and back.flat[0] == 0
    assert np.abs(back - x).max() <= 0.501 * q.scale.max()
    packed = tt.pack_codes(q.codes, bits)
    assert (tt.unpack_codes(packed, bits, x.size).reshape(shape) == q.codes).all()
    zeros = q.zero_point.nbytes if q.zero_point.any() else 0
    assert q.nbytes == len(packed) + q.scale.nbytes + zeros == -(-x.size * bits // 8) + q.scale.nbytes + zeros


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("value", [0, 3, -0.25, 1e-42, 3e38, -3e38])
def test_constants_come_back(value, symmetric):
    back = tt.dequantize(tt.quantize(np.full((3, 4), value), symmetric=symmetric)).numpy()
    assert_close(back, np.full((3, 4), np.float32(value)), rtol=1e-5, atol=1e-40)


def test_a_range_wider_than_float32_has_a_scale():
    scale, _ = scale_and_zero_point(np.float32(-3e38), np.float32(3e38), symmetric=False)
    assert_close(scale, 6e38 / 255)


def test_bytes_are_those_of_the_formula():
    weight = np.random.default_rng(0).normal(size=(256, 512)).astype(np.float32)
    assert weight.nbytes / tt.quantize(weight, axis=0).nbytes == pytest.approx(4, rel=0.01)
    assert weight.nbytes / tt.quantize(weight, bits=4, group_size=64).nbytes == pytest.approx(32 / 4.5)
    assert tt.pack_codes(np.int8([-8, 7, 3]), 4).tolist() == [0x78, 0x03]
    assert tt.unpack_codes(bytes([0x78, 0x03]), 4, 3).tolist() == [-8, 7, 3]


@pytest.mark.parametrize("options, words", [
    ({"bits": 1}, "2 8 1"), ({"bits": 9}, "9"), ({"bits": 4.0}, "4.0"),
    ({"axis": 2}, "axis 2 (2, 3)"), ({"axis": -3}, "-3"),
    ({"group_size": 0}, "group_size 0"), ({"group_size": 2.5}, "2.5"), ({"axis": 0, "group_size": 2}, "not both")])
def test_what_cannot_be_quantized_is_refused(options, words):
    with raises(ValueError, words):
        tt.quantize(np.ones((2, 3)), **options)


def test_numbers_without_a_code_are_refused():
    for x, words in (([1, np.nan], "nan"), ([np.inf, 1], "infinity"), (np.ones((0, 3)), "empty (0, 3)")):
        with raises(ValueError, words):
            tt.quantize(np.asarray(x))
    with raises(ValueError, "axis"):
        tt.quantize(1.0, group_size=2)
    with raises(ValueError, "-8 7 -9 3"):
        tt.pack_codes(np.array([-9, 3]), 4)
    with raises(ValueError, "3 4 2 5"):
        tt.unpack_codes(np.zeros(5, np.uint8), 4, 3)


def test_calibration_needs_numbers_and_a_known_method():
    with raises(ValueError, "minmax percentile mse 'max'"):
        tt.calibrate(np.ones(3), method="max")
    with raises(ValueError, "empty"):
        tt.calibrate([])
    for method in ("minmax", "percentile", "mse"):
        scale, zero_point = tt.calibrate(tt.zeros(5), method=method)
        assert scale == 1 and from_codes(zero_point, scale, zero_point) == 0


def test_mean_squared_error_is_never_worse_than_the_whole_range():
    rng = np.random.default_rng(0)
    for bits in range(2, 9):
        x = rng.standard_t(2, size=2000).astype(np.float32)
        error = {}
        for method in ("minmax", "mse"):
            scale, zero_point = tt.calibrate(x, bits, method)
            error[method] = np.square(x - from_codes(to_codes(x, scale, zero_point, bits), scale, zero_point)).mean()
        assert error["mse"] <= error["minmax"]


def test_sums_of_ten_thousand_products_are_exact():
    rng = np.random.default_rng(0)
    x, weight = np.full((1, 10_000), 255, np.float32), tt.quantize(rng.choice([-1, 1], size=(3, 10_000)), axis=0)
    exact = 255 * weight.codes.astype(np.int64).sum(axis=1) * weight.scale[:, 0].astype(np.float64)
    assert_close(integer_linear(x, np.float32(1), np.int8(-128), weight)[0], exact, rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"bits": 4, "group_size": 5}])
def test_layers_give_what_their_dequantized_layer_gives(options):
    x = tt.randn(2, 3, 7, 6, rng=0, requires_grad=True)
    for conv in (tt.Conv2d(3, 4, (3, 2), stride=2, padding=1, rng=0),
                 tt.Conv2d(3, 4, 2, padding="same", bias=False, rng=0)):
        quantized = tt.QuantizedConv2d.from_float(conv, **options)
        conv.weight.data = tt.dequantize(quantized.weight).numpy().reshape(conv.weight.shape)
        assert_close(quantized(x).numpy(), conv(x).numpy(), rtol=1e-6)
        tt.backward(quantized(x).sum())
        assert x.grad.shape == x.shape
    layer = tt.Linear(6, 4, rng=0)
    quantized = tt.QuantizedLinear.from_float(layer, **options)
    layer.weight.data = tt.dequantize(quantized.weight).numpy()
    assert_close(quantized(x).numpy(), layer(x).numpy(), rtol=1e-6)
    with raises(ValueError, "in_features 6 (3, 5)"):
        quantized(tt.zeros(3, 5))


def test_state_holds_codes_and_only_biases_are_learned():
    quantized = tt.QuantizedLinear.from_float(tt.Linear(6, 4), bits=4, group_size=4)
    state = quantized.state_dict()
    assert {name: (array.dtype.name, array.shape) for name, array in state.items()} == {
        "weight.codes": ("int8", (4, 6)), "weight.scale": ("float32", (4, 2, 1)),
        "weight.zero_point": ("int8", (4, 2, 1)), "bias": ("float32", (4,))}
    assert [name for name, _ in quantized.named_parameters()] == ["bias"]
    other = tt.QuantizedLinear.from_float(tt.Linear(6, 4), bits=4, group_size=4)
    other.load_state_dict(state)
    x = tt.randn(3, 6)
    assert (other(x).numpy() == quantized(x).numpy()).all()


def test_a_layer_of_another_class_is_refused():
    for kind, layer in ((tt.QuantizedLinear, tt.Conv2d(1, 1, 1)), (tt.QuantizedConv2d, tt.Linear(1, 1)),
                        (tt.QuantizedLinear, tt.relu)):
        with raises(TypeError, kind.__name__):
            kind.from_float(layer)


@pytest.mark.parametrize("options", [{}, {"bits": 4, "group_size": 4}])
@pytest.mark.parametrize("tied", [False, True])
def test_gpt_is_quantized_and_writes(options, tied):
    model, tokens = gpt(tie_weights=tied), np.arange(10)
    before = model(tokens).numpy()
    quantized = tt.quantize_model(model, **options)
    kinds = [type(part).__name__ for part in parts_of(quantized)]
    assert kinds.count("QuantizedLinear") == 4 * 2 + 1 and "Linear" not in kinds and "Embedding" in kinds
    assert_close(quantized(tokens).numpy(), before, atol=0.05)
    assert (model(tokens).numpy() == before).all()
    written = tt.generate(quantized, tokens[:3], 4, temperature=0)
    for layer in [part for part in parts_of(quantized) if isinstance(part, QuantizedLayer)]:
        layer.weight.scale = 0 * layer.weight.scale
    assert written.shape == (7,) and (model(tokens).numpy() == before).all()


def test_a_single_layer_is_replaced_and_a_subclass_is_left():
    class Doubled(tt.Linear):
        def forward(self, x):
            return super().forward(x) * 2

    assert isinstance(tt.quantize_model(tt.Linear(2, 2)), tt.QuantizedLinear)
    model = tt.quantize_model(tt.Sequential(Doubled(2, 2), tt.Linear(2, 2)))
    assert type(model[0]) is Doubled and type(model[1]) is tt.QuantizedLinear


@pytest.mark.parametrize("make", [mlp, gpt])
@pytest.mark.parametrize("options", [{}, {"bits": 4, "group_size": 64}, {"bits": 3}, {"bits": 5, "group_size": 7}])
def test_a_packed_file_brings_the_model_back(make, options, tmp_path):
    model, path = tt.quantize_model(make(), **options), tmp_path / "model.npz"
    tt.save_quantized(path, model)
    other = tt.quantize_model(make(rng=1), **options)
    tt.load_quantized(path, other)
    for name, array in model.state_dict().items():
        assert (other.state_dict()[name] == array).all(), name


def test_a_file_of_affine_codes_keeps_zero_points(tmp_path):
    model = mlp()
    for place in (0, 2):
        layer = tt.QuantizedLinear.from_float(model[place])
        layer.weight = tt.quantize(model[place].weight, axis=0, symmetric=False)
        model.layers[place] = layer
    tt.save_quantized(tmp_path / "model.npz", model)
    other = tt.quantize_model(mlp(rng=1))
    tt.load_quantized(tmp_path / "model.npz", other)
    x = tt.randn(3, 70)
    assert (other(x).numpy() == model(x).numpy()).all()


def test_a_packed_file_is_small(tmp_path):
    model, sizes = tt.Linear(1024, 256), {}
    tt.save_checkpoint(tmp_path / "float.npz", model=model.state_dict())
    for bits, group_size in ((8, None), (4, 64)):
        tt.save_quantized(tmp_path / "packed.npz", tt.quantize_model(model, bits, group_size))
        sizes[bits] = os.path.getsize(tmp_path / "float.npz") / os.path.getsize(tmp_path / "packed.npz")
    assert sizes[8] > 3.9 and sizes[4] > 6.9


def test_a_file_of_another_kind_is_refused_and_the_model_stays(tmp_path):
    path, other = tmp_path / "model.npz", tt.quantize_model(mlp(rng=1), 4)
    tt.save_quantized(path, tt.quantize_model(mlp(), 8))
    before = other.state_dict()
    with raises(ValueError, "0.weight 4 bits"):
        tt.load_quantized(path, other)
    with raises(ValueError, "0.weight.scale"):
        tt.load_quantized(path, tt.quantize_model(mlp(), 8, group_size=10))
    with raises(KeyError, "unexpected"):
        tt.load_quantized(path, mlp())
    path.write_bytes(path.read_bytes()[:-40])
    with raises(CheckpointError, "damaged"):
        tt.load_quantized(path, other)
    assert all((array == before[name]).all() for name, array in other.state_dict().items())
