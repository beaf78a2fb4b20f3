"""An exception of the student's package in one line: what went wrong, where, and which notebook to open."""
import traceback
from pathlib import Path

from tito.course import MODULES
from tito.installation import not_installed

NOTEBOOKS = {module.name: module.id for module in MODULES}


def explain(error: BaseException) -> str:
    """One line about `error`, with the line of the student's package that it comes from."""
    said = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    if isinstance(error, ModuleNotFoundError):
        return _missing(error)
    if is_missing(error):
        return said                            # from tinytorch/__init__.py: it names the notebook itself
    where = _place(error)
    return type(error).__name__ + (f": {said}" if said else "") + (f" ({where})" if where else "")


def is_missing(error: BaseException) -> bool:
    """Is a module not there at all, rather than wrong?"""
    return isinstance(error, ModuleNotFoundError) \
        or isinstance(error, AttributeError) and str(error).startswith("tinytorch")


def notebook_of(name: str) -> str:
    """The notebook in which a public name of tinytorch is written."""
    import tinytorch

    return tinytorch._HOME[name]


def _missing(error: ModuleNotFoundError) -> str:
    module = (error.name or "").removeprefix("tinytorch.")
    if module in NOTEBOOKS:
        return (f"tinytorch/{module}.py is missing: notebook {NOTEBOOKS[module]} is not complete yet: "
                f"tito module start {NOTEBOOKS[module][:2]}")
    return not_installed(error.name or "")


def _place(error: BaseException) -> str:
    frames = [(frame.filename, frame.lineno, frame.line) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        frames = [(error.filename or "", error.lineno, error.text)]
    ours = [(path.stem, number, line) for path, number, line in ((Path(file), *rest) for file, *rest in frames)
            if path.parent.name == "tinytorch" and path.stem in NOTEBOOKS]
    if not ours:
        return ""
    # The first module on the way was called wrongly or is wrong; what it calls (a Tensor's operations) only complains.
    module = ours[0][0]
    number, line = [(number, line) for name, number, line in ours if name == module][-1]
    return f"tinytorch/{module}.py, line {number}: {(line or '').strip()}: see notebook {NOTEBOOKS[module]}"
