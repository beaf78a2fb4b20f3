"""A Tensor beside plain numbers and arrays: comparisons, `in`, formats, and NumPy's own functions."""
import operator

import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Tensor

RELATIONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
LEFT, RIGHT = np.float32([[1, 2, np.nan], [4, 5, 6]]), np.float32([1, 3, 2])


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_comparison_is_a_boolean_array_of_all_numbers(relation):
    expected = relation(LEFT, RIGHT)
    for a, b in [(Tensor(LEFT), Tensor(RIGHT)), (Tensor(LEFT), RIGHT), (LEFT, Tensor(RIGHT))]:
        found = relation(a, b)
        assert isinstance(found, np.ndarray) and found.dtype == bool
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(relation(Tensor(LEFT), 2), relation(LEFT, 2))
    np.testing.assert_array_equal(relation(2, Tensor(LEFT)), relation(2, LEFT))


def test_a_python_number_compares_as_float32():
    assert (Tensor([0.1]) == 0.1).all()


def test_what_is_no_number_is_not_equal_and_has_no_order():
    x = Tensor([1.0, 2.0])
    assert (x == None) is False and (x != None) is True and (x == "a") is False       # noqa: E711
    with pytest.raises(TypeError, match="not supported between"):
        x < None                                                                      # noqa: B015


def test_shapes_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="broadcast"):
        Tensor([1.0, 2.0]) == Tensor([1.0, 2.0, 3.0])                                 # noqa: B015


def test_a_dictionary_goes_by_identity():
    x, y = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    assert len({x, y}) == 2 and {x: "x", y: "y"}[y] == "y"


def test_in_looks_at_the_numbers():
    assert 1.0 in Tensor([[3.0, 1.0], [2.0, 4.0]]) and 7 not in Tensor([1.0]) and 3 in Tensor(3.0)


def test_one_number_formats_as_that_number():
    assert f"{Tensor(3.14159):.2f} {Tensor(3.0)}" == "3.14 3.0"
    assert f"{Tensor([3.0])}" == "Tensor([3.])"
    with pytest.raises(TypeError, match="Tensor.__format__"):
        f"{Tensor([3.0]):.2f}"


def test_abs_has_the_gradient_of_pytorch():
    x = Tensor([-2.0, 0.0, 3.0], requires_grad=True)
    y = abs(x)
    y.sum().backward()
    assert y.numpy().tolist() == [2, 0, 3] and x.grad.tolist() == [-1, 0, 1]


@pytest.mark.parametrize("function", [np.exp, np.add.reduce, np.isnan, lambda x: np.add(x, 1.0),
                                      lambda x: operator.iadd(np.ones(2), x)])
def test_a_function_of_numpy_names_what_to_do_instead(function):
    with pytest.raises(TypeError, match=r"would lose .* graph.*x\.exp\(\).*x\.numpy\(\)"):
        function(Tensor([1.0, 2.0]))


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
@pytest.mark.parametrize("number", [np.float64(2), np.float32([2, 3]), 2, [2, 3]])
def test_what_numpy_has_on_the_left_is_recorded(operation, number):
    x = Tensor([4.0, 5.0], requires_grad=True)
    y = operation(number, x)
    np.testing.assert_allclose(y.numpy(), operation(np.float32(number), x.numpy()), rtol=1e-6)
    assert y.dtype == np.float32 and y.grad_fn.inputs[1] is x
    assert (np.eye(2) @ tt.ones(2, 2, requires_grad=True)).requires_grad
