"""Figures that several milestones draw."""
from collections.abc import Sequence

import numpy as np


def confusion(labels: np.ndarray, said: np.ndarray, classes: int = 10) -> np.ndarray:
    """How often each class (row) was taken for each (column): counts (classes, classes) of labels and answers (N,)."""
    table = np.zeros((classes, classes), int)
    np.add.at(table, (labels, said), 1)
    return table


def draw_confusion(ax, table: np.ndarray, names: Sequence[str] = "0123456789") -> None:
    """The table with its counts; the mistakes give the colours, for the diagonal would outshine them."""
    mistakes = table - np.diag(np.diag(table))
    ax.imshow(mistakes, cmap="Reds", vmax=max(1, 1.4 * mistakes.max()))
    for (row, column), count in np.ndenumerate(table):
        if count:
            ax.text(column, row, count, ha="center", va="center", fontsize=7,
                    color="gray" if row == column else "black")
    ax.set_xticks(range(len(names)), names, rotation=0 if len(names[0]) == 1 else 60, fontsize=8)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set(xlabel="taken for", ylabel="is", title=f"{mistakes.sum():,} mistakes")
