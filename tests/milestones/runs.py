"""What the tests of all milestones do: run a copied script, spoil a file, read what came of it."""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(folder, script, option="--quick", **environment):
    """The script in folder/milestone, on folder/tinytorch, on a terminal that knows ASCII only."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "PYTHONIOENCODING": "ascii",
                   **environment}
    options = [option] if option else []
    return subprocess.run([sys.executable, script, *options], cwd=folder / "milestone", env=environment,
                          capture_output=True, text=True, encoding="utf-8")


def replace(path, old, new):
    """Spoil a file; fails when there is not exactly one place to spoil."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def assert_stops(done, *words):
    """Exit code 1, one line on standard error with these words, no traceback, no verdict."""
    assert done.returncode == 1, done.stdout + done.stderr
    message = done.stderr.strip()
    assert "\n" not in message and "Traceback" not in message, message
    assert "expected result" not in done.stdout
    for word in words:
        assert word in message, message


def reaches_its_result(folder, script, figures, *words):
    """Run it: these words, so many figures, named from the course folder, the result. Gives what it printed."""
    done = run(folder, script)
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("The expected result is reached.", *words):
        assert word in done.stdout
    names = re.findall(r"figure: (\S+)", done.stdout)
    assert len(names) == figures
    assert all((folder.parent / name).read_bytes().startswith(b"\x89PNG") for name in names)
    return done.stdout
