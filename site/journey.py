"""The course in one picture: what is built runs from left to right, what it can do stands above it, with its year."""
from html import escape

from tito.course import ACTS, MILESTONES, MODULES

STEP, LEFT, LINE, WIDTH, HEIGHT = 46, 40, 250, 1000, 400
COLOURS = ["#2f6f9f", "#3b7d4f", "#a2652a", "#7a4f9a", "#a23b4a", "#4a5a68"]       # dark enough for white letters
LEVELS = [70, 125, 70, 125, 70, 125]                     # heights of the milestones, so that their names have room


def place(number: int) -> int:
    return LEFT + STEP * (number - 1) + STEP // 2


def journey() -> str:
    """An SVG whose stations and flags are links to the pages."""
    parts = [f'<svg class="journey" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="journey-title">',
             '<title id="journey-title">Twenty modules in six acts, and above them the six milestones that they '
             "unlock</title>", *acts(), *flags(), *stations(), "</svg>"]
    return "\n".join(parts)


def acts() -> list[str]:
    parts = []
    for colour, (act, names) in zip(COLOURS, ACTS.items(), strict=True):
        numbers = [module.number for module in MODULES if module.name in names]
        start, width = place(numbers[0]) - STEP // 2, STEP * len(numbers)
        numeral, title = act.split(" ", 1)
        parts += [f'<rect x="{start + 2}" y="{LINE + 100}" width="{width - 4}" height="32" rx="4" fill="{colour}"/>',
                  f'<text class="act" x="{start + width // 2}" y="{LINE + 121}">{numeral}'
                  f"{' ' + escape(title) if len(names) > 1 else ''}</text>"]
    return parts


def stations() -> list[str]:
    parts = [f'<line class="road" x1="{place(1)}" y1="{LINE}" x2="{place(len(MODULES))}" y2="{LINE}"/>']
    for module in MODULES:
        x, colour = place(module.number), COLOURS[list(ACTS).index(module.act)]
        parts.append(f'<a href="modules/{module.id}.html"><circle cx="{x}" cy="{LINE}" r="15" fill="{colour}"/>'
                     f'<text class="number" x="{x}" y="{LINE + 5}">{module.number:02}</text>'
                     f'<text class="name" transform="translate({x + 4} {LINE + 26}) rotate(45)">{module.name}</text></a>')
    return parts


def flags() -> list[str]:
    parts = []
    for milestone, y in zip(MILESTONES, LEVELS, strict=True):
        x, year = place(milestone.unlocked_by), milestone.id.split("_")[1]
        parts.append(f'<a href="milestones/{milestone.id}.html"><line class="pole" x1="{x}" y1="{y}" x2="{x}" '
                     f'y2="{LINE - 15}"/><text class="year" x="{x}" y="{y - 24}">{year}</text>'
                     f'<text class="flag" x="{x}" y="{y - 6}">{escape(milestone.title)}</text></a>')
    return parts
