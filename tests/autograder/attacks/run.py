"""All attacks on one module: a class of attackers, with honest neighbours before, among and behind them."""
import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.autograder.attacks import checks
from tests.autograder.attacks.attack import Attack, all_attacks
from tests.autograder.attacks.course import KINDS, Course
from tests.helpers import REPOSITORY
from tito.course import Module, find_module


@dataclass
class Result:
    """What came of a module's attacks: faults by attack, and those of the whole class."""
    module: str
    attacks: dict[str, int]                               # family -> how many
    graded: int = 0                                       # attackers who got a grade, of 0 points
    refused: int = 0                                      # not collected, or failed with a reason
    faults: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def families_at_fault(self) -> set[str]:
        return {name.split(":")[0] for name in self.faults}


def run(folder: Path, module: Module, attacks: Sequence[Attack], source: Path = REPOSITORY, *,
        options: Sequence[str] = (), pages: bool = True) -> Result:
    """Grade a class in `folder`. source: the repository of the course; options: for `tito grade`; pages: write all."""
    begin = time.monotonic()
    attacks = [attack for attack in attacks if attack.kind != "earlier" or module.number > 1]
    course = Course(folder, module, secrets.token_hex(4), source)
    counts = {attack.family: sum(one.family == attack.family for one in attacks) for attack in attacks}
    result = Result(module.id, counts)
    students = {f"h{number:03}": attack for number, attack in enumerate(attacks)}
    course.neighbours("a")
    course.grade(False, *options)
    before = checks.fingerprints(course)
    course.neighbours("h100")
    for slow in (False, True):
        for student, attack in students.items():
            if attack.slow == slow:
                course.attack(student, attack)
        course.grade(slow, *options)
    course.neighbours("z")
    course.grade(False, *options)
    if pages:
        course.tito("feedback", module.id)
    rows = course.rows()
    for student, attack in students.items():
        said = course.said(student)
        faults = checks.gained(rows.get(student), rows["a-blank"]) + checks.leaked(said, course.secrets)
        if page := course.page(student):
            faults += checks.told(page, course.secrets) + checks.page_runs(page)
        elif pages and said and not course.refused(student):
            faults.append("no page could be made")
        if faults:
            result.faults[attack.id] = faults
        result.graded += bool(said)
    result.refused = len(attacks) - result.graded
    whole = checks.neighbours_changed(rows) + checks.printed(course.logs) + checks.told(course.logs, course.secrets)
    for table in [course.classroom.root / "grades.csv", *course.classroom.folder.glob("*.csv")]:
        text = table.read_text(encoding="utf-8")
        whole += checks.table_runs(text) + checks.told(text, course.secrets)
    after = checks.fingerprints(course)
    whole += [f"{path} was changed" for path, checksum in before.items() if after.get(path) != checksum]
    whole += [f"somebody new: {name}" for name in strangers(course, students, rows)] + checks.left_behind(course)
    if whole:
        result.faults["class: everybody"] = whole
    result.seconds = time.monotonic() - begin
    return result


def strangers(course: Course, students: dict[str, Attack], rows: dict) -> set[str]:
    """Rows of people who have not handed in under a name that the instructor's folder gave them."""
    theirs = {path.name.rsplit("_" + course.module.id, 1)[0] for path in (course.inbox / course.module.id).iterdir()}
    honest = {f"{when}-{kind}" for when in ("a", "h100", "z") for kind in KINDS}
    return rows.keys() - students.keys() - honest - theirs - {"gradebook-secret"}


if __name__ == "__main__":
    chosen, *families = sys.argv[1:]
    with tempfile.TemporaryDirectory() as temporary:
        found = run(Path(temporary), find_module(chosen)[0], all_attacks(families))
    print(json.dumps(asdict(found)))
