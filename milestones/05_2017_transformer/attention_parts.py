"""The questions with known answers that parts 3 and 4 begin with: attention, and all that a transformer needs."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tinytorch as tt
from tito.experiment import Stage
from tito.known_answers import two_steps

import numpy as np

BANK = np.float32([[0, 0], [0, 2], [1, 1]])


def attend(mask: np.ndarray | None) -> np.ndarray:
    """What the last of three places gets, where each is query, key and value at once."""
    bank = tt.Tensor(BANK)
    return tt.scaled_dot_product_attention(bank, bank, bank, mask).numpy()


def embedding_slope() -> np.ndarray:
    """The slope at a table of three rows, of which one is taken twice."""
    layer = tt.Embedding(3, 1)
    layer(np.array([2, 0, 2])).sum().backward()
    return layer.weight.grad[:, 0]


def normalize() -> np.ndarray:
    """The row [1, 3], normalized, for a weight of [1, 2] and a bias of [0, 1]."""
    layer = tt.LayerNorm(2)
    layer.weight.data, layer.bias.data = np.float32([1, 2]), np.float32([0, 1])
    return layer(tt.Tensor([[1.0, 3.0]])).numpy()[0]


def shapes_of_heads() -> tuple[int, ...]:
    """The shape that MultiHeadAttention makes of two texts of three places."""
    return tt.MultiHeadAttention(4, 2, rng=0)(tt.Tensor(np.ones((2, 3, 4)))).shape


def looks_ahead() -> float:
    """By how much a GPT's scores for the first places change, where the last token is another."""
    model = tt.GPT(5, 8, 2, 2, 4, rng=0)
    scores = model(np.array([[0, 1, 2, 3], [0, 1, 2, 4]])).numpy()
    return np.abs(scores[0, :3] - scores[1, :3]).max()


def check_parts(stage: Stage) -> None:
    """Stop with one line that names the notebook of the first part that is wrong."""
    stage.check("Embedding", "the gradient at a table whose rows 2, 0, 2 were taken", embedding_slope, [1, 0, 2])
    stage.check("LearnedPositionalEmbedding", "the shape of what it makes of 3 places of 8 numbers",
                lambda: tt.LearnedPositionalEmbedding(5, 8)(tt.Tensor(np.ones((3, 8)))).shape, (3, 8))
    stage.check("causal_mask", "for 2 queries and 3 keys it", lambda: tt.causal_mask(2, 3), [[1, 1, 0], [1, 1, 1]])
    stage.check("scaled_dot_product_attention", "the last of the places [0, 0], [0, 2], [1, 1]",
                lambda: attend(None)[2], [0.4458, 1.3374])
    stage.check("scaled_dot_product_attention", "the first of them under a causal mask",
                lambda: attend(tt.causal_mask(3))[0], [0, 0])
    stage.check("MultiHeadAttention", "the shape of two texts of 3 places", shapes_of_heads, (2, 3, 4))
    stage.check("LayerNorm", "the row [1, 3] for weight [1, 2] and bias [0, 1]", normalize, [-1, 3])
    stage.check("FeedForward", "the shape of what it makes of 3 places of 8 numbers",
                lambda: tt.FeedForward(8, rng=0)(tt.Tensor(np.ones((3, 8)))).shape, (3, 8))
    stage.check("GPT", "changing the last token, the change at the places before it", looks_ahead, 0)
    stage.check("cross_entropy", "for scores [[0, 0]] and label 0 it",
                lambda: tt.cross_entropy(tt.Tensor([[0.0, 0.0]]), np.array([0])).item(), 0.6931)
    stage.check("AdamW", "two steps with gradient 1, lr 0.1",
                lambda: two_steps(lambda p: tt.AdamW(p, lr=0.1)), [4.7901])
    print("Embedding, attention, LayerNorm, FeedForward, GPT, cross_entropy and AdamW work.")
