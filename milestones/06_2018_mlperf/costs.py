"""What networks cost: products by hand, the shares of a profile, and how they look side by side."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tinytorch as tt

import matplotlib.pyplot as plt
import numpy as np
from earlier import totals

KINDS = {"products": ("MatMul", "LinearOp"), "convolution": ("Conv2dOp",), "pooling": ("MaxPool2dOp",),
         "normalization": ("BatchNorm2dOp", "LayerNormOp"), "ReLU, GELU": ("ReLU", "GELU", "FastGELU"),
         "attention": ("AttentionOp",)}
COLOURS = dict(zip([*KINDS, "other operations", "elsewhere"],
                   ["navy", "royalblue", "teal", "mediumseagreen", "gold", "darkorange", "silver", "whitesmoke"]))


def by_hand(model: tt.Module, x: np.ndarray | tt.Tensor) -> int:
    """FLOPs of the products of one example, forward: two for each weight and place, in a GPT also token by token."""
    if isinstance(model, tt.Sequential):
        return totals(model, np.shape(x)[1:])[1]
    tokens, width, blocks = np.shape(x)[-1], model.tokens.weight.shape[1], len(model.blocks)
    return tokens * (2 * width * (12 * blocks * width + model.vocab_size) + 4 * blocks * tokens * width)


def shares(profiler: tt.Profiler) -> dict[str, float]:
    """For each kind of operation its share of the time, forward and backward; what is no operation is elsewhere."""
    kind_of = {name: kind for kind, names in KINDS.items() for name in names}
    found = dict.fromkeys(COLOURS, 0.0)
    for cost in profiler.costs:
        found[kind_of.get(cost.name, "other operations")] += cost.seconds / profiler.seconds
    return found | {"elsewhere": 1 - sum(found.values())}


def draw_shares(profiles: dict[str, dict[str, float]]) -> None:
    """A bar for each profile, cut into the shares of its kinds of operations."""
    fig, ax = plt.subplots(figsize=(9, 0.6 + 0.5 * len(profiles)))
    left = np.zeros(len(profiles))
    for kind, colour in COLOURS.items():
        widths = np.array([found[kind] for found in profiles.values()])
        ax.barh(list(profiles), widths, left=left, color=colour, edgecolor="gray", linewidth=0.4, label=kind)
        left += widths
    ax.set(xlim=(0, 1), xlabel="share of the time", xticks=(0, 0.25, 0.5, 0.75, 1))
    ax.invert_yaxis()
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8)


def repeated(flops: list[int]) -> float:
    """The share of the arithmetic that is done again, where flops[i] are spent on a text of i + 1 tokens.

    All tokens at once are computed as the last text is; one after the other, as all of them together.
    """
    return 1 - flops[-1] / sum(flops)
