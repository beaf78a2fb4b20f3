"""Pages made from the code: every command's own help, every public name's own docstring."""
import importlib
import inspect
import re
from html import escape

import click
import typer

import tinytorch
from tito.main import app


def commands() -> str:
    """`tito`'s help, command by command, as the terminal shows it."""
    parts = ["# The commands\n\nWhat `tito … --help` prints, for students and instructors.\n"]
    for path, command in walk(typer.main.get_command(app), ["tito"]):
        # Not click's runner: it would lay the text out for a terminal of 80 columns and add colours
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        parts += [f"## {' '.join(path)}\n", "```text", command.get_help(context).strip(), "```\n"]
    return "\n".join(parts)


def walk(command: click.Command, path: list[str]):
    yield path, command
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        if not inner.hidden:
            yield from walk(inner, [*path, name])


def api(notebook: str, names: list[str]) -> str:
    """The public names of one module. Docstrings are plain text, so they are laid out as they are."""
    module = importlib.import_module(f"tinytorch.{notebook[3:]}")
    parts = [f"# tinytorch.{notebook[3:]}\n", f"{module.__doc__.strip()}\n",
             f"Written in [{notebook}](../modules/{notebook}.ipynb).\n"]
    for name in names:
        thing = getattr(module, name)
        parts += described(name, thing)
        if inspect.isclass(thing):
            methods = [(key, value) for key, value in vars(thing).items()
                       if not key.startswith("_") and inspect.isfunction(value) and value.__doc__]
            for key, value in methods:
                parts += described(f"{name}.{key}", value, level=3)
    return "\n".join(parts)


def described(name: str, thing: object, level: int = 2) -> list[str]:
    try:
        signature = str(inspect.signature(thing))
    except (TypeError, ValueError):
        signature = ""
    return [f"{'#' * level} {name}\n", f"```python\n{name}{signature}\n```\n", laid_out(inspect.getdoc(thing) or "")]


def laid_out(docstring: str) -> str:
    """Paragraphs as paragraphs, examples and indented blocks as code."""
    blocks = []
    for block in re.split(r"\n\s*\n", docstring):
        if block.startswith((">>>", " ")):
            blocks.append(f'<pre tabindex="0">{escape(block)}</pre>')
        else:
            blocks.append(f"<p>{code(escape(block))}</p>")
    return "\n".join(blocks) + "\n"


def code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text.replace("\n", "<br>" if ": " in text else " "))


def public() -> dict[str, list[str]]:
    return {notebook: names.split() for notebook, names in tinytorch._NAMES.items()}
