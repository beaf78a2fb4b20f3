"""What the package says, provoked on the reference: words of the message -> a function of the course folder."""
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tinytorch as tt
from tests.docs.provoked.typed import Said
from tests.tito.conftest import environment
from tinytorch import dataloader
from tinytorch.tensor import Op

GRID, FLAT = tt.ones(2, 3), tt.ones(4)
WEIGHT = tt.ones(3, requires_grad=True)
LABELS = np.array([0, 1])


def raised(do: Callable[[], object]) -> Said:
    """What Python prints last about the error of a call."""
    def said(folder: Path) -> str:
        with pytest.raises(Exception) as caught:
            do()
        return f"{caught.type.__name__}: {caught.value}"
    return said


def in_place():
    weight = tt.ones(3, requires_grad=True)
    weight += 1.0


def twice():
    loss = (WEIGHT * 2.0).sum()
    loss.backward()
    loss.backward()


def moved_too_early():
    weight = tt.ones(3, requires_grad=True)
    weight.grad = np.ones(3, np.float32)
    loss = (weight * weight).sum()
    tt.SGD([weight], lr=0.1).step()
    loss.backward()


class Cube(Op):
    def forward(self, a):
        return a * a * a


class Half(Op):
    def forward(self, a):
        a / 2.0


class Hidden(tt.Module):
    def __init__(self):
        self.layers = (tt.Linear(2, 2) for _ in range(2))


def parameter_lost():
    tt.Linear(2, 2).weight = np.zeros((2, 2))


def diverged():
    model = tt.Linear(2, 1)
    model.weight.data[:] = np.nan
    tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), tt.mse_loss).fit([(tt.ones(4, 2), tt.ones(4, 1))], 1)


def used_up():
    model = tt.Linear(2, 1)
    tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), tt.mse_loss).fit((pair for pair in []), 1)


def python(code: str) -> Said:
    """What a Python in the student's folder, whose package is empty, prints about the error of some code."""
    return lambda folder: subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, encoding="utf-8",
        env=environment(PYTHONPATH=str(folder))).stderr


def exported_too_early(folder: Path) -> str:
    (folder / "tinytorch/activations.py").write_text("")
    return python("import tinytorch; tinytorch.relu")(folder)


def unreachable(folder: Path) -> str:
    return raised(lambda: dataloader.fetch(folder / "mnist.gz", ["http://127.0.0.1:9/mnist.gz"], "md5:0"))(folder)


def cut_off_download(folder: Path) -> str:
    (folder / "mnist").mkdir()
    for name in dataloader.MNIST_FILES:
        (folder / "mnist" / name).write_bytes(b"half a file")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYTORCH_DATA", str(folder))
        return raised(tt.load_mnist)(folder)


def cut_off_checkpoint(folder: Path) -> str:
    (folder / "run.npz").write_bytes(b"half a file")
    return raised(lambda: tt.load_checkpoint(folder / "run.npz"))(folder)


SAID: dict[str, Said] = {
    "is written in notebook": python("import tinytorch; tinytorch.relu"),
    "once more": exported_too_early,
    "could not be fetched": unreachable,
    "to fetch it anew": cut_off_download,
    "or no checkpoint": cut_off_checkpoint,
    "operands could not be broadcast": raised(lambda: GRID + FLAT),
    "the left has": raised(lambda: GRID @ GRID),
    "a plain number has no rows": raised(lambda: GRID @ 2.0),
    "cannot reshape": raised(lambda: GRID.reshape(4)),
    "Linear: in_features": raised(lambda: tt.Linear(784, 10)(tt.ones(4, 28, 28))),
    "Conv2d: x should be": raised(lambda: tt.Conv2d(3, 8, 3)(tt.ones(28, 28, 3))),
    "regular grid": raised(lambda: tt.Tensor([[1, 2], [3]])),
    "Unable to allocate": raised(lambda: np.ones((10 ** 6, 10 ** 6, 10 ** 3))),
    "forward returned None": raised(lambda: Half.apply(GRID)),
    "np.exp of a Tensor": raised(lambda: np.exp(GRID)),
    "leave the parameter as it was": raised(in_place),
    "truth value": raised(lambda: bool(GRID > 0.0)),
    "mse_loss: input": raised(lambda: tt.mse_loss(tt.ones(4, 1), FLAT)),
    "labels should be integers": raised(lambda: tt.cross_entropy(GRID, tt.Tensor(LABELS))),
    "need labels": raised(lambda: tt.cross_entropy(GRID, np.eye(3, dtype=int)[LABELS])),
    "is outside 0": raised(lambda: tt.cross_entropy(GRID, LABELS + 7)),
    "leaves 0..1": raised(lambda: tt.binary_cross_entropy(GRID * 2.0, GRID)),
    "no computation graph": raised(lambda: GRID.sum().backward()),
    "is not one number": raised(lambda: (WEIGHT * 2.0).backward()),
    "freed it": raised(twice),
    "call backward before optimizer.step": raised(moved_too_early),
    "has no backward rule": raised(lambda: Cube.apply(WEIGHT).sum().backward()),
    "no parameters to optimize": raised(lambda: tt.SGD([], lr=0.1)),
    "are not found: use a list": raised(lambda: list(Hidden().parameters())),
    "assign to its numbers": raised(parameter_lost),
    "load_state_dict: missing": raised(lambda: tt.Linear(2, 2).load_state_dict({"w": np.ones(2)})),
    "the loss is": raised(diverged),
    "there are no batches": raised(used_up),
    "ids are an array": raised(lambda: tt.Embedding(10, 4)(tt.Tensor([1, 2]))),
    "Embedding: id …": raised(lambda: tt.Embedding(10, 4)([10])),
    "attn_mask should be": raised(lambda: tt.scaled_dot_product_attention(GRID, GRID, GRID, np.ones((2, 2), int))),
    "and this line uses it": raised(lambda: tt._optional("no_such_package").anything),
}
