"""What test cells call: strict about what is expected, plain about what was given."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.autograd import input_gradients
from tito.checks import assert_close, check_gradient, check_rule, replay

NAN, INF = np.array([1.0, np.nan]), np.array([1.0, np.inf])


@pytest.mark.parametrize("value", [NAN, INF, np.nan, -np.inf])
def test_a_value_cannot_pass_by_not_being_a_number(value):
    with pytest.raises(AssertionError, match="should be finite"):
        assert_close(value, value)
    with pytest.raises(AssertionError, match="values differ"):
        assert_close(value, np.ones(np.shape(value)))


def test_nan_and_infinities_are_expected_where_the_test_says_so():
    assert_close(NAN, NAN, equal_nan=True)
    assert_close(INF, [1, np.inf], equal_nan=True)
    with pytest.raises(AssertionError, match="2 of 2 values differ"):
        assert_close(NAN, [np.nan, 1], equal_nan=True)


def test_shapes_are_compared_before_anything_is_computed():
    wide = np.broadcast_to(np.nan, (10**6, 10**6))
    with pytest.raises(AssertionError, match=r"should be \(2,\), yours is \(1000000, 1000000\)"):
        assert_close(wide, [1, 2])


def test_a_trail_is_replayed_with_other_numbers():
    x, y = tt.Tensor([1.0, 2.0], requires_grad=True), tt.Tensor([3.0, 4.0])
    out = (x * y + x).sum()
    assert_close(replay(out, x, np.array([10.0, 20.0])), 10 * 3 + 10 + 20 * 4 + 20)
    assert_close(replay(out, y, np.array([0.0, 0.0])), 3)


def test_a_lost_trail_gives_the_old_numbers():
    x = tt.Tensor([1.0, 2.0], requires_grad=True)
    assert_close(replay(tt.Tensor((x * 2.0).data), x, np.array([10.0, 20.0])), [2, 4])
    assert_close(replay(tt.Tensor(x.data) * 2.0, x, np.array([10.0, 20.0])), [2, 4])


def product(a, b):
    return a * b


def test_a_rule_is_held_against_differences_at_every_input():
    a, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0, -6.0])
    check_gradient(tt.Tensor, input_gradients, product, a, b)
    for rule, words in [(lambda op, g: (g * b, g * a), r"should be \(2,\)[\s\S]*times: input 1 of \(2, 2\) and \(2,\)"),
                        (lambda op, g: (g, None), "values differ[\\s\\S]*input 0"),
                        (lambda op, g: (g * b, None), "got NoneType[\\s\\S]*input 1"),
                        (lambda op, g: (g * b,), "1 gradients for 2 inputs")]:
        with pytest.raises(AssertionError, match=words):
            check_gradient(tt.Tensor, rule, product, a, b, hint="times")


def test_a_function_of_the_notebook_is_held_against_its_like_in_numpy():
    check_gradient(tt.Tensor, input_gradients, tt.tanh, np.array([0.5, -2.0]), like=np.tanh)
    with pytest.raises(AssertionError, match="values differ"):
        check_gradient(tt.Tensor, input_gradients, tt.tanh, np.array([0.5, -2.0]), like=np.sin)


def test_large_arrays_are_held_against_the_exact_gradient():
    a = np.linspace(1, 2, 200_000)
    check_gradient(tt.Tensor, input_gradients, lambda x: x.exp(), a, like=np.exp, exact=lambda g: [g * np.exp(a)])
    with pytest.raises(AssertionError, match="values differ"):
        check_gradient(tt.Tensor, input_gradients, lambda x: x.exp(), a, like=np.exp, exact=lambda g: [g])


def test_a_rule_is_looked_at_while_it_is_written():
    x, y = tt.Tensor([1.0, 2.0], requires_grad=True), tt.Tensor([3.0, 4.0])
    check_rule(input_gradients, x * y, x.exp())
    with pytest.raises(AssertionError, match=r"Mul of \(2,\) and \(2,\), input 0"):
        check_rule(lambda op, g: (g, g), x * y)
    with pytest.raises(AssertionError, match="rule of Mul gave 3 gradients for 2 inputs"):
        check_rule(lambda op, g: (g, g, g), x * y)
