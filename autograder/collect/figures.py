"""Pictures and outputs of a student's, as far as pages show them: plain text and PNG, and not too much of either."""
import base64
import json
import re
from functools import cache

from tito.handed_in import grade_id_of, text_of
from tito.notebooks import role_of

MAX_TEXT = 10_000             # characters of one output
MAX_LINES = 1_000             # of one output
MAX_PNG = 1_000_000           # characters (base64) of one figure
MAX_PIXELS = 10_000_000       # of one figure: a browser unpacks it to four bytes each, however small the file
MAX_OUTPUTS = 5_000_000       # characters of output of one notebook
MAX_TEXTS = 300_000           # characters of text in them: each & and < takes its time to lay out
MAX_PICTURES = 5              # pasted into one written answer
MARK = "[from the student's own run]\n"
PASTED = re.compile(r"!\[[^\]\n]{0,200}\]\(attachment:([^)\n]{1,200})\)")


def keep_pictures(cell: dict, theirs: dict) -> list[str]:
    """Keep the PNG pictures that are pasted into a written answer, and say in its text, and in remarks, what is not."""
    pasted = theirs.get("attachments")
    pasted, kept, remarks = pasted if isinstance(pasted, dict) else {}, {}, []

    @cache                                               # a text can name the same large picture thousands of times
    def is_kept(name: str) -> bool:
        data = pasted.get(name)
        png = text_of(data.get("image/png")) if isinstance(data, dict) else None
        if png and len(kept) < MAX_PICTURES and is_png(png):
            kept[name] = {"image/png": "".join(png.split())}
        return name in kept

    def settled(match: re.Match) -> str:
        if is_kept(match[1]):
            return match[0]
        remarks.append(f"A picture in {grade_id_of(cell)} was left out: {MAX_PICTURES} PNG pictures of at most "
                       f"{MAX_PNG * 3 // 4 / 1e6:g} MB each are kept.")
        return "*(a picture was left out here)*"

    cell["source"] = PASTED.sub(settled, cell["source"])
    if kept:
        cell["attachments"] = kept
    return list(dict.fromkeys(remarks))


def keep_outputs(result: dict, submitted: list[dict]) -> None:
    """Put the student's text and figures under the free cells that were released, marked as the student's own run."""
    by_id = {cell["id"]: cell for cell in submitted if isinstance(cell.get("id"), str)}
    by_place = dict(enumerate(submitted))
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
        return {"output_type": "stream", "name": "stdout", "text": beginning(text)} if keep else None
    if not isinstance(data, dict):
        return None
    kept = {}
    if text := text_of(data.get("text/plain")):
        kept["text/plain"] = beginning(text)
    if (png := text_of(data.get("image/png"))) and is_png(png):
        kept["image/png"] = "".join(png.split())
    return {"output_type": "display_data", "metadata": {}, "data": kept} if kept else None


def beginning(text: str) -> str:
    return "\n".join(text[:MAX_TEXT].split("\n")[:MAX_LINES])


def is_png(text: str) -> bool:
    try:
        data = base64.b64decode("".join(text.split()), validate=True) if len(text) <= MAX_PNG else b""
    except ValueError:
        return False
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR" and 0 < width * height <= MAX_PIXELS
