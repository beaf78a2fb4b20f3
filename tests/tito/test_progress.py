"""The record of progress survives damage, and nothing is overwritten without a copy."""
import json
import os

import pytest

from tests import helpers
from tito.course import MILESTONES, MODULES
from tito.errors import TitoError
from tito.files import keep_copy, unused, writable, write_whole
from tito.progress import Progress

TENSOR, ACTIVATIONS = MODULES[:2]


def test_what_is_recorded_is_read_back(folder):
    (folder / "tinytorch/tensor.py").touch()
    Progress(folder).record(TENSOR, "completed")
    assert Progress(folder).completed(TENSOR) and not Progress(folder).completed(ACTIVATIONS)
    assert json.loads((folder / ".tito/progress.json").read_text())["modules"]["01_tensor"]["completed"]


@pytest.mark.parametrize("damage", [b"{", b"\xff\xfe", b"[]", b'{"modules": 3}', b'{"milestones": {"x": []}}'])
def test_a_damaged_record_is_moved_aside_with_a_word(folder, capsys, damage):
    (folder / ".tito").mkdir()
    (folder / ".tito/progress.json").write_bytes(damage)
    assert not Progress(folder).completed(TENSOR)
    kept = list((folder / ".tito").glob("progress-damaged-*.json"))
    assert [file.read_bytes() for file in kept] == [damage]
    assert kept[0].name in capsys.readouterr().err


def test_an_interrupted_write_leaves_the_old_file(folder, monkeypatch):
    target = folder / "file"
    write_whole(target, "old")

    def interrupted(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(target, "new")
    assert target.read_text() == "old" and not list(folder.glob(".file.*"))


@pytest.mark.parametrize(("name", "kind"), [("made", IsADirectoryError), ("file/x/page.html", NotADirectoryError),
                                          ("file/page.html", (FileExistsError, NotADirectoryError))])
def test_a_place_that_cannot_be_written_is_named_as_it_was_given(tmp_path, name, kind):
    (tmp_path / "made").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(kind) as refused:
        write_whole(tmp_path / name, "new")
    assert refused.value.filename == str(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "made"]


def test_a_read_only_place_is_named_as_it_was_given(tmp_path, monkeypatch):
    def read_only(name, *_, **__):
        raise PermissionError(13, "Permission denied", str(name))
    monkeypatch.setattr("builtins.open", read_only)
    with pytest.raises(PermissionError) as refused:
        write_whole(tmp_path / "page.html", "new")
    assert refused.value.filename == str(tmp_path / "page.html")


def test_whether_a_folder_can_be_written_is_known_before_it_is_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    assert writable(tmp_path / "a" / "b") == tmp_path / "a" / "b" and not (tmp_path / "a").exists()
    with pytest.raises(NotADirectoryError) as refused:
        writable(tmp_path / "file" / "claims")
    assert refused.value.filename == str(tmp_path / "file" / "claims")
    monkeypatch.setattr(os, "access", lambda place, mode: place != tmp_path)
    with pytest.raises(PermissionError):
        writable(tmp_path / "a")


def test_two_copies_in_one_second_are_both_kept(folder):
    file = folder / "tinytorch/tensor.py"
    file.write_text("one")
    first = keep_copy(folder, file)
    file.write_text("two")
    second = keep_copy(folder, file)
    assert (first.read_text(), second.read_text()) == ("one", "two")


def test_without_room_for_a_copy_nothing_is_replaced(folder, monkeypatch):
    def read_only(*_):
        raise PermissionError(13, "Permission denied")
    monkeypatch.setattr("shutil.copy2", read_only)
    (folder / "tinytorch/tensor.py").write_text("mine")
    with pytest.raises(TitoError, match="left as it is"):
        keep_copy(folder, folder / "tinytorch/tensor.py")


def test_unused_never_names_an_existing_file(tmp_path):
    for _ in range(3):
        unused(tmp_path / "a.zip").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.zip", "a-3.zip", "a.zip"]


def test_a_milestone_waits_for_all_modules_before_it(folder):
    progress = Progress(folder)
    for module in MODULES[:3]:
        module.exported(folder).touch()
    assert [module.id for module in progress.missing_for(MILESTONES[0])] == ["04_losses"]
    assert progress.unlocked_by(MODULES[2]) == []
    MODULES[3].exported(folder).touch()
    assert progress.unlocked_by(MODULES[3]) == [MILESTONES[0]]


def test_complete_and_then_deleted_is_to_be_completed_again(folder):
    progress = Progress(folder)
    progress.record(TENSOR, "completed")
    assert not progress.completed(TENSOR) and progress.next_module() == TENSOR


def test_in_the_instructors_repository_exported_is_complete(course):
    assert not Progress(course).completed(TENSOR)
    (course / "tinytorch/tensor.py").touch()
    assert Progress(course).completed(TENSOR)


def test_in_a_students_folder_a_file_alone_is_not_and_that_is_said(folder):
    progress = Progress(folder)
    assert progress.not_made_here(MODULES) == "" and progress.advice() == "Next: tito module start 01 (tensor)"
    (folder / "tinytorch/tensor.py").touch()
    assert not progress.completed(TENSOR)
    assert progress.not_made_here(MODULES) == "tinytorch/tensor.py is here, but not completed from your notebook"
    assert progress.advice().startswith("Next: tito module complete 01 (tinytorch/tensor.py is here, but not completed")
    (folder / "tinytorch/activations.py").touch()
    assert progress.not_made_here(MODULES).startswith("tinytorch/tensor.py, tinytorch/activations.py are here, but not")
    progress.record(TENSOR, "completed")
    assert progress.not_made_here([TENSOR]) == ""
    assert helpers.NOTEBOOKS.keys() == {"01_tensor", "02_activations"}
