"""Where a network looks: the weights of its attention layers, read while it works."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Callable

import tinytorch as tt

import numpy as np


def attention_weights(model: tt.Module, tokens: np.ndarray) -> list[np.ndarray]:
    """The weights (..., heads, queries, keys) of each MultiHeadAttention in model, in the order in which they work.

    tokens: what model takes. Model and weights stay as they are.
    """
    layers = [part for _, part in tt.layers.walk(model) if isinstance(part, tt.MultiHeadAttention)]
    found: list[np.ndarray] = []
    try:
        for layer in layers:
            layer.forward = _noting(layer, found)
        with tt.no_grad():
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
