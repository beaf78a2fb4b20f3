"""Modules 01, 02 and 05: numbers, functions, gradients."""
import warnings

import numpy as np
import pytest

import tinytorch as tt
from tests.docs.beside.compare import BATCH, SHARES, A, B, Check, F, both, refused, same, torch, values
from tinytorch.autograd import RULES
from tinytorch.tensor import Add


def tensor():
    assert tt.Tensor([1, 2]).dtype == np.float32 and torch.tensor([1, 2]).dtype == torch.int64
    assert np.shares_memory(tt.Tensor(A).data, A) and not np.shares_memory(torch.tensor(A).numpy(), A)
    assert np.shares_memory(torch.from_numpy(A).numpy(), A)


def data_and_gradient():
    x, t = tt.Tensor(A, requires_grad=True), torch.tensor(A, requires_grad=True)
    assert type(x.data) is np.ndarray and x.grad is None and t.grad is None
    for _ in range(2):
        (x * 3.0).sum().backward()
        (t * 3.0).sum().backward()
    same(x.grad, t.grad)
    assert type(x.grad) is np.ndarray


def requires_grad():
    for make, a in ((tt.Tensor, tt.Tensor(A)), (torch.tensor, torch.tensor(A))):
        x = make([[1.0, 1.0, 1.0]], requires_grad=True)
        assert (x + a).requires_grad and not (a + a).requires_grad
        assert x.grad_fn is None and (x + a).grad_fn is not None


def shapes():
    x, t = tt.Tensor(A), torch.tensor(A)
    assert x.shape == tuple(t.shape) == tuple(t.size()) and type(x.shape) is tuple
    assert x.ndim == t.ndim and x.size == t.numel() and x.dtype == np.float32


def turned_round():
    same(tt.Tensor(A).T, torch.tensor(A).T)
    same(tt.Tensor(BATCH).T, BATCH.T)
    torch.set_warn_always(True)                            # else it says so once in a process
    try:
        with pytest.warns(UserWarning, match="deprecated"):
            torch.tensor(BATCH).T  # noqa: B018
    finally:
        torch.set_warn_always(False)


def numpy_of_a_parameter():
    same(tt.Tensor(A, requires_grad=True).numpy(), A)
    refused(torch.tensor(A, requires_grad=True).numpy, RuntimeError)


def detached():
    x = tt.Tensor(A, requires_grad=True)
    assert np.shares_memory(x.detach().data, x.data) and not x.detach().requires_grad


