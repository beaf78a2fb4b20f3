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
        self.tables, self.blocks = [{name: array for name, array in self.state.items()
                                     if name.startswith(("tokens.", "positions.", "types.")) == table}
                                    for table in (True, False)]
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

    def found_by(self, folder: Path, bits: int, group_size: int | None, table_bits: int | None = None) -> Found:
        """The encoder written to two files, its tables and its blocks, read back, and asked.

        bits: of a weight; table_bits: of those in the tables of words and positions, if they are to have others.
        """
        size, read = 0, {}
        for name, some, width in (("tables", self.tables, table_bits or bits), ("blocks", self.blocks, bits)):
            path = folder / f"02_encoder_{name}.tz"
            size += tt.save_compressed(path, some, width, group_size)
            read |= tt.load_compressed(path)
        self.model.load_state_dict(read)
        vectors = self.encoded()
        self.model.load_state_dict(self.state)
        answers = self.answered(vectors)
        return Found(size, (vectors * self.vectors).sum(axis=1), np.mean(answers == self.answers), self.right(answers))

    def right(self, answers: np.ndarray) -> float:
        """The share of these answers to the rewordings that are right."""
        return np.mean(answers == np.array([talk.answer for talk in self.asked]))
