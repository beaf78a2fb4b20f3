"""Which token looks where: the attention weights of a model on one row of tokens, and their picture."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Sequence

import tinytorch as tt

import numpy as np


def attention_maps(model: tt.Module, ids: np.ndarray) -> list[np.ndarray]:
    """The weights of each layer (heads, T, T): row t says how much token t takes from each earlier one.

    While the model works, your scaled_dot_product_attention is also asked with the identity for its values:
    what it then mixes are the weights themselves.
    """
    module, seen = tt.attention, []
    own = module.scaled_dot_product_attention

    def watched(query, key, value, attn_mask=None, *rest, **options):
        seen.append(own(query, key, tt.Tensor(np.eye(key.shape[-2])), attn_mask).numpy())
        return own(query, key, value, attn_mask, *rest, **options)

    was_training = model.training
    module.scaled_dot_product_attention = watched
    try:
        model.eval()
        with tt.no_grad():
            model(np.asarray(ids)[None])
    finally:
        module.scaled_dot_product_attention = own
        model.train(was_training)
    return [weights[0] for weights in seen]


def readable(tokenizer, ids: np.ndarray) -> list[str]:
    """Each token as one sees it: a line end as an arrow down, a leading blank as a low dot."""
    return [tokenizer.decode([i]).replace("\n", "↵").replace(" ", "·") for i in ids]


def draw_map(ax, weights: np.ndarray, rows: Sequence[str], columns: Sequence[str], title: str = "") -> None:
    """One head's weights (rows, columns), dark where much is taken."""
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_xticks(range(len(columns)), columns, rotation=90, fontsize=7)
    ax.set_yticks(range(len(rows)), rows, fontsize=7)
    ax.set_title(title, fontsize=9)
