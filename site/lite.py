"""Build the course for JupyterLite into build/lite/html: python site/lite.py (or make lite).

A student edition as a website whose Python runs in the reader's browser. docs/in_the_browser.md says what it cannot do.
"""
import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from autograder.records.classroom import Classroom  # noqa: E402  (found through the line above)
from autograder.release.edition import make_edition  # noqa: E402
from tito import console  # noqa: E402
from tito.course import Module, available  # noqa: E402
from tito.errors import TitoError  # noqa: E402

FOLDERS = ("notebooks", "tinytorch", "tito", "datasets")      # what notebooks import and read
SETTINGS = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {
    "appName": "TinyTorch", "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": {
        # /drive is where a notebook sees the files; numpy is imported by files, so no cell would make it load
        "loadPyodideOptions": {"env": {"PYTHONPATH": "/drive"}, "packages": ["numpy"]}}}}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "lite", help="default: build/lite")
    try:
        page = build(ROOT, available(ROOT), parser.parse_args().to.absolute())
    except TitoError as error:
        console.problem(str(error))
        return error.exit_code
    html = page.parents[1]
    size = sum(path.stat().st_size for path in html.rglob("*") if path.is_file()) / 1e6
    console.say(f"{page}: {size:.0f} MB. To look at it: python -m http.server --bind 127.0.0.1 --directory {html}")
    return 0


def build(root: Path, modules: list[Module], folder: Path) -> Path:
    """The first page of the website, made anew in folder/html."""
    shutil.rmtree(folder, ignore_errors=True)
    console.say("JupyterLite: the student edition, then the website (half a minute).")
    make_edition(Classroom.at(root, folder / "course"), modules, folder / "edition")
    files, settings = folder / "files", folder / "settings"
    for name in FOLDERS:
        if (folder / "edition" / name).is_dir():
            shutil.copytree(folder / "edition" / name, files / name)
    settings.mkdir()
    (settings / "jupyter-lite.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", settings, "--contents", files,
               "--output-dir", folder / "html", "--apps", "lab", "--no-sourcemaps"]
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise TitoError(f"jupyter lite build failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}. "
                        "pip install -c constraints.txt -e '.[lite]' installs what it needs.")
    return folder / "html" / "lab" / "index.html"


if __name__ == "__main__":
    sys.exit(main())
