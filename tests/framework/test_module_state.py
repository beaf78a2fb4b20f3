"""What a Module counts as its state, and what is assigned to it without becoming a part of it."""
import io
from collections import deque

import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Tensor


@pytest.mark.parametrize("value", [np.zeros((3, 2)), np.float32(0), 0.0, [0.0], Tensor(np.zeros((3, 2)))])
def test_a_parameter_is_not_replaced_by_numbers(value):
    layer = tt.Linear(2, 3)
    with pytest.raises(TypeError, match=r"Linear\.weight .*weight\.data"):
        layer.weight = value
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]


@pytest.mark.parametrize("recording", [True, False])
def test_a_parameter_is_not_replaced_by_what_was_computed_from_it(recording):
    layer = tt.Linear(2, 3)
    with pytest.raises(TypeError, match=r"Linear\.weight .*weight\.data"):
        if recording:
            layer.weight = layer.weight * 0.9
        else:
            with tt.no_grad():
                layer.weight = layer.weight * 0.9


def test_a_parameter_may_be_shared_or_taken_away():
    layer, other = tt.Linear(2, 3), tt.Linear(2, 3)
    layer.weight, layer.bias = other.weight, None
    assert layer.weight is other.weight
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


class Recurrent(tt.Module):
    """Keeps its last result, and a list of all, as many recurrent networks do."""
    def __init__(self, hidden=None):
        self.cell, self.hidden, self.seen = tt.Linear(2, 2, rng=0), hidden, []
        self.scale = Tensor([0.5, 2.0])

    def forward(self, x):
        self.hidden = tt.tanh(self.cell(x) * self.scale + (0.0 if self.hidden is None else self.hidden))
        self.seen.append(self.hidden)
        return self.hidden


@pytest.mark.parametrize("start", [None, tt.zeros(1, 2)])
def test_results_and_constants_are_no_state(start):
    model = Recurrent(start)
    names = ["cell.weight", "cell.bias"]
    assert list(model.state_dict()) == names
    model(tt.ones(4, 2))
    assert list(model.state_dict()) == names == [name for name, _ in model.named_parameters()]
    Recurrent(start).load_state_dict(model.state_dict())


def test_a_result_under_no_grad_is_no_state():
    model = Recurrent()
    with tt.no_grad():
        model(tt.ones(4, 2))
    model.seen.clear()                      # in a list nothing tells a result under no_grad from a frozen parameter
    assert list(model.state_dict()) == ["cell.weight", "cell.bias"]


def test_a_frozen_parameter_stays_state():
    layer = tt.Linear(2, 3, rng=0)
    layer.weight.requires_grad = False
    layer.scale = Tensor([1.0], requires_grad=True)
    assert list(layer.state_dict()) == ["weight", "bias", "scale"]
    with pytest.raises(TypeError, match=r"Linear\.weight "):
        layer.weight = np.zeros((3, 2))


def test_what_held_a_constant_may_hold_a_parameter_later():
    module = tt.Module()
    module.gain = Tensor([1.0])
    assert module.state_dict() == {}
    module.gain = Tensor([1.0], requires_grad=True)
    assert list(module.state_dict()) == ["gain"]


def test_parameters_are_found_in_lists_tuples_and_dicts():
    module, gain = tt.Module(), Tensor([1.0], requires_grad=True)
    module.parts = [tt.Linear(1, 1, bias=False), (gain, {"deep": tt.Linear(1, 1, bias=False)})]
    assert list(module.state_dict()) == ["parts.0.weight", "parts.1.0", "parts.1.1.deep.weight"]


@pytest.mark.parametrize("hide", [lambda x: {x}, lambda x: frozenset([x]), lambda x: deque([x]), lambda x: [{x}],
                                  lambda x: (part for part in [x]), lambda x: map(abs, [x]),
                                  lambda x: {"a": x}.values(), lambda x: np.array([x, None], dtype=object)])
@pytest.mark.parametrize("what", [tt.Linear(2, 2), Tensor([1.0], requires_grad=True)])
def test_parameters_where_nobody_looks_are_refused(hide, what):
    module = tt.Module()
    with pytest.raises(TypeError, match=r"Module\.parts is a .*use a list"):
        module.parts = hide(what)
        list(module.parameters())


def test_other_sets_and_arrays_are_welcome():
    module = tt.Module()
    module.names, module.rows, module.size, module.mean = {"a", "b"}, range(3), "12", np.zeros(2)
    module.log, module.batches = io.StringIO(), iter(tt.DataLoader([1.0, 2.0], 1))
    assert list(module.state_dict()) == ["mean"]


def test_a_state_of_another_model_says_what_may_be_the_cause():
    with pytest.raises(KeyError, match=r"missing \['bias'\], unexpected \['hidden'\]"):
        tt.Linear(1, 1).load_state_dict({"weight": np.zeros((1, 1)), "hidden": np.zeros((4, 2))})
