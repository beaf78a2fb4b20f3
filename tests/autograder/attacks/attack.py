"""What an attack is, and the list of all of them."""
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FAMILIES = {
    "cells": "test cells edited, deleted, doubled, retagged; metadata of every kind",
    "interpreter": "NumPy, builtins, frames, hooks and the worker's own code patched",
    "objects": "objects that say yes, answers by call count or by argument, exceptions of every kind",
    "values": "arrays and numbers of odd dtype, shape and size",
    "knowledge": "files, caches, other frameworks, the reference, messages",
    "channel": "forged, oversized, nested, truncated, late and missing replies",
    "machine": "time, memory, processes, output, disk, descriptors",
    "files": "names, links, zips, and files that change while they are read",
    "pages": "markup, scripts, formulas and megabytes for those who read",
    "earlier": "a hostile module under a blank one",
}


@dataclass(frozen=True)
class Attack:
    """One attack.

    kind: what `make` gives: "notebook", a notebook or bytes, of `make(blank)`; "delivery", nothing, as
    `make(blank, place)` puts files where a student can; "earlier", code for a solved earlier module, of `make(blank)`.
    slow: it waits for the time limits, so it is graded under short ones.
    """
    family: str
    name: str
    says: str
    make: Callable[..., Any]
    kind: str = "notebook"
    slow: bool = False

    @property
    def id(self) -> str:
        return f"{self.family}: {self.name}"


class Family:
    """The attacks of one file."""

    def __init__(self, name: str):
        self.name = name
        self.attacks: list[Attack] = []

    def add(self, name: str, says: str, make: Callable, **more: Any) -> None:
        self.attacks.append(Attack(self.name, name.replace("_", " "), says, make, **more))

    def notebook(self, make: Callable) -> Callable:
        """A function that makes a notebook, or bytes; its docstring says what it does."""
        self.add(make.__name__, make.__doc__, make)
        return make

    def delivery(self, make: Callable) -> Callable:
        self.add(make.__name__, make.__doc__, make, kind="delivery")
        return make

    def code(self, name: str, says: str, code: str, lie: bool = True, slow: bool = False) -> None:
        """Code in the first answer cell; with `lie` every public name then answers what the code says."""
        self.add(name, says, lambda blank: blank.with_code(code, lie), slow=slow)

    def earlier(self, name: str, says: str, code: str, slow: bool = False) -> None:
        self.add(name, says, lambda blank: blank.code(code), kind="earlier", slow=slow)


def all_attacks(families: list[str] | None = None) -> list[Attack]:
    """The attacks of these families, of all if none are named."""
    modules = [importlib.import_module(f"tests.autograder.attacks.families.{name}") for name in families or FAMILIES]
    attacks = [attack for module in modules for attack in module.family.attacks]
    assert len({attack.id for attack in attacks}) == len(attacks), "two attacks have one name"
    return attacks
