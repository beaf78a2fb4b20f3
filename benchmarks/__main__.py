"""python -m benchmarks"""
from importlib.util import find_spec
from typing import Annotated

import typer

from benchmarks import clock, report
from benchmarks.cases import all_cases, check_agreement
from tito import console
from tito.errors import TitoError

ROUNDS = 25
app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
Write = Annotated[bool, typer.Option("--write", help="Renew the table in docs/performance.md as well.")]


@app.command()
def main(write: Write = False) -> None:
    """Measure tinytorch beside PyTorch: the same model, the same numbers, one thread each, taking turns in one process.

    First every pair proves that it computes the same; where one does not, nothing is measured.

    Times are medians of process CPU time. The ratio, with its quartiles, is tinytorch's time over PyTorch's: below 1,
    tinytorch is faster. GFLOP/s counts a step's matrix products by formula; the peak is the fastest product measured.

    It takes seven to eight minutes, half of them for plain Python. Without PyTorch (make bench installs it) only
    tinytorch is measured.
    """
    if find_spec("torch"):
        from benchmarks import theirs
    else:
        theirs = None
        console.note("PyTorch is not installed: these are tinytorch's figures alone")
    cases = all_cases(theirs)
    try:
        with console.progress((1 + ROUNDS) * len(cases), "measuring") as tell:
            for case in cases:
                check_agreement(case)
                tell(case.name)
            times = clock.measure(cases, ROUNDS, tell)
    except TitoError as error:
        typer.secho(f"benchmarks: {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    command = "python -m benchmarks" + " --write" * write
    table, remarks = report.rows(cases, times), [report.limit(cases, times), *report.machine(command)]
    console.table(table, report.HEADER)
    console.say()
    for remark in remarks:
        console.say(remark)
    if write:
        report.write(report.DOCUMENT, command, [(report.HEADER, table)], remarks)
        console.say(f"Written to {report.DOCUMENT.relative_to(report.ROOT)}.")


if __name__ == "__main__":
    app(prog_name="python -m benchmarks")
