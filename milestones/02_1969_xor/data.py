"""The questions of 1969 that both parts ask, and the picture of an answer.

Every set is x, float32 of shape (n, inputs) with -1 for no and 1 for yes (clouds scatter around these), and y,
float32 of shape (n, 1), 0 or 1.
"""
from collections.abc import Callable

import numpy as np


def bits(n: int) -> np.ndarray:
    """All 2**n rows of n signs, -1 or 1."""
    return (2.0 * (np.arange(2 ** n)[:, None] >> np.arange(n) & 1) - 1).astype(np.float32)


def parity(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Is the number of ones odd? For two bits this is XOR."""
    x = bits(n)
    return x, ((x > 0).sum(axis=1, keepdims=True) % 2).astype(np.float32)


def clouds(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """XOR as one would measure it: n points scattered around the four corners."""
    corners, y = parity(2)
    which = rng.permutation(np.arange(n) % 4)
    return (corners[which] + 0.3 * rng.normal(size=(n, 2))).astype(np.float32), y[which]


def draw(ax, x: np.ndarray, y: np.ndarray, title: str, probability: Callable[[np.ndarray], np.ndarray]) -> None:
    """Points of two colours; behind them what the network says about every place, and its boundary p = 0.5."""
    reach = np.abs(x).max() + 0.5
    side = np.linspace(-reach, reach, 120).astype(np.float32)
    places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    p = probability(places).reshape(120, 120)
    ax.contourf(side, side, p, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.5, vmin=-0.1, vmax=1.1)
    if p.min() < 0.5 < p.max():
        ax.contour(side, side, p, levels=[0.5], colors="black", linewidths=1.5)
    for label, colour, mark in ((0, "firebrick", "o"), (1, "navy", "^")):
        ax.scatter(*x[y[:, 0] == label].T, s=24 if len(x) < 20 else 10, c=colour, marker=mark)
    ax.set_title(title, fontsize=10)
