"""The course in one picture: what is built runs from left to right, what it can do rises above it, with its year."""
from html import escape

from tito.course import ACTS, MILESTONES, MODULES

STEP, LEFT, LINE, RISE, WIDTH, HEIGHT = 46, 48, 278, 39, 1016, 450
SHORTEST = 84                                            # a box in which the name of an act with one module has room
COLOURS = ["#2f6f9f", "#3b7d4f", "#a2652a", "#7a4f9a", "#a23b4a", "#4a5a68"]       # dark enough for white letters


def place(number: int) -> int:
    return LEFT + STEP * (number - 1) + STEP // 2


def journey() -> str:
    """An SVG whose stations and flags are links to the pages."""
    parts = [f'<svg class="journey" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-labelledby="journey-title">',
             '<title id="journey-title">Twenty modules in six acts, and above them the six milestones that they '
             "unlock</title>", *axes(), *acts(), *flags(), *stations(), "</svg>"]
    return "\n".join(parts)


def axes() -> list[str]:
    x, y = 26, HEIGHT - 26
    return [f'<path class="axes" d="M{x - 5} 20 l5 -9 l5 9 M{x} 11 V{y} H{WIDTH - 6} m-9 -5 l9 5 l-9 5"/>',
            f'<text class="axis" transform="translate({x - 9} {LINE}) rotate(-90)">What it can do</text>',
            f'<text class="axis" x="{LEFT}" y="{y + 19}">What you build</text>']


def acts() -> list[str]:
    parts = []
    for colour, (act, names) in zip(COLOURS, ACTS.items(), strict=True):
        first = next(module for module in MODULES if module.name == names[0])
        start, width = place(first.number) - STEP // 2 + 2, max(STEP * len(names), SHORTEST) - 4
        numeral, title = act.split(" ", 1)
        parts += [f'<rect x="{start}" y="{LINE + 98}" width="{width}" height="40" rx="4" fill="{colour}"/>',
                  f'<text class="act" x="{start + width // 2}" y="{LINE + 115}">{numeral}</text>',
                  f'<text class="act" x="{start + width // 2}" y="{LINE + 131}">{escape(title)}</text>']
    return parts


def stations() -> list[str]:
    parts = [f'<line class="road" x1="{place(1)}" y1="{LINE}" x2="{place(len(MODULES))}" y2="{LINE}"/>']
    for module in MODULES:
        x, colour = place(module.number), COLOURS[list(ACTS).index(module.act)]
        parts.append(f'<a href="modules/{module.id}.html"><circle cx="{x}" cy="{LINE}" r="15" fill="{colour}"/>'
                     f'<text class="number" x="{x}" y="{LINE + 5}">{module.number:02}</text>'
                     f'<text class="name" transform="translate({x - 4} {LINE + 28}) rotate(40)">{module.name}</text>'
                     "</a>")
    return parts


def flags() -> list[str]:
    """Each higher than the one before and written to the left of its pole, so that no pole crosses a name."""
    parts = []
    for milestone in MILESTONES:
        x, y = place(milestone.unlocked_by), LINE - 22 - RISE * milestone.number
        year = milestone.id.split("_")[1]
        parts.append(f'<a href="milestones/{milestone.id}.html"><line class="pole" x1="{x}" y1="{y}" x2="{x}" '
                     f'y2="{LINE - 15}"/><text class="year" x="{x - 7}" y="{y + 13}">{year}</text>'
                     f'<text class="flag" x="{x - 7}" y="{y + 29}">{escape(milestone.title)}</text></a>')
    return parts
