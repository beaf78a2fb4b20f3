"""What `tito doctor` finds."""
import tempfile

import pytest

from tito.diagnosis import folder_writable


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


def test_a_folder_that_can_be_written_is_said_to_be(folder):
    assert folder_writable(folder).found == f"{folder} is writable"
