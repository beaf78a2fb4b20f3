"""roster.csv: which student id belongs to the name and number by which a learning platform knows somebody.

A line holds for its number; for its name only where it gives no number, and never for two people of one name.
"""
from collections.abc import Iterable
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

    def students(self, claims: set[Claim]) -> dict[Claim, str | TitoError]:
        """The student's id for each of the people in one download, or why there is none; new people get a line."""
        result, named_so = {}, group((person(claim)[:2], claim.number) for claim in claims)
        known = group(((platform, key), line) for platform in {claim.platform for claim in claims}
                      for line in self.lines(platform) for key in [line[1] or (line[0],)])
        for claim in sorted(claims, key=lambda claim: (claim.platform, claim.attempt, claim.name, claim.number)):
            platform, name, number = person(claim)
            by_number, by_name = known.get((platform, number), []), known.get((platform, (name,)), [])
            namesakes = not by_number and len(set(named_so[platform, name])) > 1
            try:
                result[claim] = self.student(claim, by_number or by_name, namesakes)
            except TitoError as problem:
                result[claim] = problem
                known.setdefault((platform, number or (name,)), [[name, number, ""]])
        if self.changed:
            self.table.write(self.path)
        return result

    def student(self, claim: Claim, found: list[list[str]], namesakes: bool) -> str:
        who = f"{claim.platform.title()} calls this student {claim.name or 'nothing'}, number {claim.number or 'none'}"
        if found and namesakes:
            raise TitoError(f"{who}, and another student has the same name: write the number into {self.path} too.")
        ids = sorted({line[2] for line in found} - {""})
        if len(ids) > 1:
            raise TitoError(f"{who}, for whom {self.path} has {' and '.join(ids)}: keep one of them.")
        if not ids:
            if not found:
                self.add(claim)
            raise TitoError(f"{who}: write the student_id into {self.path} and collect again.")
        return ids[0]

    def add(self, claim: Claim) -> None:
        line = [""] * len(self.table.header)
        for place, value in zip(self.places, [*person(claim), ""], strict=True):
            line[place] = value
        self.table.lines.append(line)
        self.changed = True


def person(claim: Claim) -> tuple[str, str, str]:
    """Platform, name and number as they stand in the roster."""
    return claim.platform, guarded(claim.name.strip()), guarded(claim.number)


def group(pairs: Iterable[tuple]) -> dict:
    """The values of every key, in order."""
    result: dict = {}
    for key, value in pairs:
        result.setdefault(key, []).append(value)
    return result
