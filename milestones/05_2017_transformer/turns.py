"""Dialogues taken apart and put together: their turns, and other questions in between."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

from collections.abc import Sequence

import numpy as np
from talks import Row


def turns_of(row: Row) -> list[int]:
    """Where the questions of a dialogue begin."""
    return [0, *(np.flatnonzero(row.answers[:-1] & ~row.answers[1:]) + 1)]


def part(row: Row, start: int, end: int | None) -> Row:
    """Its tokens from start to before end."""
    return Row(*(values[start:end] for values in row))


def inserted(row: Row, other: Row, place: int) -> Row:
    """A dialogue with all of another one before its token number `place`."""
    other = other._replace(last=np.zeros(len(other.ids), bool))
    return Row(*(np.concatenate([mine[:place], its, mine[place:]]) for mine, its in zip(row, other)))


def interrupted(rows: Sequence[Row], others: Sequence[Row], share: float, longest: int,
                rng: np.random.Generator) -> list[Row]:
    """The rows, each twice with this probability given one of the others, before one of its turns, where both fit."""
    found = list(rows)
    for _ in range(2):
        for number in np.flatnonzero(rng.random(len(rows)) < share):
            other, row = others[rng.integers(len(others))], found[number]
            if len(row.ids) + len(other.ids) <= longest:
                found[number] = inserted(row, other, int(rng.choice(turns_of(row))))
    return found
