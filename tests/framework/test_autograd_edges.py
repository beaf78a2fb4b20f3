"""Where a rule is easily right in general and wrong at an edge: repeated places, powers at 0, nan, recording off."""
import warnings

import numpy as np
import pytest

from tinytorch.autograd import backward, input_gradients, no_grad
from tinytorch.tensor import Op, Tensor
from tito.checks import assert_close

NAN, INF = np.nan, np.inf


@pytest.mark.parametrize("index", [
    ((0, 0, 2),), (slice(None), (0, 0)), (range(2), [1, 1]), (((0, 0), (2, 2)), 1), (np.array([1, 1]), slice(1)), [],
    (slice(None), range(1, 2)), (..., (2, 2, 2)), ([True, False, True], (1, 1)), np.uint8([1, 1]),
    (np.int64(1), [0, 0]),
], ids=str)
def test_all_that_numpy_reads_as_a_list_of_places_adds_up(index):
    a = np.arange(9.0).reshape(3, 3)
    x = Tensor(a, requires_grad=True)
    weights = np.arange(1.0, 1 + a[index].size).reshape(a[index].shape)
    backward(x[index], weights)
    expected = np.zeros((3, 3))
    np.add.at(expected, index, weights)
    assert_close(x.grad, expected)


# base, exponent, and PyTorch 2.13's gradients at both when the gradient at the power is 2
POWERS = [(0, 0, 0, 0), (0, 1, 2, 0), (0, 2, 0, 0), (0, 0.5, INF, 0), (0, -1, -INF, -INF), (1, 0, 0, 0),
          (-2, 2, -8, NAN), (-2, 0, 0, NAN), (-2, 0.5, NAN, NAN), (NAN, 0, 0, NAN), (0, NAN, NAN, NAN),
          (INF, 0, 0, INF), (INF, -1, 0, NAN), (NAN, 1, 2, NAN), (0, INF, NAN, 0), (2, -INF, NAN, 0), (-0.0, 0, 0, 0)]


@pytest.mark.parametrize(("base", "exponent", "to_base", "to_exponent"), POWERS)
def test_powers_at_every_edge_are_pytorchs_and_silent(base, exponent, to_base, to_exponent):
    with np.errstate(all="ignore"):
        a, b = Tensor([base], requires_grad=True), Tensor([exponent], requires_grad=True)
        outputs = [a ** b, a ** exponent, base ** b]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tensors, number_above, number_below = (input_gradients(out.grad_fn, np.float32([2])) for out in outputs)
    for to_a in (tensors[0], number_above[0]):
        assert_close(to_a, [to_base], "at the base", equal_nan=True)
    for to_b in (tensors[1], number_below[1]):
        assert_close(to_b, [to_exponent], "at the exponent", equal_nan=True)
    assert {g.dtype for g in tensors} == {np.dtype(np.float32)}


def test_a_maximum_that_is_nan_sends_its_gradient_there():
    x = Tensor([[1.0, NAN, 3.0], [4.0, 5.0, 5.0]], requires_grad=True)
    backward(x.max(axis=1), [6, 8])
    assert_close(x.grad, [[0, 6, 0], [0, 4, 4]])
    two = Tensor([NAN, 7.0, NAN], requires_grad=True)
    backward(two.max(), 6.0)
    assert_close(two.grad, [3, 0, 3])


def test_one_no_grad_object_serves_again_and_within_itself():
    x, quiet = Tensor([1.0], requires_grad=True), no_grad()
    for _ in range(2):
        with quiet:
            with quiet:
                assert (x * 2.0).grad_fn is None
            assert (x * 2.0).grad_fn is None
        assert (x * 2.0).grad_fn is not None

    @quiet
    def down(n):
        return down(n - 1) if n else x * 2.0

    assert down(3).grad_fn is None and down.__name__ == "down" and Op.recording


def test_a_generator_function_records_nothing_but_leaves_its_caller_alone():
    x, seen = Tensor([1.0], requires_grad=True), []

    @no_grad()
    def results(n):
        try:
            for _ in range(n):
                sent = yield x * 2.0
                seen.append((sent, Op.recording))
            return "done"
        except KeyError:
            seen.append(("caught", Op.recording))
            yield x * 3.0
        finally:
            seen.append(("closed", Op.recording))

    def caller():
        seen.append((yield from results(2)))

    for out in caller():
        assert out.grad_fn is None and Op.recording
    assert seen == [(None, False), (None, False), ("closed", False), "done"]
    seen.clear()
    generator = results(5)
    next(generator)
    assert generator.send(7).grad_fn is None
    assert_close(generator.throw(KeyError).numpy(), [3])
    generator.close()
    assert seen == [(7, False), ("caught", False), ("closed", False)] and Op.recording
