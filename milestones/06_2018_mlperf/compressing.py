"""A network on its way to a small file: pruned step by step, taught by what it was, and read back from what was
written."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import copy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import tinytorch as tt

import matplotlib.pyplot as plt
import numpy as np
from subjects import SEED, Subject


class Point(NamedTuple):
    """A network as a file has it."""
    what: str                # how it was made
    bits: int
    bytes: int
    right: float             # of the part set aside, by the network that was decoded from the file
    model: tt.Module


def smaller(subject: Subject, shares: Sequence[float], epochs: int, lr: float,
            bits: int) -> Iterator[tuple[str, tt.Module]]:
    """The subject's network with ever more zeros, after each cut trained for some epochs; at last with codes.

    shares: of zeros, rising. After the last cut it is trained once more, for twice as many epochs at half the rate,
    with all weights on the grid of so many bits. Yields how each network was made, and the network.
    """
    model = copy.deepcopy(subject.model)
    for share in shares:
        tt.magnitude_prune(model, 1 - (1 - share) / (1 - tt.sparsity(model)))
        taught(subject, model, lr, epochs, tt.KeepZeros)
        yield f"{share:.0%} zeros", copy.deepcopy(model)
    taught(subject, model, lr / 2, 2 * epochs, lambda optimizer: tt.KeepCodes(tt.KeepZeros(optimizer), bits))
    yield f"{share:.0%} zeros, trained with {bits} bits", model


def taught(subject: Subject, model: tt.Module, lr: float, epochs: int, keeper: Callable) -> None:
    """Train the model to say what the subject's network says, the learning rate up and down once.

    Source: Hinton, Vinyals, Dean, *Distilling the knowledge in a neural network* (2015).
    """
    batches = subject.batches(subject.batch, np.random.default_rng(SEED))
    batches = tt.compression.WithTeacher(batches, subject.model)
    optimizer = tt.AdamW(model.parameters(), lr, weight_decay=0.0)
    schedule = tt.OneCycleLR(optimizer, max_lr=lr, total_steps=epochs * len(batches))
    tt.Trainer(model, keeper(optimizer), as_the_teacher, schedule).fit(batches, epochs, watch=None)
    model.eval()


def as_the_teacher(scores: tt.Tensor, told: tuple[tt.Tensor, np.ndarray]) -> tt.Tensor:
    """How far the scores are from the teacher's and from y, where y asks for something."""
    teacher, y = told
    asked = y >= 0
    return tt.distillation_loss(scores[asked], teacher[asked], y[asked])


def written(subject: Subject, what: str, model: tt.Module, bits: int | None, path: Path) -> Point:
    """The network written to a file, and how good the network is that comes out of it.

    Matrices in so many bits; vectors, such as biases and what BatchNorm knows, in float16.
    """
    state = {name: array.astype(np.float16) if array.ndim < 2 else array for name, array in model.state_dict().items()}
    size = tt.save_compressed(path, state, bits)
    decoded = copy.deepcopy(model)
    decoded.load_state_dict(tt.load_compressed(path))
    return Point(what, bits, size, subject.share_right(decoded, "set aside"), decoded)


def outer(points: Sequence[Point]) -> list[Point]:
    """Those that no other one beats in both bytes and right answers, the smallest first: the Pareto front."""
    front: list[Point] = []
    for point in sorted(points, key=lambda point: (point.bytes, -point.right)):
        if not front or point.right > front[-1].right:
            front.append(point)
    return front


def chosen(points: Sequence[Point], least: float) -> Point:
    """The smallest of those that are right at least that often; the best, if none is."""
    good = [point for point in points if point.right >= least]
    return min(good, key=lambda point: point.bytes) if good else max(points, key=lambda point: point.right)


def draw_front(points: dict[str, list[Point]], picked: dict[str, Point], full: dict[str, int],
               before: dict[str, float]) -> None:
    """For each network all its files, how much smaller against right answers, the Pareto front joined, the chosen one
    circled.

    full, before: bytes and right answers of the network as it was.
    """
    _, axes = plt.subplots(1, len(points), figsize=(4.4 * len(points), 3.8))
    for ax, (name, found) in zip(axes, points.items(), strict=True):
        front = outer(found)
        ax.plot([full[name] / p.bytes for p in front], [p.right for p in front], "-", color="gray", lw=0.8)
        for what in dict.fromkeys(point.what for point in found):
            some = [point for point in found if point.what == what]
            ax.plot([full[name] / p.bytes for p in some], [p.right for p in some], "o", label=what)
        ax.plot(full[name] / picked[name].bytes, picked[name].right, "o", ms=14, mfc="none", mec="firebrick",
                label="chosen")
        ax.plot(1, before[name], "k*", ms=10, label="float32")
        low = min(before[name], picked[name].right) - 0.1
        shown = [full[name] / p.bytes for p in found if p.right >= low]
        ax.set(xlabel="times smaller", title=name, xlim=(0, 1.1 * max(shown)), ylim=(low, before[name] + 0.02))
        ax.legend(fontsize=7, loc="lower left")
    axes[0].set(ylabel="right, of what was set aside")
