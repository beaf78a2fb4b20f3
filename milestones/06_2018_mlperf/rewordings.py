"""The pretrained encoder of 2017 from a compressed file: does it still find the answers to reworded questions?"""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from pathlib import Path
from typing import NamedTuple

import tinytorch as tt

import numpy as np
from earlier import WordPieces, encode, load_encoder, nearest


class Found(NamedTuple):
    """What an encoder that was read from a file finds."""
    bytes: int
    cosines: np.ndarray      # of each sentence's vector with that of the original
    same: float              # rewordings with the answer that the original finds
    right: float             # rewordings with the right answer


class Rewordings:
    """TinyTalks' training questions and their held-out rewordings, as the original encoder sees them."""

    def __init__(self):
        self.known, self.asked = tt.load_tinytalks("train"), tt.load_tinytalks("held_out")
        self.model, pieces = load_encoder(), WordPieces()
        self.ids = [pieces.ids([" ".join(talk.prompt.split()) for talk in talks]) for talks in (self.known, self.asked)]
        self.state = self.model.state_dict()
        self.bytes = sum(array.nbytes for array in self.state.values())
        self.vectors = self.encoded()
        self.answers = self.answered(self.vectors)

    def encoded(self) -> np.ndarray:
        """The vectors of all questions, known ones first."""
        return encode(self.model, sum(self.ids, []))

    def answered(self, vectors: np.ndarray) -> np.ndarray:
        """For each rewording the answer of the nearest known question."""
        known, asked = np.split(vectors, [len(self.known)])
        return np.array([self.known[place].answer for place in nearest(asked, known)[0]])

    def found_by(self, path: Path, bits: int, group_size: int | None) -> Found:
        """The encoder written to a file with so many bits, read back, and asked."""
        size = tt.save_compressed(path, self.state, bits, group_size)
        self.model.load_state_dict(tt.load_compressed(path))
        vectors = self.encoded()
        self.model.load_state_dict(self.state)
        answers = self.answered(vectors)
        return Found(size, (vectors * self.vectors).sum(axis=1), np.mean(answers == self.answers), self.right(answers))

    def right(self, answers: np.ndarray) -> float:
        """The share of these answers to the rewordings that are right."""
        return np.mean(answers == np.array([talk.answer for talk in self.asked]))
