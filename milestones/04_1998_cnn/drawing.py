"""Pictures of pictures: galleries and filters."""
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np


def as_picture(x: np.ndarray) -> np.ndarray:
    """(C, H, W) to what imshow takes, (H, W) or (H, W, 3), from 0 for its smallest number to 1 for its largest."""
    x = x.astype(np.float32)
    x = (x - x.min()) / max(x.max() - x.min(), 1e-6)
    return x[0] if len(x) == 1 else x.transpose(1, 2, 0)


def gallery(images: Sequence[np.ndarray], columns: int, titles: Sequence[str] = (), size: float = 1.0,
            cmap: str = "gray") -> None:
    """Images (C, H, W) in rows, each under its title, as a new figure; size: inches a picture.

    They share one pair of axes: a pair for each would take longer to lay out than many a network to train.
    """
    rows, lines = max(1, -(-len(images) // columns)), max((title.count("\n") + 1 for title in titles), default=0)
    high = 1 + 0.16 * lines / size                  # of a picture and its title, in pictures
    _, ax = plt.subplots(figsize=(size * columns, size * high * rows))
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        top = (row + 1) * high - 1
        ax.imshow(as_picture(image), cmap=cmap, extent=(column + 0.07, column + 0.93, top + 0.93, top + 0.07))
        if place < len(titles):
            ax.text(column + 0.5, top, titles[place], ha="center", va="bottom", fontsize=8)
    ax.set(xlim=(0, columns), ylim=(rows * high, 0))
    ax.axis("off")
