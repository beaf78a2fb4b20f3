"""The language that a notebook says it is written in, down to the version of Python.

JupyterLab writes there what the kernel says. Where it was something else, the notebook is marked as not saved, although
nobody has touched it.
"""
import json
from pathlib import Path

from tito.errors import TitoError
from tito.files import write_whole
from tito.notebooks import load


def language_info() -> dict:
    """What a kernel of this Python says."""
    try:
        from ipykernel.ipkernel import IPythonKernel
    except ModuleNotFoundError as error:
        raise TitoError(f"{error.name} is not installed: tito doctor says how to get it.") from None
    return IPythonKernel.language_info


def write_language(path: Path) -> None:
    """Write it into a notebook that says something else."""
    notebook, info = load(path), language_info()
    metadata = notebook.setdefault("metadata", {})
    if metadata.get("language_info") != info:
        metadata["language_info"] = info
        write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
