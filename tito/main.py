"""The entry of the command line: its commands, and how every error reaches the reader as one line."""
import importlib.util
import re
import sys
import traceback
from contextlib import suppress
from typing import Annotated

import typer
from typer.core import TyperGroup

from tito import console, installation, interrupt
from tito.commands import checkpoint, doctor, export, journey, lab, milestone, module, olympics, setup, submit, update
from tito.course import find_root
from tito.errors import TitoError

STUDENT, INSTRUCTOR = "Student", "Instructor"


class Commands(TyperGroup):
    """Groups the help by reader, keeps the order of the code, and turns every exception into one line."""

    def list_commands(self, ctx) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx, args: list[str]):
        if args[0] in ("start", "test", "complete", "reset"):
            raise TitoError(f"No such command '{args[0]}'. Did you mean 'tito module {args[0]}'?", exit_code=2)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx, formatter) -> None:
        for panel in (STUDENT, INSTRUCTOR):
            rows = [(name, command.get_short_help_str(100)) for name, command in self.commands.items()
                    if (getattr(command, "rich_help_panel", None) == INSTRUCTOR) == (panel == INSTRUCTOR)]
            if rows:
                with formatter.section(panel):
                    formatter.write_dl(rows)

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, typer.BadParameter):
                _add_example(error)
            if not isinstance(error, TitoError) and _is_typers_own(error):
                if isinstance(error, typer.BadParameter):
                    error.message = error.message.removeprefix("Value error, ")       # added by pydantic
                raise
            if ctx.params.get("verbose"):
                console.note("".join(traceback.format_exception(error)))
            console.problem(_in_one_line(error))
            raise typer.Exit(130 if isinstance(error, KeyboardInterrupt) else getattr(error, "exit_code", 1)) from None


def _add_example(error: typer.BadParameter) -> None:
    """To what is missing or wrong in a command line, the example in that command's help."""
    if example := re.search(r"^ *(Example: .+)$", error.ctx and error.ctx.command.help or "", re.MULTILINE):
        error.message = f"{error.message} {example[1]}".strip()


def _is_typers_own(error: BaseException) -> bool:
    """Wrong usage, Exit and Abort, and a pipe whose reader has gone: typer deals with those."""
    return isinstance(error, (typer.Abort, BrokenPipeError)) or hasattr(error, "exit_code")


def _in_one_line(error: BaseException) -> str:
    if isinstance(error, TitoError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "stopped; nothing half-done was left: run the same command again"
    if isinstance(error, OSError):
        return _about_disk(error)
    return f"{type(error).__name__}: {error}".splitlines()[0] + " (run again with --verbose for the details)"


def _about_disk(error: OSError) -> str:
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, PermissionError) or error.errno in (1, 13, 30):
        return f"{what}. Make that folder writable, or copy the course folder to a place of your own."
    if error.errno == 28:
        return f"{what}. Free some disk space and run the command again."
    if isinstance(error, (IsADirectoryError, NotADirectoryError, FileExistsError)):
        return f"{what}. Something of that name is in the way: name another place."
    return f"{what} (run again with --verbose for the details)."


WIDTH = {"max_content_width": 120} if sys.stdout.isatty() else {"terminal_width": 120}     # a pipe has no edge
app = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode=None,
                  pretty_exceptions_enable=False, context_settings=WIDTH)


@app.callback()
def tito(ctx: typer.Context,
         verbose: Annotated[bool, typer.Option("--verbose", help="Show the details of an error.")] = False) -> None:
    """TinyTorch: write a PyTorch-like framework in NumPy, one notebook at a time.

    \b
    A student's loop:   tito module start 01, tito lab 01, tito module test 01, tito module complete 01
    Where am I?         tito journey, tito checkpoint status
    Something is odd?   tito doctor
    """
    if ctx.invoked_subcommand not in ("doctor", "setup"):         # they say it themselves
        _note_another_folder()


def _note_another_folder() -> None:
    """Else a copied folder would be tested, and written, by the first one's environment without a word."""
    with suppress(TitoError):                                     # outside a course folder
        root = find_root()
        if found := installation.of_another_folder(root):
            console.note(f"{found}. {installation.install_from(root)}")


for command in (setup.setup, doctor.doctor, update.update, lab.lab):
    app.command()(command)
app.add_typer(module.app, name="module")
app.add_typer(checkpoint.app, name="checkpoint")
app.command()(journey.journey)
app.add_typer(milestone.app, name="milestone")
app.command()(export.export)
app.command()(submit.submit)
app.add_typer(olympics.app, name="olympics")
if importlib.util.find_spec("autograder") and importlib.util.find_spec("autograder.cli"):
    importlib.import_module("autograder.cli").register(app)


def main() -> None:
    """Run the command line: UTF-8 everywhere, `--verbose` anywhere."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    interrupt.listen()
    arguments = sys.argv[1:]
    if "--verbose" in arguments:
        arguments = ["--verbose", *(argument for argument in arguments if argument != "--verbose")]
    app(arguments, prog_name="tito")


if __name__ == "__main__":
    main()
