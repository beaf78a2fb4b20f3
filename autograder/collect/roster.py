"""roster.csv: which student id belongs to the name and number by which a learning platform knows somebody.

A line holds for its number; for its name only where it gives no number, and never for two people of one name.
The lines of the platform `class` are the class list: their number is the e-mail address. A line with something in the
column `left` is of somebody who has left the class: it still says who that is.
"""
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.collect.platforms import Claim
from autograder.records.tables import Table, guarded, read_table, unguarded
from tito.errors import TitoError

COLUMNS = ["platform", "name", "number", "student_id"]
LEFT = "left"
CLASS = "class"


@dataclass(frozen=True)
class Person:
    """Somebody in the class list. The name is `Last, First` where the two are known apart."""
    student: str
    name: str = ""
    email: str = ""

    @property
    def first_and_last(self) -> tuple[str, str]:
        match [part for part in (part.strip() for part in self.name.split(",", 1)) if part]:
            case [last, first]:
                return first, last
            case parts:                            # "zoe," has one part, "," none
                first, _, last = "".join(parts).rpartition(" ")
                return first, last

    @property
    def called(self) -> str:
        return " ".join(filter(None, self.first_and_last))


class Unknown(TitoError):
    """A person to whom no line gives an id."""


class Roster:
    def __init__(self, path: Path):
        self.path, self.changed = path, False
        self.table = read_table(path) if path.exists() else Table([*COLUMNS])
        self.places = [self.table.column(name, path) for name in COLUMNS]
        self.line_of: dict[tuple, int] = {}
        for index, line in enumerate(self.table.lines):
            self.line_of.setdefault(key_of([line[place].strip() for place in self.places]), index)

    def lines(self, platform: str) -> list[list[str]]:
        """Name, number and student id of everybody in the roster whom this platform knows."""
        lines = [[line[place].strip() for place in self.places] for line in self.table.lines]
        return [rest for theirs, *rest in lines if theirs.casefold() == platform]

    def class_list(self) -> dict[str, Person]:
        """Everybody who is in the class now, by id."""
        gone = self.gone()
        people = [Person(student, unguarded(name), unguarded(email)) for name, email, student in self.lines(CLASS)]
        return {person.student: person for person in people if person.student and person.student not in gone}

    def called(self) -> dict[str, str]:
        """What pages call the students, by id; who has no name anywhere is not in it."""
        lines = [line for platform in ("gradescope", "moodle") for line in self.lines(platform)]
        names = {student: unguarded(name) for name, _, student in lines if name}
        return names | {student: person.called for student, person in self.class_list().items() if person.name}

    def gone(self) -> set[str]:
        """The ids of people who have left the class."""
        if LEFT not in self.table.header:
            return set()
        left, student = self.table.header.index(LEFT), self.places[3]
        return {line[student].strip() for line in self.table.lines if line[left].strip()} - {""}

    def mark(self, student: str, left: str) -> None:
        """Say that a student has left, on that date, or, with an empty one, is back."""
        if LEFT not in self.table.header:
            self.table.header.append(LEFT)
            self.table.lines = [[*line, ""] for line in self.table.lines]
        place = self.table.header.index(LEFT)
        for line in self.table.lines:
            if line[self.places[3]].strip() == student:
                line[place] = left
        self.changed = True

    def put(self, platform: str, name: str, number: str, student: str) -> None:
        """Make the line say this, adding it if there is none: in the class list one a student, else one a number."""
        new = [platform, guarded(name), guarded(number), student]
        if key_of(new) not in self.line_of:
            self.table.lines.append([""] * len(self.table.header))
            self.line_of[key_of(new)] = len(self.table.lines) - 1
        line = self.table.lines[self.line_of[key_of(new)]]
        if new != [line[place].strip() for place in self.places]:
            for place, value in zip(self.places, new, strict=True):
                line[place] = value
            self.changed = True

    def save(self) -> None:
        if self.changed:
            self.table.write(self.path)
            self.changed = False

    def students(self, claims: set[Claim]) -> dict[Claim, str | TitoError]:
        """The student's id for each of the people in one download, or why there is none; new people get a line.

        Raises TitoError where nobody of a whole class is known: one mend, once, instead of the same for each.
        """
        result, named_so = {}, group((person(claim)[:2], claim.number) for claim in claims)
        known = group(((platform, key), line) for platform in {claim.platform for claim in claims}
                      for line in self.lines(platform) for key in [line[1] or (line[0],)])
        for claim in sorted(claims, key=lambda claim: (claim.platform, claim.attempt, claim.name, claim.number)):
            platform, name, number = person(claim)
            by_number = [line for line in known.get((platform, number), []) if line[2]]      # else left to fill in
            by_name = known.get((platform, (name,)), [])
            namesakes = not by_number and len(set(named_so[platform, name])) > 1
            try:
                result[claim] = self.student(claim, by_number or by_name, namesakes)
            except TitoError as problem:
                result[claim] = problem
                known.setdefault((platform, number or (name,)), [[name, number, ""]])
        self.save()
        people = {person(claim) for claim in claims}
        if len(people) > 1 and all(isinstance(found, Unknown) for found in result.values()):
            platforms = " and ".join(sorted({platform.title() for platform, *_ in people}))
            raise TitoError(f"{self.path} has no student_id for any of the {len(people)} people whom {platforms} "
                            f"names: {mend(platforms)}, or write the ids into it; then collect again.")
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
                self.put(*person(claim), "")
            raise Unknown(f"{who}: {mend(claim.platform.title())}, or write the student_id into {self.path}; then "
                          "collect again.")
        return ids[0]


def mend(platform: str) -> str:
    return f"tito students import FILE takes in the class list that {platform} exports"


def key_of(line: list[str]) -> tuple:
    """What makes a line the only one of its kind: in the class list the student, else the number, or the bare name."""
    platform, name, number, student = line
    platform = platform.casefold()
    return (platform, student) if platform == CLASS else (platform, number or (name,))


def person(claim: Claim) -> tuple[str, str, str]:
    """Platform, name and number as they stand in the roster."""
    return claim.platform, guarded(claim.name.strip()), guarded(claim.number)


def group(pairs: Iterable[tuple]) -> dict:
    """The values of every key, in order."""
    result: dict = {}
    for key, value in pairs:
        result.setdefault(key, []).append(value)
    return result
