"""The leaderboard as one HTML file without script: what comes from entries is escaped, a policy forbids the rest."""

from html import escape
from math import log10

from tito.console import clean
from tito.olympics.board import Row, events_of, ranked
from tito.olympics.events import EVENTS

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Torch Olympics</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ddd; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.out { color: #888; } .front { font-weight: 600; }
svg { max-width: 100%; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: #222; }
</style></head><body>
<h1>Torch Olympics</h1>
<p>A score is how many times better than the baseline an entry is. Bold: on the Pareto front, so no other has both
a better score and a better accuracy. "Verified" figures were measured again by the instructor; all others are
claims.</p>
"""
WIDTH, HEIGHT, EDGE = 700, 340, 60
NAMES = 180  # room for names right of the last point


def page(rows: list[Row]) -> str:
    """The whole page, an event after another."""
    parts = [HEAD]
    for event in events_of(rows):
        board = ranked(rows, event)
        parts.append(f"<h2>{escape(event)}</h2>\n<p>{escape(EVENTS[event].rule)}</p>\n{_table(board)}{_plot(board)}")
    return "".join(parts) + "</body></html>\n"


def _text(value: object) -> str:
    return escape(clean(str(value)), quote=True)


def _table(board: list[Row]) -> str:
    numbers = "".join(f"<th class=number>{title}</th>" for title in ("score", "accuracy", "bytes"))
    head = f"<tr><th>place</th><th>team</th>{numbers}<th></th></tr>"
    lines = []
    for row in board:
        kind = "out" if row.fouls else "front" if row.front else ""
        score = "" if row.score is None else f"{row.score:.2f}"
        remark = "; ".join(row.fouls) or row.standing
        lines.append(
            f'<tr class="{kind}"><td>{row.place or "out"}</td><td>{_text(row.team)}</td><td class=number>{score}</td>'
            f"<td class=number>{row.accuracy:.1f}%</td><td class=number>{row.bytes:,}</td><td>{_text(remark)}</td></tr>"
        )
    return f"<table>{head}\n" + "\n".join(lines) + "</table>\n"


def _plot(board: list[Row]) -> str:
    """Accuracy against score, which has a logarithmic axis; the front is a line."""
    rows = [row for row in board if row.place]
    if not rows:
        return ""
    exponents = [log10(row.score) for row in rows] + [0.0]
    x = _axis(exponents, EDGE, WIDTH - NAMES, 0.02)
    y = _axis([row.accuracy for row in rows], HEIGHT - EDGE, EDGE / 2, 0.5)
    marks = [
        f'<line x1="{EDGE}" y1="{HEIGHT - EDGE}" x2="{WIDTH - EDGE}" y2="{HEIGHT - EDGE}" stroke="#999"/>'
        f'<line x1="{EDGE}" y1="{EDGE / 2}" x2="{EDGE}" y2="{HEIGHT - EDGE}" stroke="#999"/>'
    ]
    for value in (min(exponents), max(exponents)):
        marks.append(f'<text x="{x(value):.1f}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{10**value:.3g}×</text>')
    for value in sorted({min(row.accuracy for row in rows), max(row.accuracy for row in rows)}):
        marks.append(f'<text x="{EDGE - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.1f}%</text>')
    front = sorted((row for row in rows if row.front), key=lambda row: row.score)
    points = " ".join(f"{x(log10(row.score)):.1f},{y(row.accuracy):.1f}" for row in front)
    marks.append(f'<polyline points="{points}" fill="none" stroke="#c33" stroke-width="1.5"/>')
    for row in rows:
        across, down = x(log10(row.score)), y(row.accuracy)
        marks.append(
            f'<circle cx="{across:.1f}" cy="{down:.1f}" r="4" fill="{"#c33" if row.front else "#789"}"/>'
            f'<text x="{across + 8:.1f}" y="{down - 7:.1f}">{_text(row.team)}</text>'
        )
    marks.append(
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}" text-anchor="middle">score, times the baseline</text>'
        f'<text x="16" y="{HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 16 {HEIGHT / 2})">accuracy</text>'
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="Accuracy against score">'
        + "".join(marks)
        + "</svg>\n"
    )


def _axis(values: list[float], first: float, last: float, least: float):
    """A function from values to places between first and last."""
    low, high = min(values), max(values)
    middle, half = (low + high) / 2, max((high - low) / 2, least) * 1.1
    return lambda value: first + (value - middle + half) / (2 * half) * (last - first)
