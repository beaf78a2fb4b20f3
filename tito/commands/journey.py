"""`tito journey`: the course drawn as a road of acts, modules and milestones."""
from shutil import get_terminal_size

from tito import console
from tito.commands.which import Json
from tito.course import find_root
from tito.journey import BEGUN, DONE, ELSEWHERE, LOCKED, NEXT, OPEN, UNLOCKED, Journey, MilestoneStatus, ModuleStatus

SIGNS = {DONE: "●", BEGUN: "◐", NEXT: "▶", OPEN: "○", LOCKED: "☆", UNLOCKED: "▶", ELSEWHERE: "·"}
COLOURS = {DONE: "green", BEGUN: "yellow", NEXT: "yellow", UNLOCKED: "yellow", ELSEWHERE: "bright_black"}
BEFORE = 54                   # columns before what a row says last


def journey(json: Json = False) -> None:
    """Draw the way through the course: what is done, what is next, what each step unlocks.

    \b
    Example: tito journey
    """
    way = Journey(find_root())
    if json:
        return console.as_json(way.as_data())
    for act, modules in way.acts():
        done = sum(module.state == DONE for module in modules)
        console.say(f"{act:<24}{'█' * done}{'░' * (len(modules) - done)}  {done} of {len(modules)}")
        for module in modules:
            _draw(module.state, module.id, _brings(module))
            for milestone in way.after(module):
                _draw(milestone.state, f"{milestone.id[3:7]} {milestone.title}", _opens(milestone), milestone=True)
        console.say()
    console.say(way.summary())


def _draw(state: str, name: str, what: str, milestone: bool = False) -> None:
    sign = "★" if milestone and state == DONE else SIGNS[state]
    lead = "  ├─" if milestone else "  │ "
    row = f"{lead} {sign} {name:<34}{state:<13}" if what else f"{lead} {sign} {name:<34}{state}"
    room = max(20, get_terminal_size((110, 24)).columns - BEFORE)
    console.say(row + (what if len(what) <= room else f"{what[:room - 1]}…"), COLOURS.get(state))


def _brings(module: ModuleStatus) -> str:
    """The names that the module adds to the student's package, or whose it is."""
    from tinytorch import _NAMES

    if module.state == DONE and module.remark:
        return module.remark
    return "" if module.state == ELSEWHERE else ", ".join(_NAMES[module.id].split())


def _opens(milestone: MilestoneStatus) -> str:
    return f"needs {', '.join(name[:2] for name in milestone.needs)}" if milestone.needs else milestone.command
