"""Numbers that change between a forward pass and its backward: refused, as PyTorch does."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Tensor


def loss_of(model: tt.Module) -> Tensor:
    return (model(Tensor([[1.0, 2.0]])) ** 2).sum()


def network() -> tt.Module:
    return tt.Sequential(tt.Linear(2, 3, rng=0), tt.tanh, tt.Linear(3, 1, rng=1))


@pytest.mark.parametrize("kind", [tt.SGD, tt.Adam])
def test_a_step_between_forward_and_backward_is_refused(kind):
    model = network()
    optimizer, older, loss = kind(model.parameters(), lr=0.1), loss_of(model), loss_of(model)
    loss.backward()
    optimizer.step()
    with pytest.raises(RuntimeError, match="changed after .* call backward before optimizer.step"):
        older.backward()


def test_pytorch_refuses_it_too():
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    optimizer, x = torch.optim.SGD(model.parameters(), lr=0.1), torch.tensor([[1.0, 2.0]])
    older, loss = (model(x) ** 2).sum(), (model(x) ** 2).sum()
    loss.backward()
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        older.backward()


def test_state_loaded_between_forward_and_backward_is_refused():
    model = network()
    loss = loss_of(model)
    model.load_state_dict(network().state_dict())
    with pytest.raises(RuntimeError, match="load_state_dict"):
        loss.backward()


def test_what_did_not_change_is_not_refused():
    """Another model's step, a frozen parameter, results computed after a step, losses added up before one."""
    model, other = network(), network()
    frozen, moving = tt.SGD(model.parameters(), lr=0.1), tt.SGD(other.parameters(), lr=0.1)
    loss = loss_of(model)
    loss_of(other).backward()
    moving.step()
    frozen.step()                                 # no gradient yet: nothing moves
    loss.backward()
    loss_of(model).backward()
    frozen.step()
    loss_of(model).backward()
    assert all(np.isfinite(p.grad).all() for p in model.parameters())
