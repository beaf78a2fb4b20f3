"""A submission is never trusted: what is graded is the released notebook with the student's answers put into it.

Taken from the student: the source of each known answer cell, exactly one each, and for people who grade the written
answers PNG pictures pasted into these, and the text and PNG outputs of free cells. Nothing else: no metadata, no other
cells, no other outputs.
"""
import copy
import hashlib

from autograder.collect.figures import keep_outputs, keep_pictures
from autograder.release.tiers import as_in_release
from tito.errors import TitoError
from tito.handed_in import grade_id_of, parse, settle, source_of, the_answer
from tito.notebooks import TEXT_STUB, cells_of, is_exported

MAX_REMARKS = 20


def rebuild(release: dict, raw: bytes) -> tuple[dict, list[str]]:
    """The released notebook with the student's answers, and remarks for student and instructor.

    A deleted, ambiguous or oversized answer leaves the released stub and costs its own points.
    Raises TitoError when nothing in the file belongs to this module.
    """
    submitted = parse(raw)
    since = release["metadata"].get("tinytorch", {})
    cells = as_in_release(with_new_names(submitted["cells"], since.get("renamed", {})), release)
    cells, remarks = settle(cells, release["cells"])
    by_id: dict[str, list[dict]] = {}
    for cell in cells:
        if grade_id := grade_id_of(cell):
            by_id.setdefault(grade_id, []).append(cell)

    result, known, put_back, added = copy.deepcopy(release), 0, [], since.get("added", [])
    for cell, info in zip(result["cells"], cells_of(release), strict=True):
        found = by_id.get(info.grade_id, [])
        if info.role in ("answer", "written"):
            known += bool(found)
            answer, remark = the_answer(info.grade_id, found)
            if answer is None:
                remarks += [remark] if found or info.grade_id not in added else []
                continue
            cell["source"] = answer if not info.exported or is_exported(answer) else f"#| export\n{answer}"
            if info.role == "written":
                remarks += keep_pictures(cell, found[0])
                keep_question(cell, info.source)
        elif info.role != "free" and not all_as_released(found, info.source) and (found or info.grade_id not in added):
            put_back.append(info.grade_id)
    if not known:
        raise TitoError("none of its answer cells belongs to this module: is it a notebook of another module?")
    if put_back:
        remarks.append(f"Read-only cells that were changed or deleted were put back: {', '.join(put_back)}.")
    keep_outputs(result, cells)
    return result, remarks[:MAX_REMARKS]


def keep_question(cell: dict, released: str) -> None:
    """Note the released question beside an answer that does not begin with it: who reads the answer is shown both."""
    question = released.partition(TEXT_STUB)[0].strip()
    if not " ".join(cell["source"].split()).startswith(" ".join(question.split())):
        cell["metadata"]["tinytorch"] = {"question": question}


def with_new_names(cells: list[dict], renamed: dict[str, str]) -> list[dict]:
    """Cells under the names that they have had since the student got them; renamed: old name -> new name."""
    return [{**cell, "metadata": {**cell["metadata"], "nbgrader": {**cell["metadata"]["nbgrader"],
                                                                   "grade_id": renamed[grade_id_of(cell)]}}}
            if grade_id_of(cell) in renamed else cell for cell in cells]


def all_as_released(found: list[dict], source: str) -> bool:
    """Whether a read-only cell stands there once, as it is released now or was when the student got it."""
    return len(found) == 1 and (lines_of(found[0]) == source.splitlines() or is_of_an_older_release(found[0]))


def is_of_an_older_release(cell: dict) -> bool:
    """Whether the text still has the checksum that nbgrader gave it: then it was the course that has changed since.

    Anybody can write such a checksum; it decides about a remark, and the cell is put back in any case.
    """
    try:
        return cell["metadata"]["nbgrader"]["checksum"] == checksum(cell)
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


def checksum(cell: dict) -> str:
    """What nbgrader's `compute_checksum` gives. Here, because a worker that imports nbgrader starts seconds later."""
    info = cell["metadata"]["nbgrader"]
    grade, solution = info.get("grade", False), info.get("solution", False)
    locked = not solution and (bool(grade) or info.get("locked", False))
    points = str(float(info["points"])) if grade else ""
    parts = source_of(cell), cell["cell_type"], str(grade), str(solution), str(locked), info["grade_id"], points
    return hashlib.md5("".join(parts).encode()).hexdigest()


def lines_of(cell: dict) -> list[str] | None:
    source = source_of(cell)
    return None if source is None else source.splitlines()       # an editor on Windows changes the line ends
