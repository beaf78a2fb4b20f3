"""The attacks on the Olympics, each in the arena in which entries are verified."""
import time
from pathlib import Path
from unittest import mock

from autograder.olympics.arena import enter
from autograder.olympics.verify import reference_package
from tests.autograder.attacks.families.entries import family
from tests.autograder.attacks.run import Result
from tests.helpers import REPOSITORY
from tests.tito.olympics.entries import entry
from tito.errors import TitoError
from tito.olympics import athlete
from tito.olympics.athlete import Fouled
from tito.olympics.digits import published

GUESSED = 0.15                  # of the photos; whoever says one digit for all has a tenth, give or take


def run_entries(root: Path = REPOSITORY) -> Result:
    """Ask every entry the published photos. A blank one says 0 to all."""
    images, labels = published()
    package, begin = reference_package(root), time.monotonic()
    result = Result("olympics", {"entries": len(family.attacks)})
    blank = right(package, entry(), images, labels)
    for attack in family.attacks:
        seconds = 1.0 if attack.slow else athlete.ANSWER_SECONDS
        with mock.patch.multiple(athlete, ANSWER_SECONDS=seconds, LOAD_SECONDS=seconds):
            try:
                share = right(package, attack.make(), images, labels)
                result.graded += 1
            except (Fouled, TitoError):
                share, result.refused = 0.0, result.refused + 1
        if share > max(GUESSED, blank):
            result.faults[attack.id] = [f"{share:.0%} right, a blank entry has {blank:.0%}"]
    if right(package, entry(), images, labels) != blank:
        result.faults["class: everybody"] = ["a blank entry has another result than before"]
    result.seconds = time.monotonic() - begin
    return result


def right(package: dict[str, bytes], files: dict[str, bytes], images, labels) -> float:
    with enter(package, files) as one:
        return float((one.ask(images) == labels).mean())
