"""What the commands print: plain lines when piped, colour, tables and a progress bar on a terminal.

Names, messages and errors may come from others' files: what would move the cursor, recolour the terminal or turn the
reading direction is written out, here, once for all that is printed.
"""
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer

from tito import interrupt

# control characters but tab and newline, line and paragraph separators, and what changes the reading direction
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

BAR, TIMES = 20, len(" 0:00:00 1000 a minute, left 0:00:00")        # columns of a progress bar, and of what follows it


def clean(text: str) -> str:
    """The text with its control characters written out."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """The text, cleaned, without a line of its own making."""
    return clean(text).replace("\n", "\\n").replace("\t", "\\t")


def say(text: str = "", colour: str | None = None) -> None:
    """A line of result, to standard output."""
    typer.secho(clean(text), fg=colour)


def as_json(data: object) -> None:
    """Data for other programs, to standard output: ASCII, so that it is the same behind every pipe."""
    typer.echo(json.dumps(data, indent=2))


def note(text: str) -> None:
    """A remark that is no result, to standard error."""
    typer.secho(clean(f"note: {text}"), fg="yellow", err=True)


def problem(text: str) -> None:
    """Why something failed, to standard error."""
    typer.secho(clean(f"error: {text}"), fg="red", err=True)


def table(rows: Sequence[Sequence[str]], header: Sequence[str] = (), dim: Sequence[bool] = ()) -> None:
    """Rows in aligned columns; `dim` says which rows stand in the background."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, show_header=bool(header), header_style="bold")
    for title in header or rows[0]:
        grid.add_column(title)
    for index, row in enumerate(rows):
        grid.add_row(*(Text(one_line(cell)) for cell in row), style="dim" if dim and dim[index] else None)
    width = None if sys.stdout.isatty() else 240       # a pipe has no edge at which to break lines
    console = Console(width=width, highlight=False)
    with console.capture() as drawn:
        console.print(grid)
    typer.echo("\n".join(line.rstrip() for line in drawn.get().splitlines()))


@contextmanager
def progress(total: int, label: str, timed: bool = True) -> Iterator[Callable[[str], None]]:
    """A bar on standard error, one line on any terminal; silent when piped.

    timed: with steps a minute and time left, where one step takes about as long as another.
    Gives a function to call after each step, where Ctrl-C stops.
    """
    if not sys.stderr.isatty():
        yield lambda _: interrupt.check()
        return
    from rich import progress as rich
    from rich.console import Console

    times = (rich.TimeElapsedColumn(), rich.TextColumn("{task.fields[rate]}"), rich.TimeRemainingColumn())
    columns = (rich.TextColumn("{task.description}", markup=False), rich.BarColumn(BAR), rich.MofNCompleteColumn(),
               *times[:len(times) * timed])
    started, screen = time.monotonic(), Console(stderr=True)
    room = max(10, screen.width - BAR - len(f" {total}/{total} ") - TIMES * timed)
    with rich.Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(label, total=total, rate="")

        def advance(what: str) -> None:
            interrupt.check()
            minutes = (time.monotonic() - started) / 60
            bar.update(task, advance=1, description=one_line(f"{label} {what}")[:room],
                       rate=f"{(bar.tasks[task].completed + 1) / minutes:.0f} a minute, left")

        yield advance
