"""A milestone and the package under it, copied so that a test can spoil them."""
import shutil

import pytest

pytest.register_assert_rewrite("runs")

from runs import ROOT  # noqa: E402


@pytest.fixture
def copy(tmp_path, request):
    """The test module's FOLDER, the package and its small data set, as a course folder has them."""
    ignored = shutil.ignore_patterns("results", "__pycache__", ".ipynb_checkpoints")
    for source, name in ((request.module.FOLDER, "milestone"), (ROOT / "tinytorch", "tinytorch"),
                         (ROOT / "datasets", "datasets")):
        shutil.copytree(source, tmp_path / name, ignore=ignored)
    return tmp_path
