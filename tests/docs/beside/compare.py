"""Comparing the package with PyTorch: inputs, and checks that are made once and run by the test."""
from collections.abc import Callable

import numpy as np
import pytest

import tinytorch as tt

torch = pytest.importorskip("torch")
F = torch.nn.functional
Check = Callable[[], None]
RNG = np.random.default_rng(0)
A, B = (RNG.standard_normal((4, 3), dtype=np.float32) for _ in range(2))
BATCH = RNG.standard_normal((2, 4, 3), dtype=np.float32)
IMAGES = RNG.standard_normal((4, 3, 8, 8), dtype=np.float32)
LABELS = np.array([0, 2, 1, 1])
SHARES = RNG.uniform(0.1, 0.9, (4, 3)).astype(np.float32)


def array(x) -> np.ndarray:
    return np.asarray(x.detach() if isinstance(x, torch.Tensor) else x)


def same(ours, theirs, rtol: float = 1e-5) -> None:
    assert np.shape(ours) == tuple(np.shape(theirs))
    np.testing.assert_allclose(array(ours), array(theirs), rtol=rtol, atol=1e-6)


def both(do: Callable, *arrays: np.ndarray, theirs: Callable | None = None) -> Check:
    """Checks that `do` gives the same values and gradients for Tensors of both."""
    def check() -> None:
        here = [tt.Tensor(x, requires_grad=True) for x in arrays or (A,)]
        there = [torch.tensor(x, requires_grad=True) for x in arrays or (A,)]
        out, wanted = do(*here), (theirs or do)(*there)
        same(out, wanted)
        out.sum().backward()
        wanted.sum().backward()
        for x, t in zip(here, there):
            same(x.grad, t.grad)
    return check


def values(ours: Callable, theirs: Callable) -> Check:
    return lambda: same(ours(), theirs())


def layers(ours: Callable, theirs: Callable, x: np.ndarray, mode: str = "train") -> Check:
    """Checks two layers of the same weights, which are PyTorch's: outputs, and the state afterwards."""
    def check() -> None:
        there, here = theirs(), ours()
        here.load_state_dict({name: t.numpy() for name, t in there.state_dict().items()})
        getattr(here, mode)(), getattr(there, mode)()
        same(here(tt.Tensor(x)), there(torch.tensor(x)))
        for name, t in there.state_dict().items():
            same(here.state_dict()[name], t)
    return check


def optimizers(name: str, **options) -> Check:
    """Checks three steps of two optimizers."""
    def check() -> None:
        here, there = tt.Tensor(A.copy(), requires_grad=True), torch.tensor(A.copy(), requires_grad=True)
        step_here, step_there = getattr(tt, name)([here], **options), getattr(torch.optim, name)([there], **options)
        for _ in range(3):
            for x, step in ((here, step_here), (there, step_there)):
                step.zero_grad()
                (x ** 2).sum().backward()
                step.step()
        same(here, there)
    return check


def schedules(ours: Callable, theirs: Callable, steps: int = 9) -> Check:
    def check() -> None:
        here = tt.SGD([tt.ones(1, requires_grad=True)], lr=0.5)
        there = torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.5, momentum=0.9)
        plan_here, plan_there = ours(here), theirs(there)
        for _ in range(steps):
            assert here.lr == pytest.approx(there.param_groups[0]["lr"], rel=1e-6, abs=1e-9)
            there.step()
            plan_here.step(), plan_there.step()
    return check


def refused(do: Callable[[], object], kind: type[Exception] = Exception) -> None:
    with pytest.raises(kind):
        do()

