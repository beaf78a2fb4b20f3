"""Digits, mistakes, hidden units and scaling as pictures."""
import matplotlib.pyplot as plt
import numpy as np


def wall(pictures: np.ndarray, titles: list[str], columns: int, **options) -> None:
    """Pictures (N, height, width) in rows of `columns`, a title over each."""
    rows = -(-len(pictures) // columns)
    height = 0.95 + 0.2 * max((title.count("\n") + 1 for title in titles if title), default=0)
    _, axes = plt.subplots(rows, columns, figsize=(0.95 * columns, height * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, picture, title in zip(axes.flat, pictures, titles, strict=False):
        ax.imshow(picture, **{"cmap": "gray_r", **options})
        ax.set_title(title, fontsize=8)


def draw_mistakes(pictures: np.ndarray, p: np.ndarray, labels: np.ndarray, most: int) -> None:
    """The mistakes it was surest of: what is true, what it said, and how sure it was."""
    said = p.argmax(axis=1)
    wrong = np.flatnonzero(said != labels)
    wrong = wrong[np.argsort(-p[wrong, said[wrong]], kind="stable")][:most]
    wall(pictures[wrong], [f"{labels[i]}, says {said[i]}\n{p[i, said[i]]:.0%} sure" for i in wrong], columns=8)


def draw_units(weights: np.ndarray, columns: int) -> None:
    """What hidden units look for: the incoming weights of each, (N, height, width), blue for ink, red for paper."""
    scale = np.abs(weights).max(axis=(1, 2), keepdims=True)
    wall(weights / scale, [""] * len(weights), columns, cmap="RdBu", vmin=-1, vmax=1)


def draw_scaling(studies: dict[str, dict[int, float]]) -> None:
    """What was varied -> {how many: accuracy}: as a table in print, and the share of mistakes as a figure."""
    _, axes = plt.subplots(1, len(studies), figsize=(9, 3.4), sharey=True)
    for ax, (title, found) in zip(axes, studies.items(), strict=True):
        counts, accuracies = zip(*sorted(found.items()), strict=True)
        print(f"{title:20}" + "".join(f"{n:8,}" for n in counts))
        print(f"{'  accuracy':20}" + "".join(f"{share:8.1%}" for share in accuracies))
        ax.loglog(counts, [1 - share for share in accuracies], "o-")
        ax.set(xlabel=title)
        ax.set_xticks(counts, [f"{n:,}" for n in counts])
        ax.minorticks_off()
    ticks = (0.02, 0.05, 0.1, 0.2, 0.5)
    axes[0].set_yticks(ticks, [f"{tick:.0%}" for tick in ticks])
    axes[0].set(ylabel="share of mistakes")
