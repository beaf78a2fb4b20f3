"""What runs before the pages are written: the modules' notebooks and the milestones' scripts, several at a time.

A module's page shows the released cells, with what they print and draw once they are solved.
"""
import hashlib
import json
import re
import tempfile
from base64 import b64decode, b64encode
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import figures
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from palette import smaller

from autograder.records.classroom import Classroom
from autograder.release.notebook import release_text
from tito import console
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole

SECONDS = 300                     # for one cell
SHOWN = ("text/plain", "image/png")
BESIDE = ("datasets", "milestones", "settings.ini", "tinytorch")      # what a notebook finds at home, two folders up
FOLDER = re.compile(re.escape(tempfile.gettempdir()) + r"/[\w-]+")       # of this run alone
WARNING = re.compile(r"^.*?:\d+: (\w*Warning: .*)$", re.MULTILINE)


def run_all(root: Path, modules: list[Module], cache: Path, workers: int) -> None:
    """Runs what the cache does not hold."""
    cache.mkdir(parents=True, exist_ok=True)
    # the longest first, so that no worker is left alone with it at the end
    jobs = [(run, module.notebook(root), kept(root, module, cache)) for module in reversed(modules)]
    jobs += [(figures.draw, root, script, figures.kept(root, script, cache)) for script in figures.scripts(root)]
    missing = [job for job in jobs if not job[-1].exists()]
    with ProcessPoolExecutor(workers) as pool, console.progress(len(missing), "running") as advance:
        for job, done in [(job, pool.submit(*job)) for job in missing]:
            done.result()
            advance(job[-1].stem)


def kept(root: Path, module: Module, cache: Path) -> Path:
    """Where the outputs of exactly this notebook, on exactly this package, lie."""
    package = sorted((root / "tinytorch").glob("*.py"))
    content = b"".join(path.read_bytes() for path in [module.notebook(root), *package])
    return cache / f"{module.id}-{hashlib.sha256(content).hexdigest()[:16]}.json"


def run(notebook: Path, target: Path) -> None:
    """Runs a reference notebook in a folder of its own, and keeps every cell's outputs by the cell's id."""
    node = nbformat.read(notebook, as_version=4)
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch, "notebooks", notebook.stem)
        here.mkdir(parents=True)
        for name in BESIDE:
            Path(scratch, name).symlink_to(notebook.parents[2] / name)
        try:
            NotebookClient(node, timeout=SECONDS, resources={"metadata": {"path": str(here)}},
                           extra_arguments=["--IPKernelApp.log_level=ERROR"]).execute()
        except CellExecutionError as error:
            raise TitoError(f"{notebook.name} does not run: {error.ename}: {error.evalue}") from None
    outputs = {cell.id: shown(cell.outputs) for cell in node.cells if cell.cell_type == "code"}
    write_whole(target, json.dumps(outputs))


def shown(outputs: list) -> list:
    """Text and pictures. HTML would bring scripts and styles of its own.

    Of standard error the warnings' own words: with a warning Python shows the line that caused it, often a solution's.
    """
    for output in outputs:
        if output.get("name") == "stderr":
            output.text = "\n".join(WARNING.findall(output.text))
        if "text" in output:
            output.text = FOLDER.sub("somewhere", output.text)
        if "data" in output:
            output.data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
            if "image/png" in output.data:
                output.data.pop("text/plain", None)           # <Figure size 640x480>
                output.data["image/png"] = b64encode(smaller(b64decode(output.data["image/png"]))).decode("ascii")
            if "text/plain" in output.data:
                output.data["text/plain"] = FOLDER.sub("somewhere", output.data["text/plain"])
    return [output for output in outputs if output.get("data") or output.get("text")]


def page(root: Path, module: Module, cache: Path) -> nbformat.NotebookNode:
    known = json.loads(kept(root, module, cache).read_text(encoding="utf-8"))
    # Only the text is asked for: neither course folder nor gradebook is touched
    released = nbformat.reads(release_text(Classroom.at(root), module), as_version=4)
    for cell in released.cells:
        if cell.cell_type == "code":
            cell.outputs = nbformat.from_dict(known[cell.id])
    return released
