"""What is an entry's folder and what is not."""

import os

import pytest

from tests.tito.olympics.entries import entry, write
from tito.errors import TitoError
from tito.olympics.files import MOST_BYTES, baseline, checked, read_entry, size_of


def test_every_file_and_its_name_count_for_the_size(tmp_path):
    files = entry(w_DOT_npz=b"12345")
    write(tmp_path, files)
    (tmp_path / "__pycache__").mkdir()
    assert read_entry(tmp_path) == files
    assert size_of(files) == len(files["entry.py"]) + 5 + len("entry.py") + len("w.npz")


def test_the_baseline_is_an_entry():
    assert checked(baseline()) == baseline()


@pytest.mark.parametrize(
    "name",
    [
        "../out.py",
        "/etc/passwd",
        "a/b.py",
        "..",
        ".hidden",
        "a\nb.py",
        "entry",
        "é.py",
        "con.",
        "a" * 60 + ".py",
        "x.py\n",
    ],
)
def test_names_that_leave_the_folder_or_confuse_are_refused(name):
    with pytest.raises(TitoError, match="no name for a file"):
        checked({**entry(), name: b""})


@pytest.mark.parametrize("first", [b"\x7fELF\x02", b"MZ\x90", b"\xcf\xfa\xed\xfe"])
def test_compiled_code_is_refused_whatever_it_is_called(first):
    with pytest.raises(TitoError, match="fast.npz is compiled code"):
        checked(entry(fast_DOT_npz=first + bytes(9)))


def test_too_much_is_refused(tmp_path):
    with pytest.raises(TitoError, match="at most 16 files"):
        checked({**entry(), **{f"f{i}.txt": b"" for i in range(16)}})
    with pytest.raises(TitoError, match="at most 2 MiB"):
        checked(entry(w_DOT_bin=bytes(MOST_BYTES)))
    write(tmp_path, entry())
    with open(tmp_path / "w.bin", "wb") as file:
        file.truncate(1 << 40)  # a file that says it is a terabyte
    with pytest.raises(TitoError, match="larger than"):
        read_entry(tmp_path)


def test_links_folders_and_pipes_are_refused(tmp_path):
    for number, make in enumerate((lambda p: p.symlink_to("/etc/passwd"), lambda p: p.mkdir(), os.mkfifo)):
        folder = write(tmp_path / str(number), entry())
        make(folder / "w.bin")
        with pytest.raises(TitoError, match="plain files only"):
            read_entry(folder)


def test_a_folder_without_entry_py_or_no_folder_is_told(tmp_path):
    with pytest.raises(TitoError, match="no entry.py"):
        read_entry(tmp_path)
    with pytest.raises(TitoError, match="tito olympics new"):
        read_entry(tmp_path / "none")
    with pytest.raises(TitoError, match="give the folder that holds entry.py"):
        read_entry(write(tmp_path, entry()) / "entry.py")
