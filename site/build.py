"""Build the website into build/site/html: python site/build.py (or make site).

Notebooks and milestones run once for each of their versions; what they print and draw is kept in build/site/runs.
"""
import argparse
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

from pages import write_pages  # noqa: E402  (found through the lines above)
from runs import run_all  # noqa: E402

from autograder.release.leaks import find_leaks, secrets  # noqa: E402
from tito.course import available  # noqa: E402

FETCHED = re.compile(r"""<(?:script|img|iframe|source|link(?![^>]*rel="(?:canonical|prev|next)"))[^>]*"""
                     r"""(?:src|href)=["'](?:https?:)?//""")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "site", help="default: build/site")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="notebooks that run at a time")
    chosen = parser.parse_args()
    source, target = chosen.to / "source", chosen.to / "html"
    shutil.rmtree(source, ignore_errors=True)
    run_all(ROOT, available(ROOT), chosen.to / "runs", chosen.workers)
    write_pages(ROOT, chosen.to / "runs", source)
    shutil.copytree(ROOT / "site" / "static", source / "static")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", str(chosen.workers),
               "-c", str(ROOT / "site"), "-d", str(chosen.to / "doctrees"), str(source), str(target)]
    if failed := subprocess.run(command).returncode:
        return failed
    problems = what_is_wrong(target)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{target / 'index.html'}: {len(list(target.rglob('*.html')))} pages, "
          f"{sum(path.stat().st_size for path in target.rglob('*') if path.is_file()) / 1e6:.1f} MB")
    return 1 if problems else 0


def what_is_wrong(site: Path) -> list[str]:
    """Lines of solutions or hidden tests, and what a page would fetch from elsewhere."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for page in site.rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            found += [f"{page}: fetches {match[0]}" for match in FETCHED.finditer(text)]
            plain = Path(folder, page.relative_to(site)).with_suffix(".txt")
            plain.parent.mkdir(parents=True, exist_ok=True)
            plain.write_text(html.unescape(re.sub(r"<[^>]*>", "", text)), encoding="utf-8")
        shutil.copy(site / "searchindex.js", folder)
        return found + [f"a line that students must not see: {leak}"
                        for leak in find_leaks(Path(folder), secrets(ROOT))]


if __name__ == "__main__":
    sys.exit(main())
