"""The notebook to judge: the student's cells, and every locked cell as it was released.

A check that was edited, commented out or deleted by accident counts as released: nobody passes because a test is gone.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tito.handed_in import settle
from tito.notebooks import Cell, cells_of

LOCKED = ("given", "test")
NUMBERED = re.compile(r"Exercise \d+")


@dataclass(frozen=True)
class Step:
    """A cell in the order in which it runs."""
    cell: Cell
    number: int | None        # the n of [n] after "Restart kernel and run all"; None: not in the student's file
    heading: str              # the nearest heading above
    title: str                # of an exercise's answer: as `title_of` calls it; else ""
    released: str | None      # the text in which it was released, if it was
    graded: bool              # whether grading has this cell: it leaves out those that are the student's own
    own: bool                 # whether the student added or changed it, outside of the answers

    @property
    def locked(self) -> bool:
        return self.cell.role in LOCKED

    @property
    def place(self) -> str:
        cell = f"cell [{self.number}]" if self.number else "locked cell"
        if self.title:
            return f"{cell} ({self.title})"
        cell = f"your own {cell}" if self.own else cell
        cell += f" `{self.cell.grade_id}`" if self.cell.grade_id else ""
        if exercise := NUMBERED.match(self.heading):
            return f"{cell} (under {exercise[0]})" if self.own else f"{cell} ({exercise[0]})"
        return cell + (f" under \"{self.heading}\"" if self.heading else "")


@dataclass
class Assembled:
    notebook: dict            # as it runs and as it is exported
    steps: list[Step]
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)     # answer cells missing or doubled: no run can tell more
    exercises: dict[str, str] = field(default_factory=dict)   # name and title of each, its cell there or not

    @property
    def answers(self) -> list[Step]:
        return [step for step in self.steps if step.cell.role == "answer"]


def assemble(student: dict, released: dict | None, origin: str = "the released notebook") -> Assembled:
    """Put the released locked cells into the student's notebook; without a released copy its own cells count.

    origin: what the released copy is called.
    """
    pristine = dict(_by_id(released)) if released else {}
    locked = {name: (cell, raw) for name, (cell, raw) in pristine.items() if cell.role in LOCKED}
    raws, numbers, problems, remarks = [], [], [], []
    if released:
        cells, remarks = settle(student["cells"], released["cells"])
        student = {**student, "cells": cells}
    known = cells_of(released or student)
    titles: dict[str, str] = {}
    for cell, heading in _with_headings(known):
        if cell.role == "answer":
            titles.setdefault(cell.grade_id, title_of(cell.grade_id, heading))
    seen: dict[str, int | None] = {}
    for cell, raw, number in _numbered(student):
        name = cell.grade_id
        if name in seen and name in locked:
            remarks.append(f"locked cell `{name}` stands twice: cell [{number}] is left out")
            continue
        role = pristine[name][0].role if name in pristine else cell.role
        if name in seen and role == "written":
            remarks.append(f"written question `{name}` stands in two cells: delete one, or neither is read")
        if name in seen and role == "answer":
            problems.append(f"{titles[name]}: it stands in two cells, [{seen[name]}] and [{number}], that differ: put "
                            "what counts into one of them and delete the other")
        if role == "answer" and cell.kind != "code":
            problems.append(f"{titles[name]}: its cell is a text cell now: select it, press Esc and then Y, and "
                            "it is code again")
        if role == "written" and cell.kind == "code":
            remarks.append(f"written question `{name}`, [{number}], is a code cell now, and read as text: select it, "
                           "press Esc and then M, and it is text again")
            raw = {key: raw[key] for key in raw.keys() - {"outputs", "execution_count"}} | {"cell_type": "markdown"}
        if name in locked:
            original, original_raw = locked[name]
            if (cell.kind, cell.source.split()) != (original.kind, original.source.split()):
                remarks.append(f"locked cell `{name}`, [{number}], is not as it was released: it is run as released")
            raw = original_raw
        elif name in pristine:
            raw = {**raw, "metadata": pristine[name][1]["metadata"]}
        if name is not None:
            seen[name] = number
        raws.append(raw)
        numbers.append(number)

    for name, (cell, raw) in pristine.items():
        if name in seen:
            continue
        if name in locked:
            at = _place_of(name, list(pristine), raws)
            raws.insert(at, raw)
            numbers.insert(at, None)
            remarks.append(f"locked cell `{name}` was deleted: it is run as it was released")
        elif cell.role == "answer":
            problems.append(f"{titles[name]}: its cell is missing: bring it back with Undo, or copy it from "
                            f"{origin}")
    notebook = {**student, "cells": raws}
    return Assembled(notebook, _steps(notebook, numbers, pristine, known, titles), remarks, problems, titles)


def title_of(name: str, heading: str) -> str:
    """What an exercise is called under this heading: "Exercise 2, mul"; where it has no number "exercise mul"."""
    exercise = NUMBERED.match(heading)
    return f"{exercise[0]}, {name}" if exercise else f"exercise {name}"


def _with_headings(cells: list[Cell]) -> Iterator[tuple[Cell, str]]:
    """Every cell with the nearest heading above it."""
    heading = ""
    for cell in cells:
        if cell.kind == "markdown":
            titles = re.findall(r"^#{1,6}\s+(.+?)\s*$", cell.source, re.MULTILINE)
            heading = titles[-1] if titles else heading
        yield cell, heading


def _by_id(notebook: dict) -> Iterator[tuple[str, tuple[Cell, dict]]]:
    for cell, raw in zip(cells_of(notebook), notebook["cells"], strict=True):
        if cell.grade_id is not None:
            yield cell.grade_id, (cell, raw)


def _numbered(notebook: dict) -> Iterator[tuple[Cell, dict, int | None]]:
    """Every cell with the number that Jupyter shows after running all: blank cells and text get none."""
    number = 0
    for cell, raw in zip(cells_of(notebook), notebook["cells"], strict=True):
        runs = cell.kind == "code" and bool(cell.source.strip())
        number += runs
        yield cell, raw, number if runs else number + 1 if cell.kind == "code" else None


def _place_of(name: str, order: list[str], raws: list[dict]) -> int:
    """Where a deleted cell belongs: after the last cell present that was released before it."""
    before = set(order[: order.index(name)])
    names = [raw.get("metadata", {}).get("nbgrader", {}).get("grade_id") for raw in raws]
    return max((at for at, other in enumerate(names, start=1) if other in before), default=0)


def _steps(notebook: dict, numbers: list[int | None], pristine: dict, known: list[Cell],
           titles: dict[str, str]) -> list[Step]:
    names, sources = {cell.grade_id for cell in known}, {cell.source for cell in known if cell.exported}
    there = {cell.source for cell in known}
    steps = []
    for (cell, heading), number in zip(_with_headings(cells_of(notebook)), numbers, strict=True):
        if cell.kind == "code":
            released = pristine[cell.grade_id][0].source if cell.grade_id in pristine else None
            graded = cell.grade_id in names if cell.grade_id else cell.source in sources
            title = titles.get(cell.grade_id, "") if cell.role == "answer" else ""
            own = cell.grade_id is None and cell.source not in there
            steps.append(Step(cell, number, heading, title, released, graded, own))
    return steps
