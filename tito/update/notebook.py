"""A student's notebook on a new release: the released cells as they are now, and everything that is the student's."""
import hashlib
from dataclasses import dataclass, field

from tito.handed_in import grade_id_of, settle, source_of
from tito.notebooks import role_of

ANSWERS = ("answer", "written")


@dataclass
class Merged:
    notebook: dict
    answers: int = 0                                       # answers taken over
    reworded: list[str] = field(default_factory=list)      # answered exercises whose released text has changed
    retired: list[str] = field(default_factory=list)       # answers whose exercise is gone: kept as cells of one's own


def merge(student: dict, old: dict, new: dict) -> Merged:
    """Put what the student wrote into the new release; `old` is the release that it was written in.

    The student's are: answers, changed cells without a lock, and cells that no release had, which stay behind the cell
    that they followed. Merging once more changes nothing.
    """
    of_student = student.get("metadata", {})
    language = {key: of_student[key] for key in ("language_info",) if key in of_student}     # the Python of theirs
    merged = Merged({**new, "metadata": {**of_student, **new.get("metadata", {}), **language}})
    before, now = _by_key(old), _by_key(new)
    texts = {source_of(cell) for cell in [*old["cells"], *new["cells"]]}
    placed: dict[str, dict] = {}
    own: dict[str | None, list[dict]] = {None: []}
    anchor = None
    for cell in settle(student["cells"], old["cells"])[0]:
        key = _key(cell)
        released = now.get(key)
        changed = _words(cell) not in [_words(known[key]) for known in (before, now) if key in known]
        if released and key not in placed:
            anchor, role = key, _role(released)
            placed[key] = _with_results(released, cell)
            if role in ANSWERS and changed:
                placed[key] = {**cell, "metadata": released["metadata"]}
                merged.answers += 1
                if key in before and _words(before[key]) != _words(released) and _tier(old) == _tier(new):
                    merged.reworded.append(grade_id_of(released))
            elif role == "free" and changed and _words(before.get(key, released)) == _words(released):
                placed[key] = cell
            elif role == "free" and changed:
                own.setdefault(anchor, []).append(_as_own(cell))
        elif released or key not in before and (key or source_of(cell) not in texts):
            own.setdefault(anchor, []).append(_with_own_id(cell, now))
        elif key in before and changed and _role(before[key]) in (*ANSWERS, "free"):
            own.setdefault(anchor, []).append(_as_own(cell))
            if _role(before[key]) in ANSWERS:
                merged.retired.append(grade_id_of(cell))
    cells = list(own[None])
    for key, cell in now.items():
        cells += [placed.get(key, cell), *own.get(key, [])]
    merged.notebook["cells"] = cells
    return merged


def _key(cell: dict) -> str | None:
    """What names a cell in every release: its grade_id, or its cell id."""
    name = grade_id_of(cell)
    return f"graded {name}" if name else f"cell {cell['id']}" if isinstance(cell.get("id"), str) else None


def _by_key(notebook: dict) -> dict[str, dict]:
    return {_key(cell) or f"place {place}": cell for place, cell in enumerate(notebook["cells"])}


def _tier(notebook: dict) -> str | None:
    """Which edition it is: stubs of another one read differently, and ask for the same."""
    return notebook.get("metadata", {}).get("tinytorch", {}).get("tier")


def _role(cell: dict) -> str:
    return role_of(cell["metadata"].get("nbgrader", {}))


def _words(cell: dict) -> list[str]:
    return (source_of(cell) or "").split()


def _with_results(released: dict, cell: dict) -> dict:
    """The released cell, with the outputs that it had where its text is the same."""
    if source_of(released) != source_of(cell) or released["cell_type"] != cell["cell_type"]:
        return released
    return {**released, **{name: cell[name] for name in ("outputs", "execution_count") if name in cell}}


def _as_own(cell: dict) -> dict:
    """The cell as the student's own: without a grader's metadata, under an id that follows from its text."""
    metadata = {name: value for name, value in cell.get("metadata", {}).items() if name != "nbgrader"}
    return {**cell, "metadata": metadata, "id": f"own-{hashlib.sha256(repr(_words(cell)).encode()).hexdigest()[:12]}"}


def _with_own_id(cell: dict, now: dict) -> dict:
    """The cell; under another id where the release has this one."""
    taken = {released.get("id") for released in now.values()}
    return {**cell, "id": _as_own(cell)["id"]} if cell.get("id") in taken else cell
