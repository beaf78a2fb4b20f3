"""roster.csv: which student id belongs to the name and number by which a learning platform knows somebody.

A line holds for its number; for its name only where it gives no number, and never for two people of one name.
"""
from pathlib import Path

from autograder.collect.platforms import Claim
from autograder.records.tables import Table, guarded, read_table
from tito.errors import TitoError

COLUMNS = ["platform", "name", "number", "student_id"]


class Roster:
    def __init__(self, path: Path):
        self.path, self.changed = path, False
        self.table = read_table(path) if path.exists() else Table(COLUMNS)
        self.places = [self.table.column(name, path) for name in COLUMNS]

    def lines(self, platform: str) -> list[list[str]]:
        """Name, number and student id of everybody in the roster whom this platform knows."""
        lines = [[line[place].strip() for place in self.places] for line in self.table.lines]
        return [rest for theirs, *rest in lines if theirs.casefold() == platform]

    def student(self, claim: Claim, everybody: set[Claim]) -> str:
        """The student's id; `everybody` are the people in the same download. Raises TitoError where there is none."""
        who = f"{claim.platform.title()} calls this student {claim.name or 'nothing'}, number {claim.number or 'none'}"
        lines, name = self.lines(claim.platform), named(claim)
        found = [line for line in lines if claim.number and line[1] == guarded(claim.number)]
        if not found:
            found = [line for line in lines if line[:2] == [name, ""]]
            if found and len({other.number for other in everybody if named(other) == name}) > 1:
                raise TitoError(f"{who}, and so it calls somebody else: write the number into {self.path} too.")
        ids = sorted({line[2] for line in found} - {""})
        if len(ids) > 1:
            raise TitoError(f"{who}, for whom {self.path} has {' and '.join(ids)}: leave one of them.")
        if not ids:
            if not found:
                self.add(claim)
            raise TitoError(f"{who}: write the student_id into {self.path} and collect again.")
        return ids[0]

    def add(self, claim: Claim) -> None:
        line = [""] * len(self.table.header)
        for place, value in zip(self.places, [claim.platform, named(claim), guarded(claim.number), ""], strict=True):
            line[place] = value
        self.table.lines.append(line)
        self.changed = True

    def save(self) -> None:
        """Add the people who were not in it; what was there stays as it is."""
        if self.changed:
            self.table.write(self.path)


def named(claim: Claim) -> str:
    return guarded(claim.name.strip())
