"""The five events: what is ranked, and what must not be paid for it. A ratio above 1 means better than the baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from tito.errors import TitoError

POINT = 1.0  # percentage point of accuracy that a smaller model may lose


@dataclass(frozen=True)
class Budget:
    """A figure that must hold: `ratio` of the named measure at least `least`."""

    measure: str
    least: float

    def broken(self, ratios: Mapping[str, float]) -> str:
        value = ratios.get(self.measure)
        if value is None:
            return f"{self.measure} was not measured here"
        return (
            ""
            if value >= self.least
            else f"{self.measure} {value:.2f} times the baseline's, at least {self.least:g} is asked"
        )


@dataclass(frozen=True)
class Event:
    name: str
    rule: str
    measures: tuple[str, ...]  # its score is the geometric mean of these ratios
    budgets: tuple[Budget, ...] = ()
    keeps_accuracy: bool = True

    def score(self, ratios: Mapping[str, float | None]) -> float | None:
        values = [ratios.get(name) for name in self.measures]
        return None if None in values else prod(values) ** (1 / len(values))

    def fouls(self, ratios: Mapping[str, float | None], lost_points: float) -> list[str]:
        """What breaks the rules, one line each; lost_points: the baseline's accuracy less the entry's, in points."""
        found = [line for budget in self.budgets if (line := budget.broken(ratios))]
        if self.keeps_accuracy and lost_points > POINT + 1e-9:
            found.append(f"accuracy {lost_points:.1f} points below the baseline's, at most {POINT:g} is allowed")
        if self.score(ratios) is None:
            found.append(f"{self.name} cannot be measured on this system: memory needs Linux (on Windows: WSL)")
        return found


FREE = "at most 1 point of accuracy below the baseline"
EVENTS = {
    event.name: event
    for event in (
        Event("latency", f"least time for one photo; {FREE}", ("latency",)),
        Event("memory", f"least peak memory for 500 photos at once; {FREE}", ("memory",)),
        Event(
            "accuracy",
            "fewest wrong answers; at most 5% larger than the baseline, at most twice its latency",
            ("accuracy",),
            (Budget("size", 0.95), Budget("latency", 0.5)),
            keeps_accuracy=False,
        ),
        Event("size", f"fewest bytes of all files and their names; {FREE}", ("size",)),
        Event("all-round", f"geometric mean of the four ratios; {FREE}", ("latency", "memory", "accuracy", "size")),
    )
}


def check_event(name: str) -> None:
    if name not in EVENTS:
        raise TitoError(f"There is no event {name!r}: choose one of {', '.join(EVENTS)}.", exit_code=2)


def plain(measured: Mapping) -> dict[str, float | None]:
    """The ratios alone, without their intervals."""
    return {name: None if found is None else found["ratio"] for name, found in measured["ratios"].items()}


def lost_points(measured: Mapping) -> float:
    base, entry = (measured[side]["correct"] / measured[side]["asked"] * 100 for side in ("baseline", "entry"))
    return base - entry


def judged(event: Event, measured: Mapping) -> tuple[float | None, list[str]]:
    """Score and fouls of what was measured."""
    ratios = plain(measured)
    return event.score(ratios), event.fouls(ratios, lost_points(measured))