def backward_frees():
    x = tt.Tensor(A, requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    refused(loss.backward, RuntimeError)
    refused(lambda: (x * x).sum().backward(retain_graph=True), TypeError)


def maximum():
    both(lambda x: x.max(axis=1), theirs=lambda t: t.amax(1))()
    assert len(torch.tensor(A).max(1)) == 2


def variance():
    both(lambda x: x.var(axis=1), theirs=lambda t: t.var(1, correction=0))()
    assert not np.allclose(tt.Tensor(A).var(axis=1), torch.tensor(A).var(1))


def flattened():
    both(lambda x: x.flatten(1), BATCH)()
    refused(lambda: tt.Tensor(BATCH).flatten(0, 1), TypeError)


def counted():
    same(tt.arange(5), torch.arange(5))
    assert tt.arange(5).dtype == np.float32 and torch.arange(5).dtype == torch.int64


def random_numbers():
    same(tt.randn(2, 3, rng=1), tt.randn(2, 3, rng=1))
    for x in (tt.randn(50_000, rng=0).numpy(), torch.randn(50_000).numpy()):
        assert abs(x.mean()) < 0.03 and abs(x.std() - 1) < 0.03


def gelus():
    both(tt.gelu, theirs=lambda t: F.gelu(t, approximate="tanh"))()
    x = np.linspace(-8, 8, 20_001, dtype=np.float32)
    assert 0.0004 < np.abs(tt.gelu(tt.Tensor(x)).numpy() - F.gelu(torch.tensor(x)).numpy()).max() < 0.0005


def last_axis(name: str) -> Check:
    def check() -> None:
        both(getattr(tt, name), theirs=lambda t: getattr(torch, name)(t, -1))()
        refused(lambda: getattr(torch, name)(torch.tensor(A)), TypeError)
    return check


def gradients():
    both(lambda x: (x * x).sum())()
    x = tt.Tensor(A, requires_grad=True)
    tt.backward((x * x).sum())
    same(x.grad, 2 * A)
    refused(lambda: tt.backward(x.sum(), create_graph=True), TypeError)


def rule_in_a_table():
    assert Add in RULES and "backward" not in vars(Add)


def recorded_nowhere():
    for package, x in ((tt, tt.Tensor(A, requires_grad=True)), (torch, torch.tensor(A, requires_grad=True))):
        with package.no_grad():
            assert (x * 2.0).grad_fn is None
        assert package.no_grad()(lambda x=x: x * 2.0)().grad_fn is None


def checked_by_differences():
    x = tt.Tensor(A, requires_grad=True)
    assert tt.gradcheck(lambda x: x * x, x)
    t = torch.tensor(A, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        refused(lambda: torch.autograd.gradcheck(lambda t: t * t, t))
    assert torch.autograd.gradcheck(lambda t: t * t, t.detach().double().requires_grad_())


HOLDS: dict[str, Check] = {
    "Tensor": tensor, "Tensor.data": data_and_gradient, "Tensor.grad": data_and_gradient,
    "Tensor.requires_grad": requires_grad, "Tensor.grad_fn": requires_grad,
    **{f"Tensor.{name}": shapes for name in ("shape", "ndim", "size", "dtype")},
    "Tensor.T": turned_round,
    "Tensor.numpy": numpy_of_a_parameter, "Tensor.item": values(lambda: tt.Tensor(2.5).item(), lambda: 2.5),
    "Tensor.detach": detached, "Tensor.backward": backward_frees,
    **{f"Tensor.{name}": both(lambda x, name=name: getattr(x, name)(), SHARES) for name in ("exp", "log", "sqrt")},
    "Tensor.sum": both(lambda x: x.sum(axis=0)), "Tensor.mean": both(lambda x: x.mean(axis=0)),
    "Tensor.max": maximum, "Tensor.var": variance,
    "Tensor.reshape": both(lambda x: x.reshape(3, -1)), "Tensor.permute": both(lambda x: x.permute(2, 0, 1), BATCH),
    "Tensor.transpose": both(lambda x: x.transpose(0, 2), BATCH), "Tensor.flatten": flattened,
    "Op": rule_in_a_table,
    "zeros": values(lambda: tt.zeros(2, 3), lambda: torch.zeros(2, 3)),
    "ones": values(lambda: tt.ones(2, 3), lambda: torch.ones(2, 3)),
    "arange": counted, "randn": random_numbers,
    "cat": both(lambda a, b: tt.cat([a, b], axis=1), A, B, theirs=lambda a, b: torch.cat([a, b], 1)),
    "stack": both(lambda a, b: tt.stack([a, b], axis=1), A, B, theirs=lambda a, b: torch.stack([a, b], 1)),
    "relu": both(tt.relu, theirs=torch.relu), "sigmoid": both(tt.sigmoid, theirs=torch.sigmoid),
    "tanh": both(tt.tanh, theirs=torch.tanh), "gelu": gelus,
    "softmax": last_axis("softmax"), "log_softmax": last_axis("log_softmax"),
    "backward": gradients, "backward_rule": rule_in_a_table,
    "unbroadcast": values(lambda: tt.unbroadcast(BATCH, (4, 1)), lambda: torch.tensor(BATCH).sum_to_size(4, 1)),
    "no_grad": recorded_nowhere, "gradcheck": checked_by_differences,
}
