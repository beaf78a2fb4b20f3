"""Notebooks as grading reads them: locked cells and answers alone, on real objects in one process."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tito.course import Module, available
from tito.notebooks import read_cells

ROOT = Path(__file__).resolve().parents[1]
GRADED = ("given", "answer", "test")


@pytest.mark.parametrize("module", available(ROOT), ids=lambda module: module.id)
def test_locked_tests_stand_on_locked_cells_and_answers_alone(module: Module, tmp_path):
    """A test that needs an import from a free cell passes here in JupyterLab, and nowhere else."""
    cells = [cell for cell in read_cells(module.notebook(ROOT)) if cell.kind == "code" and cell.role in GRADED]
    script = tmp_path / "graded.py"
    script.write_text("\n\n".join(cell.source for cell in cells), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], cwd=module.notebook(ROOT).parent, env=environment,
                          capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
