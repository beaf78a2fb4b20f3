"""The walk from a result back to its leaves: order, sums, memory, errors; no_grad and gradcheck."""
import gc
import weakref

import numpy as np
import pytest

import tinytorch
from tinytorch.autograd import RULES, backward, backward_rule, gradcheck, no_grad, topological_order
from tinytorch.tensor import Add, Mul, Op, Tensor
from tito.checks import assert_close


def leaf(*values: float) -> Tensor:
    return Tensor(values, requires_grad=True)


def test_a_chain_of_5000_operations_needs_no_recursion():
    x = y = leaf(1.0, 2.0)
    for _ in range(5000):
        y = y + 1.0
    assert len(topological_order(y)) == 5001
    backward(y, [1, 10])
    assert_close(x.grad, [1, 10])


def test_a_node_shared_40_deep_is_walked_once_each(monkeypatch):
    calls = []
    monkeypatch.setitem(RULES, Add, lambda op, grad, rule=RULES[Add]: (calls.append(op), rule(op, grad))[1])
    x = y = leaf(1.0)
    for _ in range(40):
        y = y + y
    backward(y)
    assert x.grad == 2.0 ** 40 and len(calls) == 40


def test_a_tensor_waits_for_the_longest_way():
    x = leaf(0.5, -1.0)
    near = x.exp()
    far = ((near * 2.0) + near) * near
    backward(near + far, [1, 1])                                  # y + 3y² with y = exp(x)
    assert_close(x.grad, np.exp(x.data) + 6 * np.exp(2 * x.data))


def test_gradients_add_up_and_leaves_own_them():
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    backward(x + y, [1, 10])
    x.grad *= 100                                                 # as clipping does
    assert_close(y.grad, [1, 10])
    kept = x.grad
    backward(x + y, [1, 10])
    assert_close(x.grad, [101, 1010])
    assert_close(kept, [100, 1000])


def test_only_leaves_that_ask_get_a_gradient():
    x, constant = leaf(1.0, 2.0), Tensor([3.0, 4.0])
    middle = x * constant
    backward((middle + middle).sum())
    assert middle.grad is None and constant.grad is None
    assert_close(x.grad, [6, 8])


def test_the_trail_is_freed_while_it_is_walked():
    class Last(Op):
        def forward(self, a):
            return a

    x, alive = leaf(1.0, 2.0), []
    end = (Last.apply(x) * 1.0) * 2.0
    middle = weakref.ref(end.grad_fn.inputs[0])
    backward_rule(Last)(lambda op, grad: (alive.append(middle()), grad)[1])
    gc.disable()                                                  # freed by reference counts, not by luck
    try:
        backward(end, [1, 1])
    finally:
        gc.enable()
        del RULES[Last]
    assert alive == [None] and end.grad_fn.inputs == ()


def test_a_freed_trail_says_so():
    x = leaf(1.0, 2.0)
    shared = x.exp()
    one, other = shared.sum(), (shared * x).sum()
    backward(one)
    for again in (one, other, shared.sum()):
        with pytest.raises(RuntimeError, match="freed"):
            backward(again)
    backward(x.sum())                                             # a leaf is as good as new


@pytest.mark.parametrize("tensor", [Tensor([1.0]), leaf(1.0)], ids=["a constant", "a leaf"])
def test_without_a_trail_backward_says_so(tensor):
    with pytest.raises(RuntimeError, match="no computation graph"):
        backward(tensor)


def test_grad_must_fit():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"\(2,\) is not one number"):
        backward(x * 2.0)
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\)"):
        backward(x * 2.0, np.ones(3))
    assert x.grad is None
    backward(leaf(2.0) * x[:1])                                   # one number, whatever its shape


def test_a_rule_that_is_missing_or_wrong_is_named():
    class Odd(Op):
        def forward(self, a, b):
            return a + b

    x = leaf(1.0, 2.0)
    try:
        with pytest.raises(LookupError, match="Odd has no backward rule"):
            backward(Odd.apply(x, x).sum())
        for answer, words in [(lambda op, g: g, "1 gradients for 2 inputs"),
                              (lambda op, g: (g, g[:1]), r"Odd.*\(1,\).*\(2,\)")]:
            backward_rule(Odd)(answer)
            with pytest.raises(ValueError, match=words):
                backward(Odd.apply(x, x).sum())
        backward_rule(Odd)(lambda op, g: (g, None))               # None: nothing for the second
        backward(Odd.apply(x, x), [1, 1])
        assert_close(x.grad, [1, 1])
    finally:
        RULES.pop(Odd, None)


def test_backward_as_a_method():
    x = leaf(3.0)
    (x * x).backward(np.float32([1]))
    assert_close(x.grad, [6])


def test_no_grad_nests_decorates_and_survives_exceptions():
    x = leaf(1.0)
    with pytest.raises(KeyError), no_grad():
        with no_grad():
            assert (x * 2.0).grad_fn is None
        assert (x * 2.0).grad_fn is None
        raise KeyError
    assert (x * 2.0).grad_fn is not None
    double = no_grad()(lambda: x * 2.0)
    assert double().grad_fn is None and double().grad_fn is None and Op.recording


def test_gradcheck_finds_a_wrong_rule_and_leaves_the_tensors_as_they_were(monkeypatch):
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    x.grad = np.float32([7, 7])
    data = x.data
    assert gradcheck(lambda a, b: a * b, x, y)
    monkeypatch.setitem(RULES, Mul, lambda op, grad: (grad * op.inputs[1].data, grad))
    with pytest.raises(AssertionError, match=r"input 1 of shape \(2,\), 1 of 2 differ: at \[1\]"):
        gradcheck(lambda a, b: a * b, x, y)
    with pytest.raises(AssertionError, match="no gradient reached input 1"):
        gradcheck(lambda a, b: a + b.data, x, y)
    with pytest.raises(ValueError, match="none of the tensors"):
        gradcheck(lambda a: a, Tensor([1.0]))
    assert x.data is data and y.grad is None
    assert_close(x.grad, [7, 7])


def test_a_small_network_of_modules_learns():
    model = tinytorch.Sequential(tinytorch.Linear(2, 8, rng=0), tinytorch.tanh, tinytorch.Linear(8, 1, rng=1))
    x, y = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    for _ in range(200):
        loss = tinytorch.binary_cross_entropy_with_logits(model(x), y)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= p.grad
    assert loss.item() < 0.1
