"""A compressed file gives back what was saved, or says that it cannot: damaged, foreign and hostile files included."""
import json
import pickle
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import tinytorch as tt
from tinytorch.compression import CompressedError, expand, load_compressed, save_compressed, seal, shrink, unseal
from tinytorch.quantization import dequantize, quantize
from tito.checks import assert_close

DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
NUMBERS = st.sampled_from([kind for dtype in DTYPES for kind in (f"<{dtype}", f">{dtype}")])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.tz"


def there_and_back(path, state, **options):
    size = save_compressed(path, state, **options)
    assert size == path.stat().st_size
    return load_compressed(path)


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_every_array_comes_back_whatever_its_memory_looks_like(tmp_path_factory, data):
    shape = data.draw(arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
    dtype = np.dtype(data.draw(NUMBERS))
    array = data.draw(arrays.arrays(dtype, shape))
    turned = array.transpose(data.draw(st.permutations(range(array.ndim))))
    stepped = turned[tuple(slice(None, None, data.draw(st.sampled_from([1, 2, -1]))) for _ in turned.shape)]
    state = {"as it is": array, "columns first": np.asfortranarray(array), "turned": turned, "stepped": stepped}
    back = there_and_back(tmp_path_factory.mktemp("files") / "a.tz", state)
    assert list(back) == list(state)
    for name, given_array in state.items():
        np.testing.assert_array_equal(back[name], given_array)
        assert back[name].dtype == dtype.newbyteorder("=")
        assert back[name].flags.writeable


def test_a_transposed_weight_of_a_model_is_saved_as_it_is_seen(path):
    layer = tt.Linear(3, 2)
    layer.weight.data = np.float32([[1, 2], [3, 4], [5, 6]]).T
    assert not layer.weight.data.flags.c_contiguous
    assert_close(there_and_back(path, {"weight": layer.weight.data})["weight"], [[1, 3, 5], [2, 4, 6]])
    rounded = there_and_back(path, {"weight": layer.weight.data}, bits=8)["weight"]
    assert_close(rounded, [[1, 3, 5], [2, 4, 6]], atol=0.05)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 8), st.one_of(st.none(), st.integers(1, 40)), st.floats(0, 1), st.integers(0, 999))
def test_what_comes_back_is_what_the_codes_mean(tmp_path_factory, bits, group_size, share, seed):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=rng.integers(1, 12, size=rng.integers(2, 5))).astype(np.float32)
    w *= rng.random(w.shape) >= share
    path, b = tmp_path_factory.mktemp("files") / "a.tz", rng.normal(size=5).astype(np.float32)
    back = there_and_back(path, {"weight": w, "bias": b}, bits=bits, group_size=group_size)
    rows = w.reshape(len(w), -1)
    q = quantize(rows, bits, axis=0) if group_size is None else quantize(rows, bits, group_size=group_size)
    np.testing.assert_array_equal(back["weight"], dequantize(q).numpy().reshape(w.shape))
    np.testing.assert_array_equal(back["bias"], b)
    again = there_and_back(path, back, bits=bits, group_size=group_size)
    assert_close(again["weight"], back["weight"], rtol=1e-5)


def test_a_network_with_its_buffers_answers_as_before(path):
    model, other = [tt.Sequential(tt.Conv2d(1, 3, 3, rng=rng), tt.BatchNorm2d(3), tt.relu, tt.Flatten(),
                                  tt.Linear(12, 2, rng=rng)) for rng in (0, 1)]
    x = tt.randn(5, 1, 4, 4, rng=0)
    model(x)
    other.load_state_dict(there_and_back(path, model.state_dict()))
    np.testing.assert_array_equal(other.eval()(x).numpy(), model.eval()(x).numpy())
    assert other[1].num_batches_tracked == 1


def test_zeros_and_few_bits_make_small_files(path):
    w = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
    pruned = np.where(np.abs(w) < 1.2816, np.float32(0), w)                      # 80% zeros
    for array, bits, times in ((w, None, 1.0), (w, 8, 4.0), (w, 4, 8.0), (pruned, None, 4.5), (pruned, 4, 17.0)):
        assert w.nbytes / save_compressed(path, {"w": array}, bits) > times


