"""A submission is never trusted: what is graded is the released notebook with the student's answers put into it.

Taken from the student: the source of each known answer cell, exactly one each, and the text and PNG outputs of free
cells, which people see when they grade written answers. Nothing else: no metadata, no other cells, no other outputs.
"""
import base64
import copy
import json

from tito.errors import TitoError
from tito.notebooks import cells_of, role_of

MAX_BYTES = 20_000_000        # a notebook full of figures has 5 MB
MAX_CELLS = 1_000
MAX_SOURCE = 100_000          # characters of one answer
MAX_LINES = 1_000             # of one answer: the number of a line is told, so it could tell something else
MAX_TEXT = 10_000             # characters of output of one cell
MAX_PNG = 1_000_000           # characters (base64) of one figure
MAX_PIXELS = 10_000_000       # of one figure: a browser unpacks it to four bytes each, however small the file
MAX_OUTPUTS = 5_000_000       # characters of output of one notebook
MAX_TEXTS = 300_000           # characters of text in them: each & and < takes its time to lay out
MAX_REMARKS = 20
MARK = "[from the student's own run]\n"


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
        raise TitoError(f"the notebook has {len(cells)} cells, at most {MAX_CELLS} are accepted.")
    return notebook


def rebuild(release: dict, raw: bytes) -> tuple[dict, list[str]]:
    """The released notebook with the student's answers, and remarks for student and instructor.

    A deleted, doubled or oversized answer leaves the released stub and costs its own points.
    Raises TitoError when nothing in the file belongs to this module.
    """
    submitted = parse(raw)
    by_id: dict[str, list[dict]] = {}
    for cell in submitted["cells"]:
        if grade_id := grade_id_of(cell):
            by_id.setdefault(grade_id, []).append(cell)

    result, known, remarks, put_back = copy.deepcopy(release), 0, [], []
    for cell, info in zip(result["cells"], cells_of(release), strict=True):
        found = by_id.get(info.grade_id, [])
        if info.role in ("answer", "written"):
            known += bool(found)
            answer, remark = the_answer(info.grade_id, found)
            if answer is not None:
                cell["source"] = answer if not info.exported or is_exported(answer) else f"#| export\n{answer}"
            else:
                remarks.append(remark)
        elif info.role != "free" and [lines_of(theirs) for theirs in found] != [info.source.splitlines()]:
            put_back.append(info.grade_id)
    if not known:
        raise TitoError("none of its answer cells is of this module: is it a notebook of another module or course?")
    if put_back:
        remarks.append(f"Read-only cells that were changed or deleted were put back: {', '.join(put_back)}.")
    keep_outputs(result, submitted)
    return result, remarks[:MAX_REMARKS]


def the_answer(grade_id: str, found: list[dict]) -> tuple[str | None, str]:
    if not found:
        return None, f"The answer cell {grade_id} was deleted: it counts as not solved."
    if len(found) > 1:
        return None, f"There are {len(found)} answer cells {grade_id}: it is not clear which one counts, so none does."
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


def lines_of(cell: dict) -> list[str] | None:
    source = source_of(cell)
    return None if source is None else source.splitlines()       # an editor on Windows changes the line ends


def text_of(value) -> str | None:
    """A string of the notebook format, which may come as a list of lines; lone surrogates become question marks."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def is_exported(source: str) -> bool:
    return source.lstrip().split("\n", 1)[0].replace(" ", "").startswith("#|export")


def keep_outputs(result: dict, submitted: dict) -> None:
    """Put the student's text and figures under the free cells that were released, marked as the student's own run."""
    by_id = {cell["id"]: cell for cell in submitted["cells"] if isinstance(cell.get("id"), str)}
    by_place = dict(enumerate(submitted["cells"]))
    room, texts = MAX_OUTPUTS, MAX_TEXTS
    for index, cell in enumerate(result["cells"]):
        if cell["cell_type"] != "code" or role_of(cell["metadata"].get("nbgrader", {})) != "free":
            continue
        theirs = by_id.get(cell.get("id")) or by_place.get(index, {})
        if grade_id_of(theirs) or theirs.get("cell_type") != "code":
            continue
        outputs = [output for output in map(clean_output, listed(theirs.get("outputs"))) if output]
        size = len(json.dumps(outputs))
        letters = sum(len(output.get("text") or output["data"].get("text/plain", "")) for output in outputs)
        if outputs and size <= room and letters <= texts:
            room, texts = room - size, texts - letters
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": MARK}, *outputs]


def listed(value) -> list[dict]:
    return [item for item in value if isinstance(item, dict)][:20] if isinstance(value, list) else []


def clean_output(output: dict) -> dict | None:
    """This output as plain text or PNG, or None."""
    data = output.get("data")
    if output.get("output_type") == "stream":
        text = text_of(output.get("text"))
        keep = text and text != MARK
        return {"output_type": "stream", "name": "stdout", "text": text[:MAX_TEXT]} if keep else None
    if not isinstance(data, dict):
        return None
    kept = {}
    if text := text_of(data.get("text/plain")):
        kept["text/plain"] = text[:MAX_TEXT]
    if (png := text_of(data.get("image/png"))) and is_png(png):
        kept["image/png"] = "".join(png.split())
    return {"output_type": "display_data", "metadata": {}, "data": kept} if kept else None


def is_png(text: str) -> bool:
    try:
        data = base64.b64decode("".join(text.split()), validate=True) if len(text) <= MAX_PNG else b""
    except ValueError:
        return False
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR" and 0 < width * height <= MAX_PIXELS
