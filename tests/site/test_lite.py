"""The course as a JupyterLite website: it holds the student edition's files, and nothing that students must not see."""
import json
import sys

import pytest

from autograder.release.leaks import find_leaks, secrets
from tests.autograder.small_class import TENSOR, small_class
from tests.helpers import REPOSITORY

for module in ("jupyterlite_core", "jupyterlite_pyodide_kernel"):
    pytest.importorskip(module, reason="make lite installs it: the extra lite")
sys.path.insert(0, str(REPOSITORY / "site"))

import lite  # noqa: E402  (found through the line above)


@pytest.mark.long
def test_it_builds_from_a_student_edition_and_gives_nothing_away(tmp_path):
    root = small_class(tmp_path).root
    page = lite.build(root, [TENSOR], tmp_path / "lite")
    html = page.parent.parent
    assert page.is_file() and "<script" in page.read_text(encoding="utf-8")
    files = {path.relative_to(html / "files").as_posix() for path in (html / "files").rglob("*") if path.is_file()}
    assert files == {"notebooks/01_tensor/01_tensor.ipynb", "tinytorch/__init__.py"}
    listed = json.loads((html / "api/contents/notebooks/01_tensor/all.json").read_text(encoding="utf-8"))["content"]
    assert [entry["name"] for entry in listed] == ["01_tensor.ipynb"], "the file browser shows it"
    options = json.loads((html / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    kernel = options["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]["loadPyodideOptions"]
    assert kernel["env"] == {"PYTHONPATH": "/drive"} and kernel["packages"] == ["numpy"]
    assert find_leaks(html, secrets(root)) == []
