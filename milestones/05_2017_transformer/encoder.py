"""A sentence encoder of the student's parts: BERT's post-norm blocks, mean pooling, vectors of length 1.

It is laid out as the published weights need it (Devlin and others, 2018; Reimers and Gurevych, 2019), see `minilm.py`.
"""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Callable, Iterator, Sequence

import tinytorch as tt

import numpy as np


def erf(x: np.ndarray) -> np.ndarray:
    """The error function of each number, to 1.5e-7.

    Source: Abramowitz and Stegun, *Handbook of mathematical functions* (1964), 7.1.26.
    """
    t = 1 / (1 + 0.3275911 * np.abs(x))
    polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    return np.copysign(1 - polynomial * np.exp(-x * x), x)


class ExactGELU(tt.Op):
    """x times the probability that a standard normal number is smaller: what the tanh of module 02 approximates."""
    def forward(self, x):
        self.probability = 0.5 * (1 + erf(x * 0.5 ** 0.5))
        return x * self.probability


@tt.backward_rule(ExactGELU)
def exact_gelu_rule(op, grad):
    x = op.inputs[0].data
    return grad * (op.probability + x * np.exp(-0.5 * x * x) / (2 * np.pi) ** 0.5)


def exact_gelu(x: tt.Tensor) -> tt.Tensor:
    """The Gaussian error linear unit by its definition, as BERT was trained with it."""
    return ExactGELU.apply(x)


class PostNormBlock(tt.Module):
    """BERT's block: attention, then two linear layers; each is added to x, and the *sum* is normalized."""
    def __init__(self, width: int, heads: int, hidden: int, eps: float, activation: Callable = exact_gelu):
        self.attention = tt.MultiHeadAttention(width, heads)
        self.norm1, self.norm2 = tt.LayerNorm(width, eps=eps), tt.LayerNorm(width, eps=eps)
        self.up, self.down = tt.Linear(width, hidden), tt.Linear(hidden, width)
        self.activation = activation

    def forward(self, x, attn_mask=None):
        """x: (batch, tokens, width). Returns the same shape."""
        x = self.norm1(x + self.attention(x, attn_mask))
        rows = x.reshape(-1, x.shape[-1])               # one product of many rows is faster than one per sentence
        rows = self.norm2(rows + self.down(self.activation(self.up(rows))))
        return rows.reshape(x.shape)


class SentenceEncoder(tt.Module):
    """Token ids -> one vector of length 1 a sentence."""
    def __init__(self, vocab_size: int, width: int, heads: int, hidden: int, layers: int, max_len: int,
                 eps: float = 1e-12, activation: Callable = exact_gelu):
        self.tokens = tt.Embedding(vocab_size, width)
        self.positions = tt.LearnedPositionalEmbedding(max_len, width)
        self.types = tt.Embedding(2, width)             # first or second of two sentences; here it is always the first
        self.norm = tt.LayerNorm(width, eps=eps)
        self.blocks = [PostNormBlock(width, heads, hidden, eps, activation) for _ in range(layers)]

    def states(self, ids: np.ndarray, real: np.ndarray) -> Iterator[tt.Tensor]:
        """Tensors (batch, tokens, width): the embeddings, then what each block makes of them.

        ids: (batch, tokens). real: of the same shape, False where a token only fills the row.
        """
        x = self.norm(self.positions(self.tokens(ids)) + self.types(np.zeros_like(ids)))
        yield x
        for block in self.blocks:
            x = block(x, real[:, None, None, :])
            yield x

    def forward(self, ids, real):
        *_, last = self.states(ids, real)
        return pooled(last, real)


def pooled(x: tt.Tensor, real: np.ndarray) -> tt.Tensor:
    """The mean over a sentence's real tokens, made 1 long: (batch, tokens, width) -> (batch, width)."""
    share = real / real.sum(axis=1, keepdims=True)
    mean = (x * tt.Tensor(share[:, :, None])).sum(axis=1)
    return mean / ((mean * mean).sum(axis=1, keepdims=True) + 1e-24).sqrt()


def batches(sequences: Sequence[Sequence[int]], size: int, by_length: bool = True
            ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Sequences of ids as (rows, ids, real): places in `sequences`, ids filled up with 0, and which ids are real.

    by_length: the longest first, so that rows of a batch are about equally long and little is filled up.
    """
    lengths = np.array([len(ids) for ids in sequences], int)
    order = np.argsort(-lengths, kind="stable") if by_length else np.arange(len(lengths))
    for start in range(0, len(order), size):
        rows = order[start:start + size]
        real = np.arange(lengths[rows].max()) < lengths[rows, None]
        ids = np.zeros(real.shape, int)
        ids[real] = np.concatenate([sequences[row] for row in rows])
        yield rows, ids, real


def encode(model: SentenceEncoder, sequences: Sequence[Sequence[int]], size: int = 32, every_layer: bool = False,
           progress: Callable = iter) -> np.ndarray:
    """The vectors of sentences given as token ids: float32 (N, width), in their order.

    every_layer: (1 + layers, N, width), pooled from the embeddings and from every block.
    """
    depth, width = 1 + len(model.blocks), model.norm.weight.size
    found = np.zeros((depth, len(sequences), width), np.float32)
    with tt.no_grad():
        for rows, ids, real in progress(list(batches(sequences, size))):
            for layer, x in enumerate(model.states(ids, real)):
                if every_layer or layer == depth - 1:
                    found[layer, rows] = pooled(x, real).numpy()
    return found if every_layer else found[-1]
