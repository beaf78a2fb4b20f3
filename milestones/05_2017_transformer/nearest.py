"""Answers by nearest neighbour, and what may be done to vectors beforehand."""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np


def unit(x: np.ndarray) -> np.ndarray:
    """Every row made 1 long; a row of zeros stays."""
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


def nearest(asked: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every row of asked the place of the row of known with the largest cosine, and that cosine."""
    cosines = unit(asked) @ unit(known).T
    best = cosines.argmax(axis=1)
    return best, cosines[np.arange(len(best)), best]


def word_weights(sequences: Sequence[Sequence[int]], known: Sequence[Sequence[int]]) -> np.ndarray:
    """Every sequence as the counts of its ids, a rare id counting more: (N, different ids in known), rows 1 long.

    An id counts log(texts / texts that have it), by the texts in known. Source: Spärck Jones, *A statistical
    interpretation of term specificity and its application in retrieval* (1972).
    """
    texts_with = Counter(token for ids in known for token in set(ids))
    column = {token: place for place, token in enumerate(sorted(texts_with))}
    table = np.zeros((len(sequences), len(column)), np.float32)
    for row, ids in zip(table, sequences, strict=True):
        for token in ids:
            if token in column:
                row[column[token]] += np.log(len(known) / texts_with[token])
    return unit(table)


def metric_of_wordings(vectors: np.ndarray, question: np.ndarray, shrink: float = 0.01) -> np.ndarray:
    """A matrix (d, d) after which directions count less the more the wordings of one question differ in them.

    vectors: (N, d); question: (N,), a number for each row, the same for wordings of the same question. shrink: what is
    added to every direction's variance, in shares of their mean, since a few wordings leave most of them at 0.
    Source: Hatch, Kajarekar, Stolcke, *Within-class covariance normalization for SVM-based speaker recognition* (2006).
    """
    _, group = np.unique(question, return_inverse=True)
    means = np.zeros((group.max() + 1, vectors.shape[1]))
    np.add.at(means, group, vectors)
    means /= np.bincount(group)[:, None]
    apart = vectors - means[group]
    variances, directions = np.linalg.eigh(apart.T @ apart / len(apart))
    return directions * (np.maximum(variances, 0) + shrink * variances.mean()) ** -0.5


def two_axes(vectors: np.ndarray) -> np.ndarray:
    """The vectors on the two axes along which they differ most: (N, 2)."""
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    return centred @ axes[:2].T
