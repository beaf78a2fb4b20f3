"""Whose earlier modules does a grade stand on?"""
from enum import StrEnum


class Policy(StrEnum):
    """`fallback` puts the reference in for a module that is missing, does not load, or lost any automatically graded
    point, so that one slip is not paid for twice; `own` never does; `reference` always does.
    """
    fallback = "fallback"
    own = "own"
    reference = "reference"
