"""Accuracy against score as SVG. Points carry places, not names: names can be long, and stand in the table above."""

from collections.abc import Callable, Iterable
from html import escape
from math import log10

from tito.console import clean
from tito.olympics.board import Row

WIDTH, HEIGHT = 480, 320
LEFT, RIGHT, TOP, BOTTOM = 88, 400, 48, 252  # where points lie; a label has room right of the last one
LETTER, LINE = 10, 20  # px that a label takes: a letter's width, a line's height
TICK = 64  # px that a number below the axis takes
SHOWN = 3  # places of a label that are written out


def text(value: object) -> str:
    """What an entry says, as HTML's text: no markup, no control characters."""
    return escape(clean(str(value)), quote=True)


def plot(board: list[Row]) -> str:
    """The ranked entries of an event; the score's axis is logarithmic, the front is a line, so is the baseline's 1."""
    rows = [row for row in board if row.place]
    if not rows:
        return ""
    exponents = [log10(row.score) for row in rows]
    across = _axis([*exponents, 0.0], LEFT, RIGHT, 0.02)
    down = _axis([row.accuracy for row in rows], BOTTOM, TOP, 0.5)
    points = [(across(exponent), down(row.accuracy), row) for exponent, row in zip(exponents, rows)]
    front = sorted((x, y) for x, y, row in points if row.front)
    marks = [
        _frame(across, down, exponents, {row.accuracy for row in rows}),
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in front)}"/>',
        *(f'<circle class="{"front" if row.front else ""}" cx="{x:.1f}" cy="{y:.1f}" r="4">'
          f"<title>{row.place}: {text(row.team)}</title></circle>" for x, y, row in points),
        *(f'<text class=number x="{x + 7:.1f}" y="{y - 6:.1f}">{label}</text>' for x, y, label in _labels(points)),
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="Accuracy against score">'
        + "".join(marks)
        + "</svg>\n"
    )


def _frame(across: Callable, down: Callable, exponents: list[float], accuracies: set[float]) -> str:
    """Both axes with their words and ticks."""
    floor, end = BOTTOM + 12, WIDTH - 16
    marks = [
        f'<line x1="{LEFT - 16}" y1="{floor}" x2="{end}" y2="{floor}"/>',
        f'<line x1="{LEFT - 16}" y1="{TOP - 12}" x2="{LEFT - 16}" y2="{floor}"/>',
        f'<line class=baseline x1="{across(0):.1f}" y1="{TOP - 12}" x2="{across(0):.1f}" y2="{floor}"/>',
        '<text x="4" y="16">accuracy</text>',
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">score (baseline: 1)</text>',
    ]
    for value in _apart([0.0, max(exponents), min(exponents)], across, TICK):
        marks.append(f'<text x="{across(value):.1f}" y="{floor + 18}" text-anchor="middle">{_short(10**value)}</text>')
    for value in _apart([max(accuracies), min(accuracies)], down, LINE):
        marks.append(f'<text x="{LEFT - 24}" y="{down(value) + 5:.1f}" text-anchor="end">{value:.1f}%</text>')
    return "".join(marks)


def _short(score: float) -> str:
    return f"{score:,.0f}" if score >= 100 else f"{score:.3g}"


def _apart(values: list[float], place: Callable, least: float) -> list[float]:
    """The values whose places leave `least` between them, the first ones before the others."""
    kept: list[float] = []
    for value in values:
        if all(abs(place(value) - place(other)) >= least for other in kept):
            kept.append(value)
    return kept


def _labels(points: list[tuple[float, float, Row]]) -> list[tuple[float, float, str]]:
    """Where a place is written: points that a label would cover share it, ties among them."""
    groups: list[tuple[float, float, set[int]]] = []
    for x, y, row in sorted(points, key=lambda point: point[:2]):
        for left, height, places in groups:
            if x - left < 16 + LETTER * len(_written(places)) and -1.1 * LINE < y - height < 0.7 * LINE:
                places.add(row.place)
                break
        else:
            groups.append((x, y, {row.place}))
    return [(x, y, _written(places)) for x, y, places in groups]


def _written(places: Iterable[int]) -> str:
    first = sorted(places)
    return ", ".join(map(str, first[:SHOWN])) + (", …" if len(first) > SHOWN else "")


def _axis(values: list[float], first: float, last: float, least: float) -> Callable[[float], float]:
    """A function from values to places between first and last."""
    low, high = min(values), max(values)
    middle, half = (low + high) / 2, max((high - low) / 2, least)
    return lambda value: first + (value - middle + half) / (2 * half) * (last - first)
