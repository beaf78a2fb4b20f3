"""python -m tests.autograder.attacks: all attacks on several modules, as a table."""
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from autograder.examine.grader import sandbox_problem
from tests.autograder.attacks.attack import FAMILIES
from tests.autograder.attacks.checks import orphans_come_home
from tests.autograder.attacks.entries import run_entries
from tests.autograder.attacks.run import Result
from tests.helpers import REPOSITORY
from tito import console
from tito.course import find_module

MODULES = ["01", "05", "12", "16"]
app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
Modules = Annotated[list[str] | None, typer.Argument(metavar="NN...", help="Modules [default: 01 05 12 16].")]
Families = Annotated[list[str] | None, typer.Option("--family", metavar="NAME", help="Only these families; entries are "
                                                    "the Olympics' [default: all].")]


def run_module(module: str, families: list[str]) -> Result:
    """In a process of its own, whose end must be the end of everything it started."""
    command = [sys.executable, "-m", "tests.autograder.attacks.run", module, *families]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        return Result(module, {}, faults={"class: everybody": done.stderr.strip().splitlines()[-3:]})
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def table(results: list[Result]) -> None:
    """Attacks by family and module, and how many of them were at fault."""
    names = list(dict.fromkeys(name for result in results for name in result.attacks))
    rows = [(name, *(f"{one.attacks.get(name, '')}{' !' * (name in one.families_at_fault)}" for one in results))
            for name in names]
    for title, values in (("attacks", [sum(result.attacks.values()) for result in results]),
                          ("graded, no points", [result.graded for result in results]),
                          ("refused", [result.refused for result in results]),
                          ("at fault", [len(result.faults) for result in results]),
                          ("seconds", [round(result.seconds) for result in results])):
        rows.append((title, *map(str, values)))
    console.table(rows, ("family", *(result.module for result in results)))


@app.command()
def main(modules: Modules = None, family: Families = None) -> None:
    """Grade a class of attackers, with honest neighbours among them, once for each module; then the Olympics' entries.

    Each attack must score no more than an honest blank, leak no secret, leave nothing behind and change no neighbour's
    grade. Two modules at a time.
    """
    if problem := sandbox_problem():
        console.problem(problem)
        raise typer.Exit(1)
    chosen = [find_module(text)[0].id for text in modules or MODULES]
    families = [name for name in family or FAMILIES if name != "entries"]
    with orphans_come_home(), console.progress(len(chosen), "attacks") as advance, \
            ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        results = []
        for result in pool.map(lambda module: run_module(module, families), chosen if families else []):
            results.append(result)
            advance(result.module)
        if not family or "entries" in family:
            results.append(run_entries())
    table(results)
    faults = [f"{result.module}, {attack}: {fault}" for result in results for attack, found in result.faults.items()
              for fault in found]
    for line in faults:
        console.problem(line)
    raise typer.Exit(bool(faults))


if __name__ == "__main__":
    app()
