"""Build the website into build/site/html: python site/build.py (or make site).

Notebooks and milestones run once for each of their versions; what they print and draw is kept in build/site/runs.
"""
import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

from browse import browse  # noqa: E402  (found through the lines above)
from check import what_is_wrong  # noqa: E402
from excerpts import write_texts  # noqa: E402
from outputs import run_all  # noqa: E402
from pages import write_pages  # noqa: E402

from tito import console  # noqa: E402
from tito.course import available  # noqa: E402
from tito.errors import TitoError  # noqa: E402


def main() -> int:
    try:
        return build()
    except TitoError as error:
        console.problem(str(error))
        return error.exit_code


def build() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="notebooks that run at a time")
    chosen = parser.parse_args()
    source, target = chosen.to / "source", chosen.to / "html"
    shutil.rmtree(source, ignore_errors=True)
    os.environ["PYTHONPATH"] = str(ROOT)         # kernels import this package, wherever another is installed
    run_all(ROOT, available(ROOT), chosen.to / "runs", chosen.workers)
    write_pages(ROOT, chosen.to / "runs", source)
    shutil.copytree(ROOT / "site" / "static", source / "static")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", str(chosen.workers),
               "-c", str(ROOT / "site"), "-d", str(chosen.to / "doctrees"), str(source), str(target)]
    if failed := subprocess.run(command).returncode:
        return failed
    write_texts(target)
    problems = what_is_wrong(target, ROOT)
    if shutil.which("chromium"):
        pages = len(list(target.rglob("*.html")))
        with console.progress(pages, "opening") as advance:
            problems += browse(target, advance)
    else:
        print("chromium is not installed: the pages were not opened in a browser")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{target / 'index.html'}: {len(list(target.rglob('*.html')))} pages, "
          f"{sum(path.stat().st_size for path in target.rglob('*') if path.is_file()) / 1e6:.1f} MB")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
