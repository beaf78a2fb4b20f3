"""Three editions from one source: they differ in hints and stubs, never in what is asked, tested and worth points.

guided: every hint is open, and the third, "almost code", stands in the answer cell besides, as numbered steps.
standard: the notebook as it is.
challenge: no hints, and no worked examples in the stubs. What a docstring asks for stays, because tests ask for it.

All are made from the released text, so that grading knows the stubs of all of them by the release alone.
"""
import copy
import html
import re
import textwrap
from enum import StrEnum

from tito.handed_in import MAX_SOURCE, grade_id_of, source_of
from tito.notebooks import CODE_STUB, role_of

HINT = re.compile(r"<details>(<summary>Hint.*?</details>)\n?", re.DOTALL)
ALMOST_CODE = re.compile(r"<details><summary>Hint 3[^<]*</summary>(.*?)</details>", re.DOTALL)
TAG = re.compile(r"</?(?:code|em|strong|sub|sup)>")
STEP_ENDS = re.compile(r"(?<=[;.?])\s+")
PLACE = re.compile(rf"^([ \t]*){re.escape(CODE_STUB.splitlines()[0])}", re.MULTILINE)
DIRECTIVES = re.compile(r"\A(?:#\|.*\n)*")
EXAMPLE = re.compile(r'^[ \t]*>>>.*\n(?:(?![ \t]*""")[ \t]*\S.*\n)*', re.MULTILINE)
LAST_BLANK_LINES = re.compile(r'\n\s*\n(?=[ \t]*"""$)', re.MULTILINE)
WIDTH = 100


class Tier(StrEnum):
    """How much help an edition gives."""
    guided = "guided"
    standard = "standard"
    challenge = "challenge"


def in_tier(released: dict, tier: Tier) -> dict:
    """A released notebook (sources joined) as the students of a tier get it; `released` stays as it is."""
    if tier is Tier.standard:
        return released
    notebook = copy.deepcopy(released)
    notebook["metadata"]["tinytorch"] = {**notebook["metadata"].get("tinytorch", {}), "tier": tier.value}
    if tier is Tier.guided:
        put_in_steps(notebook["cells"])
    for cell in notebook["cells"]:
        if is_prose(cell):
            cell["source"] = HINT.sub(r"<details open>\1\n" if tier is Tier.guided else "", cell["source"]).rstrip()
        elif is_answer(cell) and tier is Tier.challenge:
            cell["source"] = LAST_BLANK_LINES.sub("\n", EXAMPLE.sub("", cell["source"]))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["source"] or not is_prose(cell)]
    return notebook


def as_in_release(cells: list[dict], released: dict) -> list[dict]:
    """Handed-in cells, with the stub of this release where one of another edition was left untouched."""
    here = {grade_id_of(cell): cell["source"] for cell in released["cells"] if is_answer(cell)}
    stubs = {words_of(cell): here[grade_id_of(cell)] for tier in (Tier.guided, Tier.challenge)
             for cell in in_tier(released, tier)["cells"] if is_answer(cell)}
    return [{**cell, "source": stubs[words]} if (words := words_of(cell)) in stubs else cell for cell in cells]


def words_of(cell: dict) -> tuple[str, ...]:
    """Of a text that is too long for an answer, none: a hostile one could hold millions."""
    source = source_of(cell) or ""
    return tuple(source.split()) if len(source) <= MAX_SOURCE else ()


def is_prose(cell: dict) -> bool:
    return cell["cell_type"] == "markdown" and role(cell) == "free"


def is_answer(cell: dict) -> bool:
    return cell["cell_type"] == "code" and role(cell) == "answer"


def role(cell: dict) -> str:
    return role_of(cell["metadata"].get("nbgrader", {}))


def put_in_steps(cells: list[dict]) -> None:
    """The third hint of each exercise into its answer cell: a hint is about the answers since the test before."""
    answers: list[dict] = []
    for cell in cells:
        if role(cell) == "test":
            answers = []
        elif is_answer(cell):
            answers.append(cell)
        elif is_prose(cell) and answers and (hint := ALMOST_CODE.search(cell["source"])):
            place_steps(answers, steps_of(hint[1]))


def place_steps(answers: list[dict], steps: list[str]) -> None:
    """Where the code goes, if that is one place; else on top of the first cell."""
    places = [(cell, place) for cell in answers for place in PLACE.finditer(cell["source"])]
    if len(places) == 1:
        [(cell, place)] = places
        at, indent = place.start(), place[1]
    else:
        cell, indent = answers[0], ""
        at = DIRECTIVES.match(cell["source"]).end()
    cell["source"] = cell["source"][:at] + comments(steps, indent) + cell["source"][at:]


def steps_of(hint: str) -> list[str]:
    text = " ".join(html.unescape(TAG.sub("", hint)).split())
    return [step.rstrip(";.") for step in STEP_ENDS.split(text)]


def comments(steps: list[str], indent: str) -> str:
    lines = [line for number, step in enumerate(steps, start=1)
             for line in textwrap.wrap(f"# Step {number}: {step}", WIDTH, initial_indent=indent,
                                       subsequent_indent=f"{indent}#         ", break_long_words=False,
                                       break_on_hyphens=False)]
    return "\n".join(lines) + "\n"
