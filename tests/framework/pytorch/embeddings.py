"""Rows of tables, for words and for positions, with the ids that wrong implementations stumble over, in one table."""
import numpy as np

import tinytorch as tt
from tests.framework.pytorch.case import Case, normal
from tinytorch.embeddings import EmbeddingOp

IDS = {                                    # name -> (ids, rows of the table)
    "repeated ids": ([2, 0, 2, 2, 0], 4), "a grid": ([[1, 3, 1], [0, 3, 3]], 5), "one id": (2, 3),
    "one row": ([0, 0, 0], 1), "no ids": (np.zeros((2, 0), int), 3), "three axes": ([[[1], [0]], [[1], [1]]], 2),
    "unsorted with gaps": ([9, 2, 9, 7], 12), "every id once": ([3, 1, 0, 2], 4),
    "small unsigned integers": (np.array([2, 0, 2], np.uint8), 3),
}


def lookup(name: str, ids: object, rows: int) -> Case:
    def ours(weight):
        layer = tt.Embedding(rows, 3, rng=0)
        vars(layer).update(weight=weight)                     # this very Tensor
        return layer(ids)

    return Case(f"embedding {name}", ours, (normal(rows, 3),),
                lambda torch, weight: torch.nn.functional.embedding(torch.tensor(np.asarray(ids, np.int64)), weight))


def tied(weight, ids: np.ndarray) -> tt.Tensor:
    return EmbeddingOp.apply(weight, ids=ids) @ weight.T


def learned(shape: tuple, offset: int) -> Case:
    def ours(x, weight):
        layer = tt.LearnedPositionalEmbedding(7, shape[-1], rng=0)
        vars(layer).update(weight=weight)
        return layer(x, offset=offset)

    def theirs(torch, x, weight):
        return x + torch.nn.functional.embedding(torch.arange(offset, offset + shape[-2]), weight)

    return Case(f"learned positions {shape} from {offset}", ours, (normal(*shape), normal(7, shape[-1])), theirs)


def waves(shape: tuple, offset: int) -> Case:
    def theirs(torch, x):
        """Pairs of a sine and a cosine, the polar way; an odd width has one number too many, cut off."""
        half = (shape[-1] + 1) // 2
        frequency = 10000.0 ** (-2.0 * torch.arange(half, dtype=torch.float64) / shape[-1])
        angle = torch.outer(torch.arange(offset, offset + shape[-2], dtype=torch.float64), frequency)
        hands = torch.view_as_real(torch.polar(torch.ones_like(angle), angle)).flip(-1)
        return x + hands.flatten(-2)[..., :shape[-1]].to(x.dtype)

    return Case(f"sinusoids {shape} from {offset}", lambda x: tt.PositionalEncoding(shape[-1], 4000)(x, offset=offset),
                (normal(*shape),), theirs)


EMBEDDINGS = [
    *[lookup(name, *row) for name, row in IDS.items()],
    Case("embedding tied to the output", lambda w: tied(w, np.array([1, 1, 3])), (normal(4, 3),),
         lambda torch, w: torch.nn.functional.embedding(torch.tensor([1, 1, 3]), w) @ w.T),
    *[learned(*row) for row in [((2, 4, 3), 0), ((2, 3, 5), 4), ((7, 2), 0), ((1, 1, 3), 6), ((2, 0, 3), 5)]],
    *[waves(*row) for row in [((2, 4, 6), 0), ((3, 5), 2), ((1, 1, 8), 3999), ((2, 2, 3, 1), 700)]],
]
