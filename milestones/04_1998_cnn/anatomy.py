"""What a network consists of and what it says: its layers, numbers and operations; its answers to a data set."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Iterable

import tinytorch as tt

import numpy as np


def anatomy(model: tt.Sequential, shape: tuple[int, ...]) -> list[tuple[str, tuple[int, ...], int, int]]:
    """For each layer its name, the shape it gives for one picture of `shape`, its numbers, and its operations on them.

    A weight that is used at n places costs 2n operations, a product and a sum each: n is 1 in a Linear. Layers
    without weights are not counted.
    """
    rows, x = [], tt.Tensor(np.zeros((1, *shape), np.float32))
    was_training = model.training
    model.eval()
    with tt.no_grad():
        for layer in model:
            x = layer(x)
            named = dict(layer.named_parameters()) if isinstance(layer, tt.Module) else {}
            weight = named.get("weight")
            operations = 2 * weight.size * x.size // len(weight.data) if weight is not None else 0
            name = type(layer).__name__ if isinstance(layer, tt.Module) else layer.__name__
            rows.append((name, x.shape[1:], sum(p.size for p in named.values()), operations))
    model.train(was_training)
    return rows


def totals(model: tt.Sequential, shape: tuple[int, ...]) -> tuple[int, int]:
    """The numbers that a model learns, and its operations for one picture, forward."""
    *_, numbers, operations = zip(*anatomy(model, shape))
    return sum(numbers), sum(operations)


def print_anatomy(model: tt.Sequential, shape: tuple[int, ...]) -> None:
    """The table of its layers."""
    rows = anatomy(model, shape)
    print(f"{'layer':14}{'gives':>14}{'parameters':>12}{'bytes':>10}{'FLOPs':>12}")
    for name, given, numbers, operations in [*rows, ("together", (), *totals(model, shape))]:
        print(f"{name:14}{' x '.join(map(str, given)):>14}{numbers:12,}{4 * numbers:10,}{operations:12,}")


def answers(model: tt.Module, batches: Iterable) -> tuple[np.ndarray, np.ndarray]:
    """The probabilities (N, classes) that the model gives in eval mode, and the labels (N,)."""
    was_training, found = model.training, []
    model.eval()
    with tt.no_grad():
        for x, y in batches:
            found.append((tt.softmax(model(x)).numpy(), y))
    model.train(was_training)
    return tuple(map(np.concatenate, zip(*found)))
