"""Every operation against PyTorch and finite differences, and what must hold for all of them."""
import importlib

import numpy as np
import pytest

import tinytorch
from tests.framework.pytorch.case import Case
from tests.framework.pytorch.record import CASES, torch_arrays
from tinytorch.tensor import Op, Tensor
from tito.checks import assert_close, numerical_gradient

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_smooth_case = pytest.mark.parametrize("case", [case for case in CASES if case.smooth], ids=lambda case: case.name)


def ops_behind(output: Tensor) -> list[Op]:
    """The operations in the graph from output back to its inputs, each once."""
    ops, waiting = {}, [output]
    while waiting:
        op = waiting.pop().grad_fn
        if op is not None and id(op) not in ops:
            ops[id(op)] = op
            waiting += op.inputs
    return list(ops.values())


def replay(tensor: Tensor, values: dict[int, np.ndarray]) -> np.ndarray:
    """Compute tensor once more, in float64, from its graph alone; values: what the leaves are now, by id."""
    if id(tensor) in values:
        return values[id(tensor)]
    if tensor.grad_fn is None:
        return tensor.data.astype(np.float64)
    op = tensor.grad_fn
    return type(op)().forward(*[replay(x, values) for x in op.inputs], **op.options)


@every_case
def test_output_is_what_pytorch_computed_when_it_was_recorded(case: Case, reference):
    with np.errstate(over="raise", invalid="raise", divide="raise"):       # right by way of infinity is not right
        output, _ = case.run(case.arrays())
    assert output.dtype == np.float32
    assert_close(output.numpy(), reference[f"{case.name}/output"], rtol=case.rtol, atol=case.rtol / 10)


@every_case
def test_output_is_what_pytorch_computes_on_other_numbers(case: Case):
    pytest.importorskip("torch")
    for seed in (1, 2):
        output, _ = case.run(case.arrays(seed))
        assert_close(output.numpy(), torch_arrays(case, seed)[f"{case.name}/output"], rtol=case.rtol,
                     atol=case.rtol / 10)


@every_smooth_case
def test_finite_differences_through_the_graph_give_pytorchs_gradient(case: Case, reference):
    """The recorded operations, inputs and options alone determine the function and its derivative."""
    arrays = case.arrays()
    output, inputs = case.run(arrays)
    cotangent = case.cotangent(output.shape)
    for i, x in enumerate(inputs):
        gradient = numerical_gradient(lambda value, x=x: replay(output, {id(x): value}), arrays[i], cotangent)
        assert_close(gradient, reference[f"{case.name}/gradient {i}"], f"input {i}", rtol=1e-5, atol=1e-6)


@every_case
def test_graph_leads_back_to_every_input_and_keeps_each_output(case: Case):
    output, inputs = case.run(case.arrays())
    ops = ops_behind(output)
    assert output.requires_grad and output.grad_fn.output is output.data
    assert {id(x) for op in ops for x in op.inputs} >= {id(x) for x in inputs}
    for op in ops:
        np.testing.assert_array_equal(op.output, type(op)().forward(*[x.data for x in op.inputs], **op.options))


@every_case
def test_nothing_is_recorded_where_nothing_requires_a_gradient(case: Case, monkeypatch):
    output, _ = case.run(case.arrays(), requires_grad=False)
    assert output.grad_fn is None and not output.requires_grad
    monkeypatch.setattr(Op, "recording", False)
    output, _ = case.run(case.arrays(), requires_grad=True)
    assert output.grad_fn is None and not output.requires_grad


@every_case
def test_inputs_are_not_modified(case: Case):
    arrays = case.arrays()
    for array in arrays:
        array.flags.writeable = False
    case.run(arrays)


def test_table_reaches_every_operation_of_the_modules_it_covers():
    reached = {type(op) for case in CASES for op in ops_behind(case.run(case.arrays())[0])}
    for name in ("tensor", "activations", "layers", "losses", "spatial", "attention"):
        module = importlib.import_module(f"{tinytorch.__name__}.{name}")
        written = {value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Op)}
        assert written - {Op} <= reached
