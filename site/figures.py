"""The milestones' figures, drawn by their own scripts: in full, or in the short version, where that is quick enough."""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from palette import smaller

from tito.errors import TitoError

DRAWN = ("01_1957_perceptron/01", "01_1957_perceptron/02", "02_1969_xor/01", "02_1969_xor/02", "03_1986_mlp/01",
         "04_1998_cnn/01", "05_2017_transformer/03")
SHORT = ("03_1986_mlp/02", "06_2018_mlperf/01", "06_2018_mlperf/02", "06_2018_mlperf/03")          # with --quick
ENCODER = ("05_2017_transformer/05",)                               # reads 83 MB that a fresh clone has not installed
SECONDS = 600
BESIDE = ("datasets", "tinytorch", "tito", "settings.ini")          # what a script finds at home
SHOWN = re.compile(r'stage\.show\("(\w+)"\)')


def scripts(root: Path) -> list[Path]:
    return [next((root / "milestones").glob(f"{start}_*.py")) for start in DRAWN + SHORT]


def part(script: Path) -> str:
    return f"{script.parent.name}/{script.stem[:2]}"


def is_short(script: Path) -> bool:
    return part(script) in SHORT


def left_out(script: Path) -> str:
    """Why a page is without the figures of this script, and which they are."""
    why = "they need a pretrained encoder of 83 MB" if part(script) in ENCODER else "they take minutes of training"
    listed = ", ".join(name.replace("_", " ") for name in names(script))
    return f"Your run draws its figures, which are not on this page, because {why}: {listed}.\n"


def kept(root: Path, script: Path, cache: Path) -> Path:
    """The folder in which the figures of exactly this script, on exactly this package, lie."""
    folders = "*" if is_short(script) else script.parent.name          # 2018 builds on the earlier ones
    sources = [*sorted((root / "milestones").glob(f"{folders}/*.py")), *sorted((root / "tinytorch").glob("*.py"))]
    content = b"".join(path.read_bytes() for path in [script, *sources])
    return cache / f"{script.parent.name}-{script.stem[:2]}-{hashlib.sha256(content).hexdigest()[:16]}"


def draw(root: Path, script: Path, target: Path) -> None:
    """Runs the script in a copy of the milestones: 2018 builds on the earlier ones. What it reaches, tests judge."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        here = Path(scratch, "milestones", script.parent.name)
        shutil.copytree(root / "milestones", here.parent, ignore=shutil.ignore_patterns("results", "__pycache__"))
        for name in BESIDE:
            Path(scratch, name).symlink_to(root / name)
        command = [sys.executable, script.name, *(["--quick"] if is_short(script) else [])]
        run = subprocess.run(command, cwd=here, env={**os.environ, "PYTHONPATH": scratch},
                             capture_output=True, text=True, timeout=SECONDS)
        drawn = {path.stem[3:] for path in (here / "results").glob("*.png")}
        if missing := [name for name in names(script) if name not in drawn]:
            last = (run.stderr.strip() or "no message").splitlines()[-1]
            raise TitoError(f"{script.parent.name}/{script.name} drew no {missing[0]}: {last}")
        for path in (here / "results").glob("*.png"):
            path.write_bytes(smaller(path.read_bytes()))
        (here / "results").rename(target)


def names(script: Path) -> list[str]:
    """What a script draws, in the order of its story."""
    return SHOWN.findall(script.read_text(encoding="utf-8"))
