"""Class lists that others wrote: the columns of Canvas, Moodle and Gradescope, and of plain tables, recognised.

An id is never invented: it is a column of the file, or what roster.csv says of the same number or e-mail address.
"""
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from autograder.collect.roster import CLASS, Person, Roster
from autograder.records.tables import Table
from tito.errors import TitoError
from tito.student_id import student_id

# the first column that there is, with something in it, counts
IDS = ("student_id", "username", "user_name", "sis_login_id", "login_id", "login", "id_number", "sid", "sis_user_id",
       "email_address", "email", "e_mail", "id")
EMAILS = ("email_address", "email", "e_mail")
LASTS, FIRSTS = ("last_name", "surname", "family_name"), ("first_name", "given_name", "given_names")
NAMES = ("full_name", "name", "student", "student_name")
NOBODY = re.compile(r"points possible|student, test|test student", re.I)      # lines of Canvas's own
TEACHERS = re.compile(r"teacher|instructor|ta|teaching assistant|manager", re.I)


@dataclass
class Imported:
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def import_class(table: Table, path: Path, roster: Roster) -> Imported:
    """Put everybody in a class list into the roster, with the numbers by which its platform knows them.

    Raises TitoError, with the line, before anything is changed. Nobody is removed.
    """
    columns = {re.sub(r"\W+", "_", title.strip().lower()).strip("_"): place
               for place, title in reversed(list(enumerate(table.header)))}
    if not columns.keys() & {*IDS}:
        raise TitoError(f"{path} has no column that names students, such as student_id, SIS Login ID, Username or "
                        f"Email address: it has {', '.join(table.header)}.")
    platform, number_in = platform_of(columns)
    numbers = {number: student for _, number, student in roster.lines(platform) if number and student}
    emails = {person.email.casefold(): person.student for person in roster.class_list().values() if person.email}
    found: dict[str, tuple[Person, str]] = {}
    for row, line in enumerate(table.lines, start=2):
        cells = {title: line[place].strip() for title, place in columns.items()}
        number = re.search(r"\S*$", cells.get(number_in, "")).group()
        if platform == "canvas":
            del cells["id"]                        # Canvas's own: nobody is called by it
        if not is_student(cells) or platform == "canvas" and not number:
            continue
        name = id_of(cells, numbers.get(number) or emails.get(first(cells, EMAILS).casefold()), f"{path}, line {row}")
        other = emails.get(first(cells, EMAILS).casefold(), name)
        if other != name:
            raise TitoError(f"{path}, line {row}: {first(cells, EMAILS)} is {name} here, and {other} in the class "
                            f"already: tito students remove {other} first, if that id is wrong.")
        if name in found:
            raise TitoError(f"{path}, line {row}: {name} is there twice: keep one line.")
        found[name] = Person(name, name_of(cells), first(cells, EMAILS)), number
    if not found:
        raise TitoError(f"{path} names no student.")
    return enter(found, platform, roster)


def platform_of(columns: dict[str, int]) -> tuple[str, str]:
    """Whose export this is by its columns, and in which of them its number of a student stands."""
    if "student" in columns and "id" in columns:
        return "canvas", "id"
    if "identifier" in columns:
        return "moodle", "identifier"              # a grading worksheet: `Participant 1234567`
    if "sid" in columns and {"email", "email_address"} & columns.keys():
        return "gradescope", "email" if "email" in columns else "email_address"
    if {*FIRSTS} & columns.keys() and "email_address" in columns:
        return "moodle", ""
    return "", ""


def is_student(cells: dict[str, str]) -> bool:
    name, role = name_of(cells), cells.get("role", "")
    return any(cells.values()) and not NOBODY.fullmatch(name) and not TEACHERS.fullmatch(role)


def id_of(cells: dict[str, str], known: str | None, place: str) -> str:
    """The id that the file gives, or, unless it says so under that very name, the one `known` in the roster."""
    text = cells.get("student_id") or known or first(cells, IDS)
    try:
        return student_id(text)
    except TitoError as error:
        mend = "write it into the column student_id" if "student_id" in cells else "add a column student_id"
        raise TitoError(f"{place}: {error}" if text else f"{place}: there is no id: {mend}.") from None


def name_of(cells: dict[str, str]) -> str:
    last, given = first(cells, LASTS), first(cells, FIRSTS)
    return f"{last}, {given}" if last and given else last or given or first(cells, NAMES)


def first(cells: dict[str, str], titles: tuple[str, ...]) -> str:
    return next((cells[title] for title in titles if cells.get(title)), "")


def enter(found: dict[str, tuple[Person, str]], platform: str, roster: Roster) -> Imported:
    before, gone, result = roster.class_list(), roster.gone(), Imported()
    names = Counter(person.called for person, _ in found.values())
    for name, (person, number) in found.items():
        if name in gone:
            result.remarks.append(f"{name} was removed from the class and stays out: tito students add {name} takes "
                                  "them back.")
            continue
        old = before.get(name, Person(name))
        person = Person(name, person.name or old.name, person.email or old.email)
        roster.put(CLASS, person.name, person.email, name)
        if platform and number:
            roster.put(platform, person.name, number, name)
        elif platform == "moodle" and names[person.called] == 1:
            roster.put(platform, person.called, "", name)      # as its downloads say it
        (result.new if name not in before else result.unchanged if old == person else result.changed).append(name)
    if absent := sorted(before.keys() - found.keys()):
        result.remarks.append(f"in the class, and not in this file: {', '.join(absent)} (tito students remove takes "
                              "out who has left).")
    return result
