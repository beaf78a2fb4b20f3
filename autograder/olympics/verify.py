"""`tito olympics verify`: an entry is measured again in the grading sandbox, on digits that nobody has seen.

The published photos are asked, too, but only to compare the claim: whatever an entry knows of them, it ranks the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.olympics.arena import enter
from autograder.olympics.fresh import Count, chance, fresh, gap, percent
from autograder.records.reference import reference_source
from autograder.sandbox.survey import sandbox_problem
from tito.course import available
from tito.errors import TitoError
from tito.olympics import measuring
from tito.olympics.athlete import Fouled
from tito.olympics.claim import inconsistent, read_claim
from tito.olympics.digits import published
from tito.olympics.events import EVENTS, POINT, Event, plain
from tito.olympics.files import baseline
from tito.olympics.signature import state

TOLERANCE = 1.25  # a claim may be this many times what another machine finds
STEPS = measuring.STEPS + 1


@dataclass(frozen=True)
class Verdict:
    """Claim and re-run. `measured` is None where the entry could not be measured, and `problems` says why.

    `measured` and `score` are of drawn digits; `known` counts the published photos, side -> (right, asked).
    """

    claim: dict
    signed: str
    measured: dict | None
    score: float | None
    known: dict[str, Count]
    gap: float
    problems: list[str]


def verify(
    root: Path, path: Path, key: bytes | None, advance: Callable[[str], None], with_loadgen: bool = True
) -> Verdict:
    """Raises TitoError for a file that is no claim, or where there is no sandbox."""
    if problem := sandbox_problem():
        raise TitoError(problem.replace(", or say --unsafe for code that you trust", ""))
    claim, files = read_claim(path)
    signed, problems = state(claim, key), inconsistent(claim, files)
    if signed.startswith("CHANGED"):
        problems.append("it was changed after signing")
    package = reference_package(root)
    sides = {"baseline": baseline(), "entry": files}
    try:
        measured = measuring.measure(lambda chosen: enter(package, chosen), sides, fresh(), advance, with_loadgen)
        known = {name: _right(package, files) for name, files in sides.items()}
        advance("published photos")
    except Fouled as error:
        return Verdict(claim, signed, None, None, {}, 0.0, [*problems, f"it cannot be measured: {error}"])
    event, ratios, unseen = EVENTS[claim["event"]], plain(measured), _count(measured["entry"])
    more, suspicious = gap(known["entry"], unseen)
    if suspicious:
        problems.append(f"it is {more:.1f} points better on the published test photos than on new ones: it knows them")
    problems += event.fouls(ratios, lost_points=0.0) + too_inaccurate(event, known["baseline"], unseen)
    comparable = event.score(ratios | {"accuracy": _fewer_wrong(known)})
    if comparable and claim["score"] and claim["score"] > TOLERANCE * comparable:
        problems.append(f"it claims {claim['score']:.2f}, the re-run gives {comparable:.2f}")
    return Verdict(claim, signed, measured, event.score(ratios), known, more, problems)


def too_inaccurate(event: Event, baseline: Count, unseen: Count) -> list[str]:
    """The rule of one point, for drawn digits: the level that it sets on published photos, less what chance may do.

    baseline: of published photos, because students could see that figure. unseen: the entry, of drawn digits.
    """
    doubt = chance(unseen, unseen[1])
    if not event.keeps_accuracy or percent(unseen) + doubt >= percent(baseline) - POINT:
        return []
    return [
        f"accuracy {percent(unseen):.1f}% of new digits, at least {percent(baseline) - POINT - doubt:.1f}% is asked: "
        f"the baseline's {percent(baseline):.1f}% less {POINT:g} point, less {doubt:.1f} for chance"
    ]


def _right(package: dict[str, bytes], files: dict[str, bytes]) -> Count:
    """Of the published photos."""
    images, labels = published()
    with enter(package, files) as athlete:
        return int((athlete.ask(images) == labels).sum()), len(labels)


def _count(side: dict) -> Count:
    return side["correct"], side["asked"]


def _fewer_wrong(counts: dict[str, Count]) -> float:
    """The ratio of accuracy: wrong answers of the baseline to those of the entry, one more on both sides."""
    base, entry = (asked - right + 1 for right, asked in (counts["baseline"], counts["entry"]))
    return base / entry


def reference_package(root: Path) -> dict[str, bytes]:
    """The course's own tinytorch, by file: weights cannot hide in a package, and ratios are of entries alone."""
    modules = {f"{module.name}.py": reference_source(root, module).encode() for module in available(root)}
    return {"__init__.py": (root / "tinytorch" / "__init__.py").read_bytes(), **modules}
