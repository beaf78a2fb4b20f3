"""The questions that both parts put to the perceptron, and the picture of its answers.

Every set is x, float32 of shape (n, inputs), and y, n integers 0 or 1, as many of one as of the other.
"""
from collections.abc import Callable

import numpy as np

CENTRE = np.array([1.5, 1.0])


def clouds(n: int, rng: np.random.Generator, spread: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Two round clouds on opposite sides of the origin. With a spread of 0.4 a line separates them."""
    y = _labels(n, rng)
    return _float32((2 * y - 1)[:, None] * CENTRE + spread * rng.normal(size=(n, 2))), y


def overlapping(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The same two clouds, so wide that they run into each other: nobody can be right about every point."""
    return clouds(n, rng, spread=1.5)


def xor(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Four clouds in the corners of a square; 1 means that the signs of the two numbers differ."""
    y = _labels(n, rng)
    left = rng.choice([-1, 1], size=n)
    corner = np.stack([left, np.where(y == 1, -left, left)], axis=1)
    return _float32(corner + 0.3 * rng.normal(size=(n, 2))), y


def rings(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A disc (0) and a ring around it (1)."""
    y = _labels(n, rng)
    angle, radius = rng.uniform(0, 2 * np.pi, n), np.where(y == 1, 1.8, 0.6) + 0.15 * rng.normal(size=n)
    return _float32(radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)), y


def cards(n: int, rng: np.random.Generator, size: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Cards before a retina of size x size photocells: a dark square in the left half (0) or in the right half (1)."""
    y, half = _labels(n, rng), size // 2
    x = np.zeros((n, size, size), dtype=np.float32)
    for card, right in zip(x, y, strict=True):
        side = rng.integers(size // 5, size // 3 + 1)
        top, left = rng.integers(0, size - side + 1), rng.integers(0, half - side + 1) + half * right
        card[top:top + side, left:left + side] = 1
    return x.reshape(n, -1), y


def draw(ax, x: np.ndarray, y: np.ndarray, title: str, probability: Callable | None = None) -> None:
    """Points of two colours; behind them what the perceptron says about every place, and its boundary p = 0.5.

    probability: from places, an array of shape (n, 2), to n numbers in 0..1.
    """
    low, high = x.min(axis=0) - 0.5, x.max(axis=0) + 0.5
    if probability:
        across, up = np.meshgrid(np.linspace(low[0], high[0], 120), np.linspace(low[1], high[1], 120))
        p = probability(_float32(np.stack([across.ravel(), up.ravel()], axis=1))).reshape(across.shape)
        ax.contourf(across, up, p, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.5, vmin=-0.1, vmax=1.1)
        if p.min() < 0.5 < p.max():
            ax.contour(across, up, p, levels=[0.5], colors="black", linewidths=1.5)
    for label, colour, mark in ((0, "firebrick", "o"), (1, "navy", "^")):
        ax.scatter(*x[y == label].T, s=10, c=colour, marker=mark)
    ax.set(title=title, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.title.set_fontsize(10)


def _labels(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(np.arange(n) % 2)


def _float32(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x, dtype=np.float32)
