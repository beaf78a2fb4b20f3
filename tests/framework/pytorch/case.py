"""One row of the table of operations: what it computes here and in PyTorch, and how its inputs are drawn."""
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tinytorch.tensor import Tensor

Draw = Callable[[np.random.RandomState], np.ndarray]


@dataclass(frozen=True)
class Case:
    name: str
    ours: Callable                  # Tensors -> Tensor
    inputs: tuple[Draw, ...]
    theirs: Callable | None = None  # (torch, *torch tensors) -> torch tensor; None: `ours` runs on theirs as it stands
    smooth: bool = True             # False: at a kink or at a limit of float32, with no derivative to compare
    rtol: float = 1e-5              # how near float32 must come; near zero a tenth of it is enough

    def arrays(self, seed: int = 0) -> list[np.ndarray]:
        """The inputs, float32. RandomState, because NumPy promises that its numbers never change."""
        rng = np.random.RandomState(zlib.crc32(self.name.encode()) ^ seed)
        return [draw(rng).astype(np.float32) for draw in self.inputs]

    def cotangent(self, shape: tuple[int, ...]) -> np.ndarray:
        """Weights for the output, none smaller than 0.5, so that no error in a gradient can hide or cancel."""
        rng = np.random.RandomState(zlib.crc32(self.name.encode()))
        return rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)

    def run(self, arrays: list[np.ndarray], requires_grad: bool = True) -> tuple[Tensor, list[Tensor]]:
        """The output of our operation, and the input Tensors that it was given."""
        tensors = [Tensor(array, requires_grad=requires_grad) for array in arrays]
        return self.ours(*tensors), tensors

    def run_theirs(self, torch, tensors: list):
        return self.theirs(torch, *tensors) if self.theirs else self.ours(*tensors)


def normal(*shape: int) -> Draw:
    return lambda rng: rng.standard_normal(shape)


def uniform(low: float, high: float, *shape: int) -> Draw:
    return lambda rng: rng.uniform(low, high, shape)


def distinct(*shape: int) -> Draw:
    """No two within 0.1 of each other: a maximum stays where it is when a number moves a little."""
    return lambda rng: rng.permutation(int(np.prod(shape))).reshape(shape) * 0.1


def exactly(values: object) -> Draw:
    return lambda rng: np.array(values)