def test_it_is_never_larger_than_the_bytes_and_a_small_header(path):
    noise = np.random.default_rng(0).bytes(10_000)
    assert save_compressed(path, {"noise": np.frombuffer(noise, np.uint8)}) < 10_000 + 150


def test_every_flipped_bit_and_every_cut_is_noticed(path):
    save_compressed(path, tt.Linear(4, 3, rng=0).state_dict(), bits=4)
    whole = path.read_bytes()
    for place in range(len(whole)):
        bad = bytearray(whole)
        bad[place] ^= 1 << place % 8
        for data in (bytes(bad), whole[:place], whole[:place] + b"\n" + whole[place:]):
            path.write_bytes(data)
            with pytest.raises(CompressedError, match=f"^{path}: .*: (save|fetch)"):
                load_compressed(path)


@pytest.mark.parametrize("data", [b"", b"TinyTZ\n", b"\x89PNG\r\n\x1a\n" + bytes(100), b"PK\3\4" + bytes(40),
                                  pickle.dumps({"w": [1, 2]})])
def test_foreign_files_are_refused(path, data):
    path.write_bytes(data)
    with pytest.raises(CompressedError, match="not a compressed model: save one with save_compressed"):
        load_compressed(path)


def test_a_file_that_is_not_there_is_an_oserror(path):
    with pytest.raises(FileNotFoundError):
        load_compressed(path)


def sealed(entries, *parts):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    return seal([len(header).to_bytes(4, "little") + shrink(header), *map(shrink, parts)])


def entry(dtype="<f4", shape=(8,), bits=None, group_size=None, count=None, name="w"):
    return [name, dtype, shape, bits, group_size, count]


EIGHT = np.ones(8, np.float32).tobytes()
HOSTILE = {
    "a header that is no JSON": sealed(b"{"), "a header that is a number": sealed(7),
    "a header of numbers": sealed([7]),
    "a header nested too deep": sealed(b"[" * 100_000),
    "an entry that is too short": sealed([["w", "<f4"]], b"", b"", EIGHT),
    "no header": seal([]), "a header without its length": seal([b"ab"]),
    "a header length that is wrong": seal([b"\x09\0\0\0" + shrink(b"[]")]),
    "objects": sealed([entry(dtype="|O", shape=[1])], b"", b"", bytes(8)),
    "an unknown dtype": sealed([entry(dtype="<x9", shape=[1])], b"", b"", bytes(8)),
    "a dtype that is a list": sealed([entry(dtype=["<f4"], shape=[1])], b"", b"", bytes(4)),
    "a name that is a list": sealed([entry(name=["w"])], b"", b"", EIGHT),
    "the same name twice": sealed([entry()] * 2, b"", b"", EIGHT, b"", b"", EIGHT),
    "parts that are missing": sealed([entry()], b"", b""),
    "parts too many": sealed([entry()], b"", b"", EIGHT, b""),
    "more numbers than there are": sealed([entry(shape=[9])], b"", b"", EIGHT),
    "fewer numbers than there are": sealed([entry(shape=[7])], b"", b"", EIGHT),
    "a bitmap for others": sealed([entry(shape=[16], count=8)], b"", b"\xff\x01", EIGHT),
    "more kept than there are": sealed([entry(shape=[4], count=8)], b"", b"\xff", EIGHT),
    "a negative size": sealed([entry(shape=[-8])], b"", b"", EIGHT),
    "a size of True": sealed([entry(shape=[True])], b"", b"", EIGHT[:4]),
    "a size of 8.0": sealed([entry(shape=[8.0])], b"", b"", EIGHT),
    "an enormous array": sealed([entry(shape=[1 << 40], count=0)], b"", b"", b""),
    "an enormous size beside 0": sealed([entry(shape=[0, 10 ** 30])], b"", b"", b""),
    "many large arrays": sealed([entry(shape=[1 << 24], count=0, name=str(i)) for i in range(20)], *[b""] * 60),
    "40 axes": sealed([entry(shape=[1] * 40)], b"", b"", EIGHT[:4]),
    "codes of 9 bits": sealed([entry(shape=[2, 4], bits=9)], EIGHT, b"", EIGHT),
    "codes for a single axis": sealed([entry(bits=8)], EIGHT, b"", EIGHT[:8]),
    "scales that are missing": sealed([entry(shape=[2, 4], bits=8)], b"", b"", EIGHT[:8]),
    "groups of 0": sealed([entry(shape=[2, 4], bits=8, group_size=0)], EIGHT[:8], b"", EIGHT[:8]),
    "groups larger than a row": sealed([entry(shape=[2, 4], bits=8, group_size=1 << 30)], EIGHT[:8], b"", EIGHT[:8]),
    "quantized rows of nothing": sealed([entry(shape=[1 << 30, 0], bits=8)], b"", b"", b""),
    "a bomb for a header": seal([b"\xff\xff\xff\xff1" + zlib.compress(bytes(1 << 26))]),
    "a bomb for values": seal([*unseal(sealed([entry()], b"", b"")), b"1" + zlib.compress(bytes(1 << 26))]),
    "a part without its kind": seal([*unseal(sealed([entry()], b"", b"")), b""]),
    "a part that is not lzma": seal([*unseal(sealed([entry()], b"", b"")), b"2" + bytes(40)]),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_headers_are_refused_under_a_right_checksum_and_cost_no_memory(path, what):
    path.write_bytes(HOSTILE[what])
    tracemalloc.start()
    try:
        with pytest.raises(CompressedError, match=r"model\.tz: .*:"):
            load_compressed(path)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


JSON = st.recursive(st.none() | st.booleans() | st.integers(-2, 1 << 70) | st.floats() | st.text(max_size=3),
                    st.lists, max_leaves=6)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 5), JSON)
