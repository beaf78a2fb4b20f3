"""python -m benchmarks.milestones: every milestone in full, and what it reached, in docs/results.md."""
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from benchmarks import report
from tito import console
from tito.check.kernel import environment
from tito.course import MILESTONES, find_milestone
from tito.errors import TitoError
from tito.experiment import results_of

DOCUMENT = report.ROOT / "docs" / "results.md"
HEADER = ("milestone", "what", "measured", "expected", "reached")
COSTS = ("script", "CPU time", "peak memory", "exit code")

app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
Which = Annotated[list[str] | None, typer.Argument(metavar="[NN]...", help="Numbers, years or names; all, if none.")]
Quick = Annotated[bool, typer.Option("--quick", help="Their short versions, in about ten minutes.")]
Write = Annotated[bool, typer.Option("--write", help="Renew docs/results.md as well.")]


class Outcome(NamedTuple):
    """One script, run to its end."""
    script: Path
    claims: list[list[str]]       # what, measured, expected, yes or NO
    seconds: float                # of CPU time
    peak: int                     # bytes, 0 where the system does not tell
    code: int
    told: list[str]               # lines about the run, such as what its training took


@app.command()
def main(which: Which = None, quick: Quick = False, write: Write = False) -> None:
    """Run the scripts of all milestones in full, on the package as it is here, and list what each reached.

    It takes about three quarters of an hour, most of it for CIFAR-10, 2017 and 2018. Those of 1998 and 2017 go on from
    their checkpoints in results/ where these are; --write refuses that, for it tells what a whole run took. 2018 takes
    up the networks of 1986, 1998 and 2017, and trains what is not there. MNIST, CIFAR-10 and Tiny Shakespeare are
    fetched where they are missing; see TINYTORCH_DATA in notebook 08. Exits with 1 if a milestone missed its expected
    result.
    """
    try:
        milestones = [find_milestone(text) for text in which] if which else MILESTONES
    except TitoError as error:
        typer.secho(f"milestones: {error}", fg="red", err=True)
        raise typer.Exit(error.exit_code) from None
    if write and which:
        typer.secho("milestones: --write renews the whole document: run it without names", fg="red", err=True)
        raise typer.Exit(2)
    kept = sorted(report.ROOT.glob("milestones/*/results/*.npz"))
    if write and kept:
        typer.secho(f"milestones: {kept[0].relative_to(report.ROOT)} is there: its training would not be measured "
                    "again. Delete it first.", fg="red", err=True)
        raise typer.Exit(1)
    scripts = [script for milestone in milestones for script in milestone.scripts(report.ROOT)]
    outcomes = [run(script, ["--quick"] if quick else []) for script in scripts]
    claims = [(f"{o.script.parent.name}/{o.script.stem[:2]}", *claim) for o in outcomes for claim in o.claims]
    costs = [(f"{o.script.parent.name}/{o.script.name}", f"{o.seconds:.0f} s",
              f"{o.peak / 1e6:,.0f} MB" if o.peak else "", str(o.code)) for o in outcomes]
    console.say()
    console.table(claims, HEADER)
    console.say()
    console.table(costs, COSTS)
    if write:
        command = f"python -m benchmarks.milestones{' --quick' if quick else ''} --write"
        told = [f"{o.script.parent.name}/{o.script.stem[:2]}: {line}" for o in outcomes for line in o.told]
        report.write(DOCUMENT, command, [(HEADER, claims), (COSTS, costs)], [*told, *report.machine(command)])
        console.say(f"Written to {DOCUMENT.relative_to(report.ROOT)}.")
    if any(outcome.code for outcome in outcomes):
        raise typer.Exit(1)


def run(script: Path, options: Sequence[str] = ()) -> Outcome:
    """The script as a student would start it."""
    console.say(f"\n== {script.parent.name}/{script.name}")
    sys.stdout.flush()
    results = results_of(script)
    results.unlink(missing_ok=True)
    variables = {**environment(report.ROOT), "MPLBACKEND": "Agg", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([sys.executable, script.name, *options], cwd=script.parent, env=variables) as process:
        seconds, peak = wait(process)
    reached = json.loads(results.read_bytes()) if results.is_file() else {"claims": [], "told": []}
    claims = [[*words, "yes" if good else "NO"] for *words, good in reached["claims"]]
    return Outcome(script, claims, seconds, peak, process.returncode, reached["told"])


def wait(process: subprocess.Popen) -> tuple[float, int]:
    """Wait for its end; the CPU seconds and the peak bytes that the system counted for it, 0 on Windows."""
    if not hasattr(os, "wait4"):
        process.wait()
        return 0.0, 0
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    app(prog_name="python -m benchmarks.milestones")
