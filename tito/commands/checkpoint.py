"""`tito checkpoint status`: where you are, what is next, what it unlocks."""
import typer

from tito import console
from tito.commands.which import Json
from tito.course import find_root
from tito.journey import DONE, ELSEWHERE, Journey, MilestoneStatus, ModuleStatus

app = typer.Typer(no_args_is_help=True, help="See how far you are.", rich_markup_mode=None)


@app.command()
def status(json: Json = False) -> None:
    """Show acts, modules and milestones: done, next, and what each unlocks.

    \b
    Example: tito checkpoint status
    """
    journey = Journey(find_root())
    if json:
        return console.as_json(journey.as_data())
    rows: list[tuple[str, str, str]] = []
    for act, modules in journey.acts():
        rows.append((act, "", ""))
        for module in modules:
            rows.append((f"  {module.id}", module.state, module.remark or _unlocks(journey, module)))
            rows += [(f"  * milestone {m.id}", m.state, _hint(m)) for m in journey.after(module)]
    console.table(rows, dim=[ELSEWHERE in row[1] for row in rows])
    console.say()
    console.say(journey.summary())


def _unlocks(journey: Journey, module: ModuleStatus) -> str:
    milestones = {milestone.id for milestone in journey.milestones}
    names = [f"milestone {name}" if name in milestones else name for name in module.unlocks]
    verb = "unlocked" if module.state == DONE else "unlocks"
    return f"{verb} {' and '.join(names)}" if names else ""


def _hint(milestone: MilestoneStatus) -> str:
    return f"needs {', '.join(milestone.needs)}" if milestone.needs else milestone.command
