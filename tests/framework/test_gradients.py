"""Every backward rule against PyTorch's gradients and against finite differences."""
import importlib
import warnings

import numpy as np
import pytest

import tinytorch
from tests.framework.pytorch.case import Case
from tests.framework.pytorch.record import CASES, torch_arrays
from tinytorch.autograd import RULES, backward, gradcheck, input_gradients, unbroadcast
from tinytorch.tensor import Add, Mul, Op, Tensor
from tito.checks import assert_close

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_smooth_case = pytest.mark.parametrize("case", [case for case in CASES if case.smooth], ids=lambda case: case.name)


def leaf(*values: float) -> Tensor:
    return Tensor(values, requires_grad=True)


def all_ops() -> set[type[Op]]:
    """Every operation of the exported modules."""
    found = set()
    for file in sorted(notebook[3:] for notebook in tinytorch._NAMES):
        try:
            module = importlib.import_module(f"tinytorch.{file}")
        except ModuleNotFoundError:
            continue
        found |= {value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Op)}
    return found - {Op}


@every_case
def test_gradients_are_pytorchs(case: Case, reference):
    output, inputs = case.run(case.arrays())
    backward(output, case.cotangent(output.shape))
    for i, x in enumerate(inputs):
        assert x.grad.dtype == np.float32 and x.grad.flags.c_contiguous and x.grad.flags.writeable
        assert_close(x.grad, reference[f"{case.name}/gradient {i}"], f"input {i}", rtol=1e-4, atol=1e-5)


@every_case
def test_gradients_are_pytorchs_on_other_numbers(case: Case):
    pytest.importorskip("torch")
    output, inputs = case.run(case.arrays(seed=1))
    backward(output, case.cotangent(output.shape))
    theirs = torch_arrays(case, seed=1)
    for i, x in enumerate(inputs):
        assert_close(x.grad, theirs[f"{case.name}/gradient {i}"], f"input {i}", rtol=1e-4, atol=1e-5)


@every_smooth_case
def test_every_operation_passes_gradcheck(case: Case):
    assert gradcheck(case.ours, *[Tensor(array, requires_grad=True) for array in case.arrays()])


def test_every_op_of_every_module_has_a_rule():
    assert all_ops() >= {Add, Mul} and not all_ops() - RULES.keys()


@every_case
def test_gradients_are_finite_and_quiet_even_at_extremes(case: Case):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        output, inputs = case.run(case.arrays())
        backward(output, case.cotangent(output.shape))
    assert all(np.isfinite(x.grad).all() for x in inputs)


@every_case
def test_inputs_outputs_and_cotangent_are_not_modified(case: Case):
    arrays = case.arrays()
    output, _ = case.run(arrays)
    cotangent = np.asarray(case.cotangent(output.shape), np.float32)
    for array in (*arrays, output.data, cotangent):
        array.flags.writeable = False
    backward(output, cotangent)


@pytest.mark.parametrize("values, axis, expected", [
    ([[1, 3, 3], [2, 2, 2]], 1, [[0, 3, 3], [2, 2, 2]]), ([[5, 1], [5, 5]], None, [[2, 0], [2, 2]])])
def test_ties_of_max_share_equally_as_in_amax(values, axis, expected):
    x = Tensor(values, requires_grad=True)
    backward(x.max(axis=axis), np.full(() if axis is None else 2, 6))
    assert_close(x.grad, expected)


def test_slope_of_relu_at_zero_is_zero():
    x = leaf(0.0, -0.0, 1.0)
    backward(tinytorch.relu(x), [1, -1, 1])
    assert_close(x.grad, [0, 0, 1])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (4, 1), (1, 3), (2, 1, 1), (2, 4, 3)])
def test_unbroadcast_is_the_transpose_of_broadcasting(shape):
    rng = np.random.RandomState(0)
    x, grad = rng.standard_normal(shape), rng.standard_normal((2, 4, 3))
    back = unbroadcast(grad, shape)
    assert back.shape == shape
    assert np.sum(back * x) == pytest.approx(np.sum(grad * np.broadcast_to(x, grad.shape)))


def test_rules_skip_work_for_inputs_that_need_no_gradient():
    x = leaf(2.0)
    for out in (x * 3.0, x / 3.0, -x ** 2, Tensor([[1.0]]) @ x, x @ Tensor([1.0])):
        wanted = [x.requires_grad for x in out.grad_fn.inputs]
        assert [g is not None for g in input_gradients(out.grad_fn, np.ones_like(out.data))] == wanted
