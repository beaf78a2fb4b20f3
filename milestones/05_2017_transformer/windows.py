"""Rows cut from one long text: at random places to learn from, one after the other to be asked about."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

Batch = tuple[np.ndarray, np.ndarray]


class RandomWindows:
    """`steps` batches of rows at random places of ids; each place of y holds what comes after that place of x."""

    def __init__(self, ids: np.ndarray, length: int, batch_size: int, steps: int, rng: np.random.Generator | int):
        """ids: (characters,), more than length of them. rng: a checkpoint keeps where it stands."""
        if len(ids) <= length:
            raise ValueError(f"RandomWindows: rows of {length} need a text of more than {length} characters, "
                             f"not {len(ids)}")
        self.ids, self.length, self.batch_size, self.steps = ids, length, batch_size, steps
        self.rng = np.random.default_rng(rng)

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[Batch]:
        for _ in range(self.steps):
            starts = self.rng.integers(0, len(self.ids) - self.length, self.batch_size)
            rows = self.ids[starts[:, None] + np.arange(self.length + 1)]
            yield rows[:, :-1], rows[:, 1:]


def all_windows(ids: np.ndarray, length: int, batch_size: int = 50) -> list[Batch]:
    """Every row of ids, without overlap, in batches; what is left at the end, less than a row, is left out."""
    count = (len(ids) - 1) // length
    x, y = ids[:count * length].reshape(count, length), ids[1:count * length + 1].reshape(count, length)
    return [(x[i:i + batch_size], y[i:i + batch_size]) for i in range(0, count, batch_size)]