def test_any_other_field_gives_an_array_or_a_compressed_error(tmp_path_factory, place, value):
    path, fields = tmp_path_factory.mktemp("files") / "a.tz", entry(shape=[2, 4])
    fields[place] = value
    path.write_bytes(sealed([fields], b"", b"", EIGHT))
    try:
        loaded = load_compressed(path)
    except CompressedError:
        return
    assert all(array.nbytes <= 64 for array in loaded.values())


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 300))
def test_expand_gives_exactly_so_many_bytes_or_refuses(data, size):
    if size == len(data):
        assert expand(shrink(data), size) == data
    else:
        with pytest.raises(CompressedError):
            expand(shrink(data), size)


def test_an_old_file_is_still_read(path):
    """Written on 2026-11-29: whoever changes the format must go on reading this, or change MAGIC."""
    path.write_bytes(bytes.fromhex(OLD))
    loaded = load_compressed(path)
    assert_close(loaded["weight"], [[0.5, 0, -1], [0, 7, 2]])
    assert_close(loaded["count"], 3)
    assert loaded["count"].dtype == np.int64


OLD = ("54696e79545a0d0a6aa72f7140000000520000003178da8b8e562a4fcd4ccf2851d25150b249330152d1463a0ac6b13a0a79"
       "a5393930d204c88f564ace2fcd8328ccb4002944530422636301bd7317dd01000000300200000030ac11000000300000003f"
       "000080bf0000e040000000400100000030010000003009000000300300000000000000")


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(path):
    save_compressed(path, {"w": np.ones(3)})
    for bad in ({"w": np.array([{"a": 1}])}, {"w": np.ones(2), "z": np.array([1j])}, {"w": np.array(["text"])}):
        with pytest.raises(TypeError, match="save_compressed: arrays of numbers can be saved"):
            save_compressed(path, bad)
    with pytest.raises(ValueError, match="nan or an infinity"):
        save_compressed(path, {"w": np.full((2, 2), np.nan, np.float32)}, bits=4)
    assert_close(load_compressed(path)["w"], np.ones(3))
    assert [p.name for p in path.parent.iterdir()] == ["model.tz"]
