"""What several commands share: which module is meant, and what is said of a judged notebook."""
from typing import Annotated

import typer

from tito import console
from tito.course import Module, find_module

Which = Annotated[str, typer.Argument(metavar="NN", help="A number or name, such as 01, tensor or 01_tensor.")]


def take(text: str) -> Module:
    """The module meant by `text`; says so when its number and name disagree."""
    module, remark = find_module(text)
    if remark:
        console.note(remark)
    return module


def report(judged) -> None:
    """What was noticed about a judged notebook; its problem, if any, is left to the caller."""
    for remark in judged.assembled.remarks:
        console.note(f"{judged.module.id}: {remark}")
    if judged.problem:
        console.say(f"{judged.module.id}: {judged.count}.")
    else:
        console.say(f"{judged.module.id}: every cell works, {judged.count} ({judged.seconds:.0f} s).", "green")


def remind(judged) -> None:
    """What the run cannot tell, and is easily forgotten."""
    if waiting := judged.unwritten:
        console.note(f"{judged.module.id}: {len(waiting)} written question{'s are' if waiting[1:] else ' is'} still "
                     f"unanswered (graded by hand): {', '.join(waiting)}")
