"""Write tinytalks.jsonl from the families in source/: one line for each question and its answer, in all its wordings.

    python make_tinytalks.py          (a moment; needs nothing but Python)

A family in source/LEVEL.txt is one kind of question. Its lines begin with

    # name: columns         a family, and what its rows hold; "(combinations)" keeps some dialogues out of training
    > question > answer     a turn that comes before the question
    ? wording               the question as we would ask it first, then its rewordings
    ! answer                to all wordings since the last answer

and the lines after that are its rows: values divided by commas, rows divided by semicolons or lines.
"""
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
FILE = FOLDER / "tinytalks.jsonl"
LEVELS = ["greetings", "facts", "arithmetic", "common_sense", "multi_turn"]
EVERY = 3                   # in a family with combinations, one row in this many has a question kept out of training


@dataclass
class Family:
    """One kind of question, as it stands in the source."""

    name: str
    columns: list[str]
    combinations: bool
    before: list[list[str]] = field(default_factory=list)            # turns: question, answer
    questions: list[tuple[list[str], str]] = field(default_factory=list)     # wordings, answer
    rows: list[list[str]] = field(default_factory=list)


def read(text: str) -> list[Family]:
    """The families in one file of the source."""
    families, wordings = [], []
    for line in filter(None, text.splitlines()):
        mark, rest = line[0], line[2:]
        if mark == "#":
            name, _, columns = rest.partition(":")
            names = columns.replace("(combinations)", "").split(",")
            families.append(Family(name, [c.strip() for c in names if c.strip()], "(combinations)" in columns))
        elif mark == ">":
            families[-1].before.append(rest.split(" > "))
        elif mark == "?":
            wordings.append(rest)
        elif mark == "!":
            families[-1].questions.append((wordings, rest))
            wordings = []
        else:
            families[-1].rows += [[value.strip() for value in row.split(",", len(families[-1].columns) - 1)]
                                  for row in line.split(";")]
    return families


def sentence(template: str, row: dict[str, str]) -> str:
    """The template with the row's values; every sentence begins with a capital letter."""
    return re.sub(r"(^|[.!?] )([a-z])", lambda match: match[1] + match[2].upper(), template.format(**row))


def lines(level: str, family: Family) -> Iterator[dict]:
    """The lines of one family. Which rewording is held out goes round, so that each is trained in other rows."""
    number = 0
    for i, values in enumerate(family.rows or [[]]):
        row = dict(zip(family.columns, values, strict=True))
        for j, (wordings, answer) in enumerate(family.questions):
            number += 1
            asked = [sentence(wording, row) for wording in wordings]
            if family.combinations and i % EVERY == EVERY - 1 and i // EVERY % len(family.questions) == j:
                questions = {"combinations": asked}
            else:
                held_out = asked.pop(1 + (i + j) % (len(asked) - 1))
                questions = {"train": asked, "held_out": [held_out]}
            yield {"id": f"{family.name}-{number}", "level": level,
                   "before": [[sentence(part, row) for part in turn] for turn in family.before],
                   "questions": questions, "answer": sentence(answer, row)}


def text() -> str:
    """The whole file."""
    made = [line for level in LEVELS
            for family in read((FOLDER / "source" / f"{level}.txt").read_text(encoding="utf-8"))
            for line in lines(level, family)]
    return "".join(json.dumps(line) + "\n" for line in made)


def main() -> None:
    FILE.write_text(text(), encoding="utf-8", newline="\n")
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
