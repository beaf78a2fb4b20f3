"""Typical mistakes, one file a module: each must lose points in the test that is about it, for a reason students are told.

`tito audit` puts every one of them into the reference and grades it. A file NAME.py holds a list WRONG.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    cell: str                 # grade_id of the answer cell
    mistake: str              # in a few words
    change: tuple[str, str]   # text that stands exactly once in that cell of the reference, and what replaces it
    fails: str                # grade_id of the test that is about it
    because: str              # words that the reason of that test must hold
