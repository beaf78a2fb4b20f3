"""Which token looks where: the attention weights of a model on one row of tokens, and their picture."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Callable, Sequence

import tinytorch as tt
from tinytorch.training import modes_kept

import numpy as np


def attention_weights(model: tt.Module, tokens: np.ndarray) -> list[np.ndarray]:
    """The weights (..., heads, queries, keys) of each MultiHeadAttention in model, in the order in which they work.

    tokens: what model takes. In eval mode; model and weights stay as they are.
    """
    layers = [part for _, part in tt.layers.walk(model) if isinstance(part, tt.MultiHeadAttention)]
    found: list[np.ndarray] = []
    try:
        for layer in layers:
            layer.forward = _noting(layer, found)
        with modes_kept(model), tt.no_grad():
            model.eval()
            model(tokens)
    finally:
        for layer in layers:
            vars(layer).pop("forward", None)
    return found


def _noting(layer: tt.MultiHeadAttention, found: list[np.ndarray]) -> Callable:
    """The layer's forward, which first notes its weights: with the identity as values, the mix is the weights."""
    def forward(x, attn_mask=None, cache=None):
        query, key, _ = layer.project(x)
        identity = tt.Tensor(np.eye(key.shape[-2]))
        found.append(tt.scaled_dot_product_attention(query, key, identity, attn_mask).numpy())
        return type(layer).forward(layer, x, attn_mask, cache)

    return forward


def readable(tokenizer, ids: np.ndarray) -> list[str]:
    """Each token as one sees it: a line end as an arrow down, a leading blank as a low dot."""
    return [tokenizer.decode([i]).replace("\n", "↵").replace(" ", "·") for i in ids]


def draw_map(ax, weights: np.ndarray, rows: Sequence[str], columns: Sequence[str], title: str = "") -> None:
    """One head's weights (rows, columns), dark where much is taken."""
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(columns)), columns, rotation=90, fontsize=7)
    ax.set_yticks(range(len(rows)), rows, fontsize=7)
    ax.set_title(title, fontsize=9)
