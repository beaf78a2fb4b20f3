"""What a Tensor refuses instead of giving a silent wrong value, and how one of one number behaves as that number."""
import operator

import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Op, Tensor


@pytest.mark.parametrize("data", [[1.0, None], ["1"], "1", np.array(["1"]), [[1.0], [None]]])
def test_what_is_no_number_is_refused(data):
    with pytest.raises(ValueError, match="grid of numbers"):
        Tensor(data)


@pytest.mark.parametrize("data", [[True, False], np.arange(2, dtype=np.uint8), [], 1, np.float64(2)])
def test_every_kind_of_number_is_taken(data):
    assert Tensor(data).dtype == np.float32


def test_truth_is_that_of_one_number():
    assert not Tensor([0.0]) and not Tensor(0.0) and Tensor([[2.0]])
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))


def test_a_tensor_of_one_number_converts_to_it():
    assert float(Tensor(2.5)) == 2.5 and int(Tensor([2.5])) == 2


def test_a_single_number_does_not_iterate():
    with pytest.raises(TypeError):
        list(Tensor(3.0))
    assert [row.shape for row in tt.zeros(2, 3)] == [(3,), (3,)]


@pytest.mark.parametrize("change", [operator.isub, operator.iadd, operator.imul, operator.itruediv,
                                    operator.ipow, operator.imatmul])
def test_a_parameter_changed_in_place_under_no_grad_names_data(change):
    with tt.no_grad(), pytest.raises(TypeError, match=r"\.data"):
        change(Tensor([1.0], requires_grad=True), Tensor([2.0]))


def test_a_sum_may_still_grow_in_place():
    total = Tensor(0.0)
    with tt.no_grad():
        total += Tensor([1.0], requires_grad=True)
    assert total.item() == 1.0


@pytest.mark.parametrize("change", [operator.isub, operator.ipow, operator.imatmul])
def test_a_parameter_changed_in_place_while_recording_names_data(change):
    with pytest.raises(TypeError, match=r"\.data"):
        change(Tensor([1.0], requires_grad=True), Tensor([2.0]))


def test_a_loss_that_was_computed_may_grow_in_place():
    w = Tensor([1.0], requires_grad=True)
    loss = w * 2.0
    loss += w
    loss.backward()
    assert w.grad == 3.0


def test_none_is_named():
    with pytest.raises(ValueError, match=r"not None .did a function forget to return\? Or is it x \+ None"):
        Tensor([1.0]) @ Tensor([1.0]) + None


@pytest.mark.parametrize("watch", [None, lambda what, op, forward, *arrays: forward(*arrays)])
def test_an_operation_that_returns_nothing_is_named(watch, monkeypatch):
    class Half(Op):
        def forward(self, a):
            a / 2

    monkeypatch.setattr(Op, "watch", watch)
    with pytest.raises(TypeError, match="^Half.forward returned None and not an array$"):
        Half.apply(Tensor([1.0]))
