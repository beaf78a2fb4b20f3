"""An exception of the student's package in one line: what went wrong, where, and which notebook to open."""
import traceback
from pathlib import Path

from tito.course import MODULES

NOTEBOOKS = {module.name: module.id for module in MODULES}


def explain(error: BaseException) -> str:
    """One line about `error`, with the innermost line of the student's package that it came through."""
    said = " ".join(str(error).split())
    if isinstance(error, AttributeError) and said.startswith("tinytorch"):
        return said                            # from tinytorch/__init__.py: it names the notebook itself
    if isinstance(error, ModuleNotFoundError):
        return _missing(error)
    where = _place(error)
    return f"{type(error).__name__}: {said}" + (f" ({where})" if where else "")


def notebook_of(name: str) -> str:
    """The notebook in which a public name of tinytorch is written."""
    import tinytorch

    return tinytorch._HOME[name]


def _missing(error: ModuleNotFoundError) -> str:
    module = (error.name or "").removeprefix("tinytorch.")
    if module in NOTEBOOKS:
        return (f"tinytorch/{module}.py is missing: notebook {NOTEBOOKS[module]} is not complete yet: "
                f"tito module start {NOTEBOOKS[module][:2]}")
    return f"{error.name} is not installed: tito doctor says how to get it"


def _place(error: BaseException) -> str:
    frames = [(frame.filename, frame.lineno, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        frames.append((error.filename or "", error.lineno, error.text))
    for file, number, line in reversed(frames):
        path = Path(file)
        if path.parent.name == "tinytorch" and path.stem in NOTEBOOKS:
            code = (line or "").strip()
            return f"tinytorch/{path.name}, line {number}: {code}: see notebook {NOTEBOOKS[path.stem]}"
    return ""
