"""The ranking of an event: places with ties, and who is on the Pareto front of score and accuracy."""

from dataclasses import dataclass
from pathlib import Path

from tito.errors import TitoError
from tito.olympics.claim import inconsistent, read_claim
from tito.olympics.events import EVENTS, plain
from tito.olympics.signature import state

TIE = 1e-9


@dataclass(frozen=True)
class Row:
    """One entry as the leaderboard shows it. `fouls` empty: it is ranked."""

    team: str
    event: str
    score: float | None
    accuracy: float  # per cent
    bytes: int
    ratios: dict[str, float | None]
    standing: str  # signed, unsigned, verified …
    fouls: tuple[str, ...] = ()
    place: int | None = None
    front: bool = False


def row_of(claim: dict, files: dict[str, bytes], key: bytes | None) -> Row:
    entry, signed = claim["measured"]["entry"], state(claim, key)
    fouls = [*claim["fouls"], *inconsistent(claim, files)]
    if signed.startswith("CHANGED"):
        fouls.append("changed after signing")
    return Row(
        claim["team"],
        claim["event"],
        claim["score"],
        100 * entry["correct"] / entry["asked"],
        int(entry["bytes"]),
        plain(claim["measured"]),
        signed,
        tuple(fouls),
    )


def rows_in(folder: Path, key: bytes | None) -> tuple[list[Row], list[str]]:
    """The claims of a folder, and one line for each file that is none."""
    if not folder.is_dir():
        raise TitoError(f"{folder} is not a folder: say where the class's claims lie, with --from DIR.")
    rows, refused = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            rows.append(row_of(*read_claim(path), key))
        except TitoError as error:
            refused.append(str(error))
    return rows, refused


def ranked(rows: list[Row], event: str) -> list[Row]:
    """Each team's best of this event, best first, equal scores at one place; then, without a place, who broke rules."""
    best: dict[str, Row] = {}
    for row in rows:
        if row.event == event and (row.team not in best or _order(row) < _order(best[row.team])):
            best[row.team] = row
    order = sorted(best.values(), key=lambda row: (*_order(row), row.team))
    fit = [row for row in order if not row.fouls]
    placed, place = [], 0
    for number, row in enumerate(fit):
        if number == 0 or fit[number - 1].score - row.score > TIE:
            place = number + 1
        placed.append(Row(**{**vars(row), "place": place, "front": not any(_beats(other, row) for other in fit)}))
    return placed + [row for row in order if row.fouls]


def events_of(rows: list[Row]) -> list[str]:
    there = {row.event for row in rows}
    return [name for name in EVENTS if name in there]


def _order(row: Row) -> tuple[bool, float]:
    return bool(row.fouls), -(row.score or 0.0)


def _beats(one: Row, other: Row) -> bool:
    """At least as good in score and accuracy, and better in one of them."""
    first, second = (one.score, one.accuracy), (other.score, other.accuracy)
    return all(a >= b for a, b in zip(first, second)) and first != second
