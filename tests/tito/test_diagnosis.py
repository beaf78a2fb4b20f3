"""What `tito doctor` finds."""
import tempfile

import pytest

from tests import helpers
from tito.diagnosis import folder_writable, notebooks


@pytest.mark.parametrize("name", ["", "notebooks"])
def test_a_read_only_folder_is_named_and_not_the_file_that_was_tried_in_it(folder, monkeypatch, name):
    real = tempfile.TemporaryFile

    def read_only(dir):
        if dir == folder / name:
            raise PermissionError(13, "Permission denied", str(dir / "tmpx1y2"))
        return real(dir=dir)
    monkeypatch.setattr(tempfile, "TemporaryFile", read_only)
    check = folder_writable(folder)
    assert check.wrong and check.found == f"{folder / name} cannot be written (Permission denied)"


def test_a_notebook_that_was_saved_by_halves_is_named_with_the_copy_that_jupyterlab_keeps(folder):
    assert not notebooks(folder).wrong
    path = helpers.solve(folder, "01_tensor")
    copy = path.parent / ".ipynb_checkpoints/01_tensor-checkpoint.ipynb"
    copy.parent.mkdir()
    copy.write_bytes(path.read_bytes())
    path.write_bytes(copy.read_bytes()[:300])
    check = notebooks(folder)
    assert check.wrong and check.found == "01_tensor.ipynb cannot be read"
    assert f"can be read: {copy}; put it in the place" in check.mend and "Or: tito module reset 01" in check.mend
    copy.write_bytes(path.read_bytes())
    assert "JupyterLab" not in notebooks(folder).mend and "tito module reset 01" in notebooks(folder).mend


def test_a_folder_that_can_be_written_is_said_to_be(folder):
    assert folder_writable(folder).found == f"{folder} is writable"
