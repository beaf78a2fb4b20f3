"""The modules whose solutions `tito release --solutions` gives to students: only what is over for everybody."""
from collections.abc import Iterable
from datetime import UTC, datetime

from autograder.records.classroom import Classroom, choose_modules
from autograder.records.settings import Rule, Settings, read_settings
from tito import console
from tito.course import Module
from tito.errors import TitoError


def past_modules(classroom: Classroom, wanted: list[str], released: list[Module]) -> list[Module]:
    """The modules that --solutions names. Raises TitoError for one that is not released, or not over."""
    if not wanted:
        return []
    named, remarks = choose_modules(classroom.root, wanted)
    for remark in remarks:
        console.note(remark)
    if missing := [module.id for module in named if module not in released]:
        raise TitoError(f"--solutions names {', '.join(missing)}, which this edition does not hold: name it among the "
                        "modules, too.", exit_code=2)
    settings = read_settings(classroom.folder)
    if still := still_open(settings, named, datetime.now(UTC)):
        raise TitoError(f"No edition was made: {'; '.join(still)}. Give the solutions after that, or change "
                        f"{settings.path}.")
    if endless := [module.id for module in named if settings.rule("", module).closes is None]:
        console.note(f"{', '.join(endless)}: a solution that is handed in from now on gets its points, less what "
                     f"lateness costs: only a due date and closes_after in {settings.path} end that.")
    return named


def still_open(settings: Settings, modules: Iterable[Module], now: datetime) -> list[str]:
    """What can still be handed in, until when and by whom: until the close or, where there is none, the due date."""
    told = []
    for module in modules:
        ends = {student: end for student in ("", *sorted(settings.students))
                if (end := end_of(settings.rule(student, module))) and end > now}
        everybody = ends.pop("", None)
        when = [f"until {settings.shown(everybody)}"] if everybody else []
        when += [f"for {student} until {settings.shown(end)}" for student, end in ends.items() if end != everybody]
        if when:
            told.append(f"{module.id} is open {', '.join(when)}")
    return told


def end_of(rule: Rule) -> datetime | None:
    """Work within the grace period counts as in time, also where closes_after is shorter."""
    return rule.due and max(rule.closes or rule.due, rule.due + rule.grace)
