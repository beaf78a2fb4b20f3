"""Dialogues as rows of token ids: what a batch holds, what is asked in it, and how many answers are right."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import tinytorch as tt
from tinytorch.training import modes_kept

import numpy as np

NOT_ASKED = -1                # in the place of a target that no loss is taken of


class Row(NamedTuple):
    """A dialogue as ids, and for each id: does it belong to an answer, and to the last answer?"""
    ids: np.ndarray
    answers: np.ndarray
    last: np.ndarray


def written(dialogue: tt.dataloader.Dialogue) -> str:
    """All of a dialogue, with a line end after each question and each answer."""
    return f"{dialogue.prompt}{dialogue.answer}\n"


def corpus(dialogues: Sequence[tt.dataloader.Dialogue]) -> str:
    """The text that a tokenizer learns from."""
    return "".join(written(dialogue) for dialogue in dialogues)


def row_of(dialogue: tt.dataloader.Dialogue, tokenizer) -> Row:
    """Every question and answer is encoded by itself, with its line end: so a prompt has the same ids alone."""
    pieces = [tokenizer.encode(f"{said}\n") for turn in dialogue.turns for said in turn]
    number = np.repeat(np.arange(len(pieces)), [len(piece) for piece in pieces])
    return Row(np.concatenate(pieces), number % 2 == 1, number == len(pieces) - 1)


def prompt_of(dialogue: tt.dataloader.Dialogue, tokenizer) -> np.ndarray:
    """The ids of everything before the last answer."""
    row = row_of(dialogue, tokenizer)
    return row.ids[~row.last]


def batch_of(rows: Sequence[Row], asked: str = "everything") -> tuple[np.ndarray, np.ndarray]:
    """Tokens x (N, T) and what follows each, y (N, T), NOT_ASKED where nothing is asked.

    asked: "everything", "answers" or "last", for the last answers only. Short rows are filled up on the right, where
    no earlier token looks.
    """
    longest = max(len(row.ids) for row in rows)
    x = np.zeros((len(rows), longest), np.int64)
    y = np.full((len(rows), longest), NOT_ASKED)
    for place, row in enumerate(rows):
        here = np.ones(len(row.ids), bool) if asked == "everything" else getattr(row, asked)
        x[place, :len(row.ids)] = row.ids
        y[place, :len(row.ids)] = np.where(here, row.ids, NOT_ASKED)
    return x[:, :-1], y[:, 1:]


def by_length(rows: Sequence[Row], size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Numbers of rows in batches of `size`, each of rows of nearly equal length, in random order."""
    mixed = rng.permutation(len(rows))
    mixed = mixed[np.argsort([len(rows[number].ids) for number in mixed], kind="stable")]
    cut = [mixed[start:start + size] for start in range(0, len(mixed), size)]
    return [cut[number] for number in rng.permutation(len(cut))]


class Batches:
    """Batches (x, y) for a Trainer, in each epoch in a new order; change, if given, makes its rows of (rows, rng)."""

    def __init__(self, rows: Sequence[Row], size: int, rng: np.random.Generator, asked: str = "everything",
                 change: Callable | None = None):
        self.rows, self.size, self.rng, self.asked, self.change = rows, size, rng, asked, change

    def __len__(self) -> int:
        return -(-len(self.rows) // self.size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rows = self.change(self.rows, self.rng) if self.change else self.rows
        for numbers in by_length(rows, self.size, self.rng):
            yield batch_of([rows[number] for number in numbers], self.asked)


def loss_where_asked(scores: tt.Tensor, y: np.ndarray) -> tt.Tensor:
    """The mean surprise, in nats a token, where y asks for one; scores (N, T, V), y (N, T)."""
    asked = y != NOT_ASKED
    return tt.cross_entropy(scores[asked], y[asked])


def exactly_right(model: tt.Module, rows: Sequence[Row], size: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """For each row: is its last answer what the model says, greedily? And its mean loss on that answer.

    One forward pass tells it. Greedy generation gives the answer exactly when, after the prompt and any beginning
    of the answer, the largest score is at the answer's next token.
    """
    right, losses = np.zeros(len(rows), bool), np.zeros(len(rows))
    with modes_kept(model), tt.no_grad():
        model.eval()
        for numbers in by_length(rows, size, np.random.default_rng(0)):
            x, y = batch_of([rows[number] for number in numbers], "last")
            scores = model(x)
            asked = y != NOT_ASKED
            right[numbers] = ((scores.numpy().argmax(axis=-1) == y) | ~asked).all(axis=1)
            surprise = np.zeros(y.shape)
            surprise[asked] = -tt.log_softmax(scores[asked]).numpy()[np.arange(asked.sum()), y[asked]]
            losses[numbers] = surprise.sum(axis=1) / asked.sum(axis=1)
    return right, losses
