"""The leaderboard as one HTML file without script: what comes from entries is escaped, a policy forbids the rest."""

from html import escape

from tito.olympics.board import Row, events_of, ranked
from tito.olympics.events import EVENTS
from tito.olympics.plot import plot, text

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Torch Olympics</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; --text: #222; --back: #fff; --line: #ddd; --faint: #666; --front: #b22; --dot: #567; }
@media (prefers-color-scheme: dark) {
  :root { --text: #ddd; --back: #181a1b; --line: #444; --faint: #999; --front: #f88; --dot: #9ab; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--text); background: var(--back); }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
td.name, td.remark { min-width: 9rem; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tr.out { color: var(--faint); } tr.front { font-weight: 600; }
svg { display: block; max-width: 100%; height: auto; } svg text { font: 16px system-ui, sans-serif; fill: var(--text); }
svg text.number { font-weight: 600; stroke: var(--back); stroke-width: 3px; paint-order: stroke; }
 svg line { stroke: var(--faint); } svg line.baseline { stroke-dasharray: 3 4; }
svg circle { fill: var(--dot); } svg circle.front { fill: var(--front); }
svg polyline { fill: none; stroke: var(--front); stroke-width: 1.5; }
</style></head><body>
<h1>Torch Olympics</h1>
<p>A score is how many times better than the baseline an entry is. Bold, and joined by the line in the plot: the Pareto
front of score and accuracy. An entry is on it if no other ranked entry of the event is at least as good in both and
better in one of them. A number in the plot is a place in the table. Figures marked "verified" were measured again by
the instructor; all others are claims.</p>
"""


def page(rows: list[Row]) -> str:
    """The whole page, an event after another."""
    parts = [HEAD]
    for event in events_of(rows):
        board = ranked(rows, event)
        parts.append(f"<h2>{escape(event)}</h2>\n<p>{escape(EVENTS[event].rule)}</p>\n")
        parts += [_table(event, board), plot(board)]
    if len(parts) == 1:
        parts.append("<p>No entry yet.</p>\n")
    return "".join(parts) + "</body></html>\n"


def _table(event: str, board: list[Row]) -> str:
    """In a box of its own, which scrolls where the window is narrow, by keyboard, too."""
    numbers = "".join(f"<th class=number>{title}</th>" for title in ("score", "accuracy", "bytes"))
    head = f"<tr><th>place</th><th>team</th>{numbers}<th></th></tr>"
    lines = []
    for row in board:
        kind = "out" if row.fouls else "front" if row.front else ""
        score = "" if row.score is None else f"{row.score:.2f}"
        remark = "; ".join(row.fouls) or row.standing
        lines.append(
            f'<tr class="{kind}"><td>{row.place or "out"}</td><td class=name>{text(row.team)}</td>'
            f"<td class=number>{score}</td><td class=number>{row.accuracy:.1f}%</td>"
            f"<td class=number>{row.bytes:,}</td><td class=remark>{text(remark)}</td></tr>"
        )
    box = f'<div class=scroll tabindex=0 role=region aria-label="Ranking in {escape(event)}">'
    return f"{box}<table>{head}\n" + "\n".join(lines) + "</table></div>\n"
