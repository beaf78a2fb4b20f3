"""The questions with known answers that the pretrained encoder begins with: its layers, which notebooks 03, 11, 12 and
13 build."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tinytorch as tt
from tito.experiment import Stage

import numpy as np


def attended(mask: list[bool] | None = None) -> np.ndarray:
    """Your MultiHeadAttention with identity matrices: two heads of one channel, two places."""
    layer = tt.MultiHeadAttention(2, 2)
    state = {"in_proj_weight": np.tile(np.eye(2), (3, 1)), "in_proj_bias": np.zeros(6),
             "out_proj.weight": np.eye(2), "out_proj.bias": np.zeros(2)}
    layer.load_state_dict(state)
    x, attn_mask = tt.Tensor([[[1.0, 0.0], [0.0, 2.0]]]), None if mask is None else np.array(mask)[None, None, None]
    return layer(x, attn_mask).numpy()


def normalized(eps: float) -> np.ndarray:
    """Your LayerNorm on the row [1, 3]."""
    return tt.LayerNorm(2, eps=eps)(tt.Tensor([[1.0, 3.0]])).numpy()


def looked_up() -> np.ndarray:
    layer = tt.Embedding(3, 2)
    layer.weight.data = np.float32([[0, 1], [2, 3], [4, 5]])
    return layer(np.array([[2, 0]])).numpy()


def placed() -> np.ndarray:
    layer = tt.LearnedPositionalEmbedding(3, 1)
    layer.weight.data = np.float32([[1], [2], [3]])
    return layer(tt.Tensor([[[10.0], [10.0]]])).numpy()


def linear() -> np.ndarray:
    layer = tt.Linear(2, 1)
    layer.weight.data, layer.bias.data = np.float32([[1, 2]]), np.float32([3])
    return layer(tt.Tensor([[1.0, 1.0]])).numpy()


def check_encoder_parts(stage: Stage) -> None:
    """Stop with one line that names the notebook of the first part that is wrong."""
    stage.check("Linear", "for weight [[1, 2]], bias [3] and x = [[1, 1]] it", linear, [[6]])
    stage.check("Embedding", "the rows of ids [[2, 0]] of [[0, 1], [2, 3], [4, 5]]", looked_up, [[[4, 5], [0, 1]]])
    stage.check("LearnedPositionalEmbedding", "rows 1, 2, 3 added to [[10], [10]]", placed, [[[11], [12]]])
    stage.check("MultiHeadAttention", "with identity matrices and two heads on [[1, 0], [0, 2]]", attended,
                [[[0.7311, 1.0], [0.5, 1.9640]]])
    stage.check("MultiHeadAttention", "the same with the second place masked", lambda: attended([True, False]),
                [[[1, 0], [1, 0]]])
    stage.check("LayerNorm", "for the row [1, 3] it", lambda: normalized(1e-12), [[-1, 1]])
    stage.check("LayerNorm", "for the row [1, 3] and eps = 3 it", lambda: normalized(3.0), [[-0.5, 0.5]])
    print("Linear, Embedding, LearnedPositionalEmbedding, MultiHeadAttention and LayerNorm work.")
