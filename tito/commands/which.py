"""What several commands share: which module is meant, and what is said of a judged notebook."""
from pathlib import Path
from typing import Annotated

import typer

from tito import console
from tito.course import MODULES, Module, find_module, find_modules
from tito.notebooks import cells_of
from tito.progress import Progress


def modules_offered(incomplete: str) -> list[tuple[str, str]]:
    """What a shell offers for a module: its number, with its name beside it where the shell shows that."""
    return [(f"{module.number:02}", module.name) for module in MODULES if f"{module.number:02}".startswith(incomplete)]


Which = Annotated[str, typer.Argument(metavar="NN", help="A number or name, such as 01, tensor or 01_tensor.",
                                      autocompletion=modules_offered)]

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def take(text: str) -> Module:
    """The module meant by `text`; says so when its number and name disagree."""
    module, remark = find_module(text)
    if remark:
        console.note(remark)
    return module


def take_all(texts: list[str]) -> list[Module]:
    """The same for a list, in which ranges such as 01-05 may stand."""
    modules, remarks = find_modules(texts)
    for remark in remarks:
        console.note(remark)
    return modules


def report(judged) -> None:
    """What was noticed about a judged notebook; its problem, if any, is left to the caller."""
    for remark in [*judged.assembled.remarks, *_deleted(judged)]:
        console.note(f"{judged.module.id}: {remark}")
    works = "" if judged.problem else "every cell works, "
    console.say(f"{judged.module.id}: {works}{judged.count} ({judged.seconds:.0f} s).",
                "green" if works else None)
    if judged.verdicts:
        below = next((v for v in judged.verdicts if v.reason and judged.problem.endswith(v.reason)), None)
        console.table([(f"  {v.state}", v.exercise, "see below" if v is below else v.reason.split("\n")[0])
                       for v in judged.verdicts])


def _deleted(judged) -> list[str]:
    """Written questions whose cells are gone: an answer that was in one would not be read."""
    there = {cell.grade_id for cell in cells_of(judged.assembled.notebook)}
    return [f"the cell of the written question `{name}` is missing: bring it back with Undo, or copy it from "
            f".release/{judged.module.id}/{judged.module.id}.ipynb" for name in judged.unwritten if name not in there]


def try_again(root: Path, judged) -> str:
    """What to do about a problem of a judged notebook, or first about an earlier one that it needs."""
    if any(f"tinytorch.{m.name}" in judged.problem for m in judged.module.earlier() if not m.exported(root).is_file()):
        return Progress(root).advice()
    number, states = f"{judged.module.number:02}", [(v.state, v.reason) for v in judged.verdicts]
    what = "go on" if ("not written yet", "") in states and "wrong" not in dict(states) else "mend it"
    return f"Next: {what} (tito lab {number}), save, and tito module test {number}"


def remind(judged) -> None:
    """What the run cannot tell, and is easily forgotten."""
    if waiting := judged.unwritten:
        console.note(f"{judged.module.id}: {len(waiting)} written question{'s are' if waiting[1:] else ' is'} still "
                     f"unanswered (graded by hand): {', '.join(waiting)}")
