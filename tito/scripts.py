"""Milestone notebooks -> scripts: the code as it stands, the prose as comments.

The first cell becomes the docstring, which the script prints as its story; a heading `## ...` is printed when the
script gets there, so that its output has the notebook's chapters.
"""
import re
from pathlib import Path

from tito.files import write_whole
from tito.notebooks import Cell, read_cells

NOTE = "Exported from {name} by `tito export`: change the notebook, not this file."


def script_of(notebook: Path) -> str:
    """The text of the script that belongs to a milestone's notebook."""
    first, *rest = read_cells(notebook)
    story = first.source.strip().removeprefix("# ")
    blocks = [f'"""{story}\n"""\n# {NOTE.format(name=notebook.name)}']
    blocks += [_prose(cell) if cell.kind == "markdown" else cell.source.strip() for cell in rest]
    return "\n\n".join(block for block in blocks if block) + "\n"


def export_script(notebook: Path) -> Path:
    """Write the script beside its notebook, replacing it only when the new one is complete."""
    target = notebook.with_suffix(".py")
    write_whole(target, script_of(notebook))
    return target


def milestone_notebooks(root: Path) -> list[Path]:
    """Every milestone notebook of this course folder, in order."""
    return sorted(root.glob("milestones/[0-9][0-9]_*/[0-9][0-9]_*.ipynb"))


def _prose(cell: Cell) -> str:
    comments = "\n".join(f"# {line}".rstrip() for line in cell.source.strip().split("\n"))
    return re.sub(r"(?:^#\n)?^# ## (.*)$(?:\n#$)?", _chapter, comments, flags=re.MULTILINE).strip()


def _chapter(heading: re.Match) -> str:
    title = heading[1]
    return "\n" * (heading.start() > 0) + f'print("\\n{title}\\n{"-" * len(title)}")\n'
