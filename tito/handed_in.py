"""What counts in a notebook that is handed in: the same rules for `tito submit` and for collecting and grading.

Nothing here parses or runs what a student wrote: it is read as text.
"""
import json
import re
from collections.abc import Iterator
from itertools import count

from tito.errors import TitoError
from tito.notebooks import role_of

MAX_BYTES = 20_000_000        # a notebook full of figures has 5 MB
MAX_CELLS = 1_000
MAX_SOURCE = 100_000          # characters of one answer
MAX_LINES = 1_000             # of one answer: the number of a line is told, so it could tell something else
INLINE = re.compile(r"!\[([^\[\]\n]{0,200})\]\(data:(image/[\w.+-]{1,40});base64,([A-Za-z0-9+/=]*)\)")


def parse(raw: bytes) -> dict:
    """The notebook in these bytes. Raises TitoError, in one line, for anything else."""
    if len(raw) > MAX_BYTES:
        raise TitoError(f"the file is larger than {MAX_BYTES / 1e6:.0f} MB: clear its outputs and submit it again.")
    try:
        notebook = json.loads(raw.decode("utf-8-sig"))
        cells = notebook["cells"]
        if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
            raise TypeError("its cells are not a list of cells")
    except RecursionError:
        raise TitoError("the file is not a notebook: it is nested too deeply.") from None
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error) if isinstance(error, (json.JSONDecodeError, TypeError)) else "no notebook in it"
        raise TitoError(f"the file is not a readable notebook ({reason:.100}).") from None
    if len(cells) > MAX_CELLS:
        raise TitoError(f"the notebook has {len(cells)} cells, at most {MAX_CELLS} are accepted: delete some of your "
                        "own and submit it again.")
    return notebook


def settle(cells: list[dict], released: list[dict]) -> tuple[list[dict], list[str]]:
    """The cells with one for each answer, as far as that is clear, and remarks for the student.

    A cell whose metadata a tool has stripped is known by its cell id. Pictures that stand in a text, where Colab puts
    them, become attachments. Where an answer stands in several cells, exact copies and the untouched released cell do
    not count; neighbours, as "Split Cell" makes them, are joined in order.
    """
    cells, remarks = [_attached(_named(cell, _ids(released))) for cell in cells], []
    for name, stub in _answers(released):
        places = [place for place, cell in enumerate(cells) if grade_id_of(cell) == name]
        if len(places) < 2:
            continue
        different = _different(cells, places, stub)
        if len(different) == 1:
            remarks.append(f"The answer {name} stands in {len(places)} cells, and all but one are copies or unsolved: "
                           "that one counts.")
        elif different == list(range(different[0], different[-1] + 1)):
            text = "\n".join(source_of(cells[place]) for place in different)
            cells[different[0]] = {**cells[different[0]], "source": text}
            remarks.append(f"The answer {name} was split over {len(different)} cells: they are read as one, in order.")
        else:
            continue
        gone = {*places} - {different[0]}
        cells = [cell for place, cell in enumerate(cells) if place not in gone]
    return cells, remarks


def _different(cells: list[dict], places: list[int], stub: str) -> list[int]:
    """Those of the places that hold something of their own: neither the released text nor what an earlier one holds."""
    found: dict[tuple, int] = {}
    for place in places:
        source = source_of(cells[place])
        if source is not None:
            found.setdefault(tuple(source.split()), place)
    own = [place for words, place in found.items() if words not in ((), tuple(stub.split()))]
    return own or places[:1]


def _named(cell: dict, known: dict[str, dict]) -> dict:
    """The cell, with the released metadata where it has no name of its own and its id tells which it is.

    Colab repeats a cell's id in its metadata, and in older formats the id stands there alone.
    """
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    own_id = cell.get("id", metadata.get("id"))
    if grade_id_of(cell) is not None or not isinstance(own_id, str) or own_id not in known:
        return cell
    return {**cell, "metadata": {**metadata, "nbgrader": known[own_id]}}


def _attached(cell: dict) -> dict:
    """The cell, with pictures that stand in its text as data: addresses moved out of it, as attachments."""
    source = source_of(cell) if cell.get("cell_type") == "markdown" else None
    if not source or not INLINE.search(source):
        return cell
    pasted = cell.get("attachments")
    pasted = {**pasted} if isinstance(pasted, dict) else {}
    names = (name for number in count() if (name := f"inline-{number}") not in pasted)

    def attach(match: re.Match) -> str:
        name = next(names)
        pasted[name] = {match[2]: match[3]}
        return f"![{match[1]}](attachment:{name})"

    return {**cell, "source": INLINE.sub(attach, source), "attachments": pasted}


def _ids(released: list[dict]) -> dict[str, dict]:
    return {cell["id"]: cell["metadata"]["nbgrader"] for cell in released if cell.get("id") and grade_id_of(cell)}


def _answers(released: list[dict]) -> Iterator[tuple[str, str]]:
    for cell in released:
        if role_of(cell["metadata"].get("nbgrader", {})) in ("answer", "written"):
            yield grade_id_of(cell), source_of(cell)


def the_answer(grade_id: str, found: list[dict]) -> tuple[str | None, str]:
    """The source of an answer that stands in these cells, or None and why it does not count."""
    if not found:
        return None, f"The answer cell {grade_id} was deleted: it counts as not solved."
    if len(found) > 1:
        return None, (f"The answer {grade_id} stands in {len(found)} cells that differ and are no neighbours, so none "
                      "counts: put what counts into one of them and delete the others.")
    source = source_of(found[0])
    if source is None or len(source) > MAX_SOURCE or len(source.splitlines()) > MAX_LINES:
        return None, (f"The answer cell {grade_id} is no text of at most {MAX_SOURCE} characters, {MAX_LINES} lines: "
                      "not solved.")
    return source, ""


def grade_id_of(cell: dict) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def source_of(cell: dict) -> str | None:
    return text_of(cell.get("source"))


def text_of(value: object) -> str | None:
    """A string of the notebook format, which may come as a list of lines; lone surrogates become question marks."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None
