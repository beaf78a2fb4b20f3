"""Shapes and broadcasting on whatever hypothesis thinks of: tinytorch against NumPy."""
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinytorch as tt
from tinytorch.tensor import Tensor, broadcast_shapes
from tito.checks import assert_close

a_few = settings(deadline=None, derandomize=True, max_examples=50)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FULL_SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, max_side=4)


def numbers(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Away from zero, so that every arithmetic operation is defined."""
    return np.random.RandomState(seed).uniform(0.5, 2, shape).astype(np.float32)


def random_axes(data: st.DataObject, ndim: int):
    """What NumPy takes as an axis: None, an int or a tuple, counted from either end."""
    one = st.integers(-ndim, ndim - 1)
    some = st.lists(one, unique_by=lambda axis: axis % ndim, min_size=1).map(tuple)
    return data.draw(st.none() | one | some, label="axis")


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
@a_few
@given(pair=hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=4, max_dims=4))
def test_elementwise_operations_broadcast_as_numpy_does(operation, pair):
    a, b = numbers(pair.input_shapes[0]), numbers(pair.input_shapes[1], seed=1)
    expected = operation(a, b)
    assert expected.shape == pair.result_shape
    assert_close(operation(Tensor(a), Tensor(b)).numpy(), expected)
    assert_close(operation(Tensor(a), b).numpy(), expected)
    assert_close(operation(a, Tensor(b)).numpy(), expected, "an ndarray on the left")


@a_few
@given(a=SHAPES, b=SHAPES)
def test_broadcast_shapes_agrees_with_numpy_on_any_pair(a, b):
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(ValueError) as error:
            broadcast_shapes(a, b)
        assert str(a) in str(error.value) and str(b) in str(error.value)
    else:
        assert broadcast_shapes(a, b) == expected


@a_few
@given(pair=hnp.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=4, max_dims=4))
def test_broadcast_shapes_gives_the_shape_of_the_sum(pair):
    assert broadcast_shapes(*pair.input_shapes) == pair.result_shape


@a_few
@given(pair=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=4))
def test_matmul_multiplies_stacks_as_numpy_does(pair):
    a, b = numbers(pair.input_shapes[0]), numbers(pair.input_shapes[1], seed=1)
    assert_close((Tensor(a) @ Tensor(b)).numpy(), a @ b)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "var"])
@a_few
@given(data=st.data(), shape=FULL_SHAPES, keepdims=st.booleans())
def test_reductions_take_any_axes(name, data, shape, keepdims):
    x, axis = numbers(shape), random_axes(data, len(shape))
    actual = getattr(Tensor(x), name)(axis=axis, keepdims=keepdims)
    assert_close(actual.numpy(), getattr(x.astype(np.float64), name)(axis=axis, keepdims=keepdims))


@a_few
@given(data=st.data(), shape=FULL_SHAPES)
def test_permute_and_its_inverse_give_the_tensor_back(data, shape):
    x, axes = numbers(shape), data.draw(st.permutations(range(len(shape))))
    there = Tensor(x).permute(*axes)
    np.testing.assert_array_equal(there.numpy(), np.transpose(x, axes))
    np.testing.assert_array_equal(there.permute(*np.argsort(axes)).numpy(), x)


@a_few
@given(data=st.data(), shape=FULL_SHAPES)
def test_transpose_swaps_two_axes(data, shape):
    x, axes = numbers(shape), st.integers(-len(shape), len(shape) - 1)
    i, j = data.draw(axes), data.draw(axes)
    np.testing.assert_array_equal(Tensor(x).transpose(i, j).numpy(), np.swapaxes(x, i, j))


@a_few
@given(data=st.data(), shape=FULL_SHAPES)
def test_reshape_keeps_the_order_and_works_out_one_length(data, shape):
    x, place = numbers(shape), data.draw(st.integers(0, len(shape) - 1))
    new = list(data.draw(st.permutations(shape)))
    expected = x.reshape(new)
    new[place] = -1
    there = Tensor(x).reshape(*new)
    np.testing.assert_array_equal(there.numpy(), expected)
    np.testing.assert_array_equal(there.reshape(shape).numpy(), x)


@a_few
@given(data=st.data(), shape=FULL_SHAPES)
def test_flatten_joins_the_last_axes(data, shape):
    x, start = numbers(shape), data.draw(st.integers(-len(shape), len(shape) - 1))
    expected = x.reshape(*shape[:start % len(shape)], -1)
    np.testing.assert_array_equal(Tensor(x).flatten(start).numpy(), expected)


@a_few
@given(data=st.data(), shape=FULL_SHAPES)
def test_index_picks_what_numpy_picks(data, shape):
    x, index = numbers(shape), data.draw(hnp.basic_indices(shape, allow_newaxis=True))
    np.testing.assert_array_equal(Tensor(x)[index].numpy(), x[index])


@a_few
@given(data=st.data(), shape=FULL_SHAPES, lengths=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_cat_joins_pieces_of_different_lengths(data, shape, lengths):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    pieces = []
    for seed, length in enumerate(lengths):
        piece = list(shape)
        piece[axis] = length
        pieces.append(numbers(tuple(piece), seed))
    joined = tt.cat([Tensor(piece) for piece in pieces], axis=axis)
    np.testing.assert_array_equal(joined.numpy(), np.concatenate(pieces, axis))


@a_few
@given(data=st.data(), shape=hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), count=st.integers(1, 4))
def test_stack_makes_a_new_axis(data, shape, count):
    axis, pieces = data.draw(st.integers(-len(shape) - 1, len(shape))), [numbers(shape, seed) for seed in range(count)]
    stacked = tt.stack([Tensor(piece) for piece in pieces], axis=axis)
    np.testing.assert_array_equal(stacked.numpy(), np.stack(pieces, axis))


@a_few
@given(data=st.data(), shape=FULL_SHAPES, scale=st.sampled_from([1, 30, 1e4]), shift=st.sampled_from([-500, 0, 64]))
def test_softmax_is_a_distribution_and_ignores_a_shift(data, shape, scale, shift):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = np.round(np.random.RandomState(0).standard_normal(shape) * scale).astype(np.float32)   # exact under the shift
    p = tt.softmax(Tensor(x), axis=axis).numpy()
    assert (p >= 0).all()
    assert_close(p.sum(axis), np.ones_like(p.sum(axis)))
    assert_close(tt.softmax(Tensor(x + shift), axis=axis).numpy(), p)
    assert_close(np.exp(tt.log_softmax(Tensor(x), axis=axis).numpy()), p)
