"""A verdict for each exercise, from what its cells say and what happened when they ran."""
from collections.abc import Sequence
from dataclasses import dataclass

from tito.check.assemble import Step
from tito.check.exercises import NOT_SOLVED, blank

SOLVED, WRONG, BLANK, WAITS, UNTRIED = "solved", "wrong", "not written yet", "waits", "not tried"


@dataclass(frozen=True)
class Failed:
    """A cell that stopped when it ran."""
    position: int
    reason: str
    culprit: str | None       # the exercise that is to blame, where the failure tells
    final: bool               # nothing below it can be run


@dataclass(frozen=True)
class Verdict:
    exercise: str             # its title
    state: str
    reason: str = ""


def verdicts(titles: dict[str, str], steps: Sequence[Step], known: dict[int, str], failures: Sequence[Failed],
             end: int) -> list[Verdict]:
    """One for each exercise, in order; `titles` says by name what it is called.

    known: positions of cells that cannot count and why; end: how many cells were run, if none was the last.
    """
    found: dict[str, Verdict] = {}
    owned, answers = owners(steps), [step.cell.grade_id if step.cell.role == "answer" else None for step in steps]
    end = failures[-1].position if failures and failures[-1].final else end
    for name, title in titles.items():
        places = [place for place, answer in enumerate(answers) if answer == name]
        failed = [failure for failure in failures if name in owned[failure.position]]
        found[name] = Verdict(title, *_state(name, steps, places, known, failed, end, found))
    return list(found.values())


def _state(name: str, steps: Sequence[Step], places: list[int], known: dict[int, str], failed: list[Failed],
           end: int, earlier: dict[str, Verdict]) -> tuple[str, str]:
    """The state of an exercise and the reason for it. An error that was told of an earlier one is not told again."""
    if not places:
        return BLANK, "it has no cell of code"
    for place in places:
        if place in known:
            state = BLANK if known[place] == blank(steps[place]) else WRONG
            return state, "" if known[place] == NOT_SOLVED else known[place]
    for failure in failed:
        blamed = earlier.get(failure.culprit)
        if blamed and failure.culprit != name and blamed.state != SOLVED:
            return WAITS, f"for {blamed.exercise}"
        same = next((other for other in earlier.values() if other.reason.endswith(f": {failure.reason}")), None)
        if same:
            return WRONG, f"{steps[failure.position].place}: the same error as in {same.exercise}"
        return WRONG, f"{steps[failure.position].place}: {failure.reason}"
    return UNTRIED if places[-1] >= end else SOLVED, ""


def owners(steps: Sequence[Step]) -> list[list[str]]:
    """For each cell the exercises that it checks.

    Exercises whose tests stand together behind them share these, unless a test carries the name of one: `test_mul`,
    `test_mul_edges`. What stands behind the tests and is none itself, such as a demonstration, checks nobody; nor does
    a cell of the student's own.
    """
    result, group, closed = [], [], True
    for step in steps:
        name = step.cell.grade_id or ""
        if step.cell.role == "answer":
            group, closed = [*([] if closed else group), name], False
            result.append([name])
            continue
        closed = closed or step.cell.role == "test"
        named = max((one for one in group if f"{name}_".startswith((f"test_{one}_", f"check_{one}_"))), key=len,
                    default=None)
        result.append([named] if named else group if step.cell.role == "test" or not (step.own or closed) else [])
    return result
