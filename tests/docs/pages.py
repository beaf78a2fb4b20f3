"""Reading the guides as a program: commands, tables, messages."""
import re

from tests.helpers import REPOSITORY

STUDENT = "autograder/release/student_README.md"
GUIDES = [STUDENT, "docs/troubleshooting.md", "docs/pytorch.md", "docs/solutions.md", "site/text/faq.md"]
PROGRAMS = ("tito ", "git ", "cd ", "python3 ", ".venv/", ". .venv/")


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """The indented lines that are commands, in order, without the remarks behind them."""
    lines = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    return [re.split(r"\s+# ", line)[0] for line in lines if line.startswith(PROGRAMS)]


def rows(text: str) -> list[list[str]]:
    """The rows of all tables, without their headers: the cells, as they are written."""
    found, lines = [], text.splitlines()
    for number, line in enumerate(lines):
        header = lines[number + 1:number + 2]
        rule = re.match(r"\|[-: |]+\|$", line) or header and re.match(r"\|[-: |]+\|$", header[0])
        if line.startswith("|") and not rule:
            found.append([cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def code(cell: str) -> str:
    """What a cell of a table shows as code: `this`, or ``this, with ` in it``."""
    return re.fullmatch(r"(`+)(.+?)\1", cell)[2].strip()
