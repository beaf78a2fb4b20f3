"""What a Tensor holds, what an Op records, and what both say when they are misused."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Add, Index, MatMul, Mul, Op, Tensor, broadcast_shapes


@pytest.mark.parametrize("data", [[[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]]),
                                  np.array([[1, 2], [3, 4]], dtype=np.float64), Tensor([[1, 2], [3, 4]])])
def test_tensor_is_float32_whatever_it_is_made_of(data):
    tensor = Tensor(data)
    assert tensor.dtype == np.float32 and tensor.shape == (2, 2) and tensor.ndim == 2 and tensor.size == 4
    np.testing.assert_array_equal(tensor.numpy(), [[1, 2], [3, 4]])


def test_tensor_shares_a_float32_array():
    array = np.zeros(3, np.float32)
    assert Tensor(array).data is array


@pytest.mark.parametrize("data", [[[1, 2], [3]], "words", [1, "two"], object(), None, {"a": 1}])
def test_tensor_refuses_what_is_no_grid_of_numbers(data):
    with pytest.raises(ValueError, match="Tensor: the data must be a regular grid of numbers"):
        Tensor(data)


def test_item_is_a_python_float():
    assert type(Tensor([[2.5]]).item()) is float and Tensor([[2.5]]).item() == 2.5


def test_detach_cuts_the_trail_and_shares_the_numbers():
    x = Tensor([1.0, 2.0], requires_grad=True) * 2
    cut = x.detach()
    assert cut.data is x.data and cut.grad_fn is None and not cut.requires_grad


def test_new_tensor_has_no_gradient_and_no_trail():
    x = Tensor([1.0], requires_grad=True)
    assert x.requires_grad and x.grad is None and x.grad_fn is None
    assert not Tensor([1.0]).requires_grad


def test_numpy_takes_a_tensor_for_an_array():
    x = Tensor([[1.0, 2.0]])
    np.testing.assert_array_equal(np.asarray(x), [[1, 2]])
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert len(x) == 1


def test_ndarray_on_the_left_gives_a_tensor_with_a_trail():
    x = Tensor([1.0, 2.0], requires_grad=True)
    one = np.ones(2)
    for result in (one + x, one - x, one * x, one / x, one ** x, one @ x):
        assert isinstance(result, Tensor) and result.requires_grad


@pytest.mark.parametrize("make, value", [(tt.zeros, 0), (tt.ones, 1)])
def test_zeros_and_ones_take_both_spellings_of_a_shape(make, value):
    for tensor in (make(2, 3), make((2, 3)), make([2, 3])):
        np.testing.assert_array_equal(tensor.numpy(), np.full((2, 3), value))
    assert make().shape == () and make(4).shape == (4,) and make(2, requires_grad=True).requires_grad


def test_arange_counts_as_numpy_does():
    for limits in [(4,), (2, 5), (0, 1, 0.25), (3, 0, -1)]:
        np.testing.assert_array_equal(tt.arange(*limits).numpy(), np.arange(*limits))
        assert tt.arange(*limits).dtype == np.float32


def test_randn_is_normal_and_repeats_with_its_seed():
    x = tt.randn(100, 200, rng=3)
    assert abs(x.numpy().mean()) < 0.03 and abs(x.numpy().std() - 1) < 0.03
    np.testing.assert_array_equal(x.numpy(), tt.randn((100, 200), rng=3).numpy())
    assert (x.numpy() != tt.randn(100, 200, rng=4).numpy()).any()
    rng = np.random.default_rng(3)
    assert (tt.randn(5, rng=rng).numpy() != tt.randn(5, rng=rng).numpy()).any(), "a Generator goes on where it stood"


def test_trail_holds_inputs_options_and_output():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    row = x[1]
    op = row.grad_fn
    assert type(op) is Index and len(op.inputs) == 1 and op.inputs[0] is x
    assert op.options == {"index": 1} and op.output is row.data


def test_trail_holds_the_constants_too_as_tensors():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    assert type(y.grad_fn) is Mul and y.grad_fn.inputs[0] is x
    assert isinstance(y.grad_fn.inputs[1], Tensor) and not y.grad_fn.inputs[1].requires_grad


def test_every_call_is_an_op_object_of_its_own():
    x = Tensor([1.0], requires_grad=True)
    assert (x + 1).grad_fn is not (x + 1).grad_fn


def test_a_new_op_needs_only_a_forward():
    class Clip(Op):
        def forward(self, a, low, high=1.0):
            self.inside = (a > low) & (a < high)
            return np.clip(a, low, high)

    x = Tensor([-1.0, 0.5, 9.0], requires_grad=True)
    y = Clip.apply(x, 0.0, high=2.0)
    np.testing.assert_array_equal(y.numpy(), [0, 0.5, 2])
    assert type(y.grad_fn) is Clip and y.grad_fn.options == {"high": 2.0}
    np.testing.assert_array_equal(y.grad_fn.inside, [False, True, False])


def test_an_op_without_forward_says_so():
    class Empty(Op):
        pass

    with pytest.raises(NotImplementedError, match="Empty"):
        Empty.apply(Tensor([1.0]))


@pytest.mark.parametrize("mistake, words", [
    (lambda: tt.zeros(2, 3) + tt.zeros(2, 4), ["Add", "(2, 3)", "(2, 4)"]),
    (lambda: tt.zeros(2, 3) - tt.zeros(2), ["Sub", "(2, 3)", "(2,)"]),
    (lambda: tt.zeros(2, 3) * tt.zeros(4, 1, 2), ["Mul", "(2, 3)", "(4, 1, 2)"]),
    (lambda: tt.ones(2) / tt.ones(3), ["Div", "(2,)", "(3,)"]),
    (lambda: tt.ones(2) ** tt.ones(3), ["Pow", "(2,)", "(3,)"]),
    (lambda: tt.zeros(2, 3) @ tt.zeros(2, 3), ["MatMul", "(2, 3)", "3 columns", "2 rows"]),
    (lambda: tt.zeros(5, 2, 3) @ tt.zeros(4, 3, 2), ["MatMul", "(5, 2, 3)", "(4, 3, 2)"]),
    (lambda: tt.zeros(3) @ tt.zeros(4), ["MatMul", "(3,)", "(4,)"]),
    (lambda: tt.zeros(2, 3) @ 2.0, ["MatMul", "(2, 3)", "()", "use *"]),
    (lambda: tt.zeros(2, 3).sum(axis=2), ["Sum", "(2, 3)", "axis 2"]),
    (lambda: tt.zeros(2, 3).max(axis=-3), ["Max", "(2, 3)", "axis -3"]),
    (lambda: tt.zeros(0, 3).max(axis=0), ["Max", "(0, 3)"]),
    (lambda: tt.zeros(2, 3).reshape(4, 2), ["Reshape", "(2, 3)", "(4,2)"]),
    (lambda: tt.zeros(2, 3).permute(0, 0), ["Permute", "(2, 3)"]),
    (lambda: tt.zeros(2, 3)[2], ["Index", "(2, 3)", "2 is out of bounds"]),
    (lambda: tt.zeros(2, 3)[:, np.array([0, 3])], ["Index", "(2, 3)", "3 is out of bounds"]),
    (lambda: tt.cat([tt.zeros(2, 3), tt.zeros(2, 4)]), ["Cat", "(2, 3)", "(2, 4)"]),
    (lambda: tt.stack([tt.zeros(2, 3), tt.zeros(3, 2)]), ["Cat", "(1, 2, 3)", "(1, 3, 2)"]),
    (lambda: broadcast_shapes((2, 3), (2, 4)), ["(2, 3)", "(2, 4)", "3 against 4"]),
])
def test_shape_errors_name_the_operation_and_the_shapes(mistake, words):
    with pytest.raises((ValueError, IndexError)) as error:
        mistake()
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("mistake", [
    lambda x: x.transpose(0, 2), lambda x: tt.stack([x, x], axis=3), lambda x: tt.stack([x, x], axis=-4),
    lambda x: x.sum(axis=(0, 0)), lambda x: x.mean(axis=5), lambda x: x.var(axis=5), lambda x: tt.cat([]),
    lambda x: tt.stack([])])
def test_axes_that_do_not_exist_are_refused(mistake):
    with pytest.raises((ValueError, IndexError)):
        mistake(tt.zeros(2, 3))


def test_tensor_stays_what_it_was_after_a_failed_operation():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError):
        x + tt.zeros(3)
    assert x.grad_fn is None and type((x + 1).grad_fn) is Add


def test_repr_shows_the_numbers():
    assert repr(Tensor([[1.0, 2.5]])) == "Tensor([[1. , 2.5]])"


def test_matmul_of_vectors_is_a_number():
    product = Tensor([1.0, 2.0], requires_grad=True) @ [3.0, 4.0]
    assert product.shape == () and product.item() == 11 and type(product.grad_fn) is MatMul
