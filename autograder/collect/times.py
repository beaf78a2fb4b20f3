"""`tito collect --times`: when each student handed in, where the download itself does not say it.

Moodle's grading worksheet says it in its column `Last modified (submission)`, to the minute, in the time zone of
whoever exported it; any other table in columns `student_id` and `handed_in`. Times without a zone are in the
`timezone` of course.toml.
"""
import re
from datetime import datetime
from functools import partial
from pathlib import Path

from autograder.collect.candidates import Candidate, HandedIn
from autograder.collect.roster import Roster
from autograder.records.clock import Clock
from autograder.records.settings import Settings
from autograder.records.tables import Table, read_table
from tito.errors import TitoError

MOODLE_COLUMN = "Last modified (submission)"
MOODLE_TIMES = ("%d %B %Y, %I:%M %p", "%B %d, %Y, %I:%M %p", "%d %B %Y, %H:%M")     # Moodle's en and en_us, 24 hours


def read_times(path: Path, roster: Roster, settings: Settings) -> dict[str, datetime]:
    """When each student handed in, UTC. Raises TitoError, with the line, for a time that is none."""
    table = read_table(path)
    if MOODLE_COLUMN in table.header:
        said = of_moodle(table, path, roster)
    else:
        student, when = table.column("student_id", path), table.column("handed_in", path)
        said = [(line[student].strip(), line[when].strip()) for line in table.lines]
    times = {}
    for row, (student, text) in enumerate(said, start=2):
        if student and text not in ("", "-"):
            try:
                times[student] = settings.exactly(time_of(text))
            except ValueError:
                raise TitoError(f"{path}, line {row}: {text!r:.60} is no time: write it as 2026-10-05 18:00 "
                                "(Moodle's worksheet is read in English).") from None
    return times


def of_moodle(table: Table, path: Path, roster: Roster) -> list[tuple[str, str]]:
    """Student and time in each line of a worksheet; a person whom the roster does not know has no student."""
    ids = {number: student for _, number, student in roster.lines("moodle") if number}
    names = {name: student for name, number, student in roster.lines("moodle") if not number}
    ids_of_emails = {person.email.casefold(): person.student for person in roster.class_list().values()}
    identifier, when = table.column("Identifier", path), table.column(MOODLE_COLUMN, path)
    name = table.header.index("Full name") if "Full name" in table.header else identifier
    email = table.header.index("Email address") if "Email address" in table.header else identifier
    return [(ids.get(re.search(r"\d*$", line[identifier].strip()).group()) or
             ids_of_emails.get(line[email].strip().casefold()) or names.get(line[name].strip(), ""),
             line[when].strip()) for line in table.lines]


def time_of(text: str) -> datetime:
    text = re.sub(r"^[A-Za-z]+day, ", "", text)
    for form in MOODLE_TIMES:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return datetime.fromisoformat(text)


def with_times(candidates: list[Candidate], times: dict[str, datetime]) -> list[Candidate]:
    """The same files, handed in when the table says so."""
    return [Candidate(one.student, one.where, partial(at, one, times[one.student]), one.attempt, times[one.student])
            if one.student in times and not one.left_out else one for one in candidates]


def at(candidate: Candidate, when: datetime) -> HandedIn:
    return candidate.read()._replace(when=when, clock=Clock.table)
