"""course.toml: due dates, late work, and what single students are granted.

Whatever is wrong in it is told in one line, with its place and the mend, and nothing is graded by half a rule.
"""
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from autograder.records.clock import Clock, Moment
from tito.course import Module, find_module
from tito.errors import TitoError
from tito.files import write_whole
from tito.student_id import student_id

EXAMPLE = Path(__file__).with_name("example_course.toml")
SPAN = re.compile(r"(\d+(?:\.\d+)?) ?(minute|min|hour|h|day|week)s?")
UNITS = {"minute": timedelta(minutes=1), "min": timedelta(minutes=1), "hour": timedelta(hours=1),
         "h": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
NO_TABLE = "it is a table: write [{}] and its lines under it"
SHARE = re.compile(r"(\d+(?:\.\d+)?) ?%(?: (?:per|a|an|every) (minute|hour|day|week))?")


@dataclass(frozen=True)
class Rule:
    """What holds for one student's work in one module. Times are UTC."""
    due: datetime | None = None
    grace: timedelta = timedelta(0)
    percent: float = 0.0                  # of the points that the work got
    per: timedelta | None = None          # for every one of these that has begun; None: once
    at_most: float = 100.0                # percent
    closes: datetime | None = None        # later work counts for nothing
    attempts: int | None = None           # that are taken in
    extended: bool = False
    handed_in: Moment | None = None       # by the instructor's word, before which all other clocks give way

    def is_closed(self, moment: Moment) -> bool:
        moment = self.handed_in or moment
        return bool(self.closes) and moment.clock.is_exact and moment.when > self.closes


class Settings:
    """A course.toml that has been read and found right; without one, nothing is due."""

    def __init__(self, path: Path, content: dict):
        self.path, self.content = path, content
        self.zone = self.read("timezone", content.get("timezone"), zone_of)
        for table in content.keys() - {"timezone"}:
            if table not in ("due", "late", "student"):
                raise self.wrong(table, "not a name that is known: there is timezone, [due], [late] and [student.ID]")
            if not isinstance(content[table], dict):
                raise self.wrong(table, NO_TABLE.format(table))
        self.due = {self.module("due", key): self.read(f"due.{key}", value, point_in_time)
                    for key, value in content.get("due", {}).items()}
        self.late, self.late_in = self.by_module("late", content.get("late", {}), LATE)
        self.students = {}
        for key, table in content.get("student", {}).items():
            name = self.read(f"student.{key}", key, student_id)
            self.students[name] = self.by_module(f"student.{key}", table, ALLOWANCES)
            if "handed_in" in self.students[name][0] or "due" in self.students[name][0]:
                raise self.wrong(f"student.{key}", "due and handed_in belong to one module: "
                                                   f"[student.{key}.01_tensor]")

    def by_module(self, place: str, table, readers: dict[str, Callable]) -> tuple[dict, dict[str, dict]]:
        """The values that hold for all modules, and those for single ones, by the module's id."""
        if not isinstance(table, dict):
            raise self.wrong(place, NO_TABLE.format(place))
        everywhere, single = {}, {}
        for key, value in table.items():
            if key in readers:
                everywhere[key] = self.read(f"{place}.{key}", value, readers[key])
            elif isinstance(value, dict):
                inside = self.by_module(f"{place}.{key}", value, readers)[0] if value else {}
                single[self.module(place, key)] = inside
            else:
                raise self.wrong(f"{place}.{key}", f"not a name that is known: there is {', '.join(readers)}")
        return everywhere, single

    def module(self, place: str, text: str) -> str:
        try:
            return find_module(text)[0].id
        except TitoError as error:
            raise self.wrong(f"{place}.{text}", str(error).rstrip(".")) from None

    def read(self, place: str, value, reader: Callable):
        try:
            return reader(value)
        except (ValueError, TypeError, KeyError, OSError, TitoError) as error:
            raise self.wrong(place, f"{value!r:.60} is not understood: {error}".rstrip(".")) from None

    def wrong(self, place: str, why: str) -> TitoError:
        return TitoError(f"{self.path}, {place}: {why}.")

    def rule(self, student: str, module: Module) -> Rule:
        granted, granted_in = self.students.get(student, ({}, {}))
        granted = granted | granted_in.get(module.id, {})
        late = self.late | self.late_in.get(module.id, {})
        percent, per = late.get("penalty", (0.0, None))
        attempts = late.get("attempts")
        due = granted.get("due", self.due.get(module.id))
        if due and "extension" in granted:
            due += granted["extension"]            # by the clock on the wall: three days keep the hour
        closes = due + late["closes_after"] if due and "closes_after" in late else None
        handed_in = granted.get("handed_in")
        return Rule(due and self.exactly(due), late.get("grace", timedelta(0)), percent, per,
                    late.get("at_most", 100.0), closes and self.exactly(closes),
                    attempts and attempts + granted.get("extra_attempts", 0), bool({"extension", "due"} & {*granted}),
                    handed_in and Moment(self.exactly(handed_in), Clock.instructor))

    def exactly(self, when: datetime) -> datetime:
        """In UTC. Of an hour that comes twice, when clocks are set back, the later one is meant."""
        if when.tzinfo is None:
            when = when.replace(tzinfo=self.zone)          # None: the machine's own zone
            return max(when.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return when.astimezone(UTC)

    def shown(self, when: datetime) -> str:
        """As people of the class read a clock."""
        return when.astimezone(self.zone).strftime("%Y-%m-%d %H:%M %Z")


def read_settings(folder: Path) -> Settings:
    path = folder / "course.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise TitoError(f"{path} cannot be read: {error}. Each name stands once in its table; dates are "
                        'written 2026-10-05 or 2026-10-05 18:00:00, words have quotes: "7 days".') from None
    except UnicodeDecodeError:
        raise TitoError(f"{path} is not in UTF-8: save it as UTF-8.") from None
    return Settings(path, content)


def write_example(folder: Path) -> Path | None:
    """Put a course.toml in which everything is commented out where there is none yet."""
    path = folder / "course.toml"
    if path.exists():
        return None
    write_whole(path, EXAMPLE.read_bytes())
    return path


def zone_of(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, TypeError, KeyError):
        missing = "" if available_timezones() else ", and install the system's package tzdata: this machine knows none"
        raise ValueError(f'name a zone as "Europe/Berlin" or "America/New_York"{missing}') from None


def point_in_time(value) -> datetime:
    """A time, or the end of a day."""
    if isinstance(value, str):
        with suppress(ValueError):
            value = date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(23, 59, 59, 999999))
    raise ValueError("write 2026-10-05 for the end of that day, or 2026-10-05 18:00:00")


def span(value) -> timedelta:
    words = value.replace(" and ", " ").replace(",", " ") if isinstance(value, str) else ""
    parts = [match.groups() for match in SPAN.finditer(words)]
    if not parts or SPAN.sub("", words).strip():
        raise ValueError('write "15 minutes", "12 hours", "7 days" or "1 day 12 hours"')
    return sum((float(number) * UNITS[unit] for number, unit in parts), timedelta(0))


def penalty(value) -> tuple[float, timedelta | None]:
    match = SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match or float(match[1]) > 100:
        raise ValueError('write "10% per day", "1% per hour", or "20%" for any lateness')
    return float(match[1]), UNITS[match[2]] if match[2] else None


def share(value) -> float:
    percent, per = penalty(value) if isinstance(value, str) else (-1, None)
    if per or percent < 0:
        raise ValueError('write "50%"')
    return percent


def count(value) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("write a whole number from 1")
    return value


LATE = {"grace": span, "penalty": penalty, "at_most": share, "closes_after": span, "attempts": count}
ALLOWANCES = {"extension": span, "extra_attempts": count, "due": point_in_time, "handed_in": point_in_time}
