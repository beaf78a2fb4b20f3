"""What is handed in decides nothing but its own student's submission: names, folders, dates and sizes."""
import os
import zipfile
from datetime import UTC, datetime

import pytest

from autograder.collect import exchange, zips
from autograder.collect import take_in as collecting
from autograder.collect.candidates import by_disk
from tests.autograder.inbox import (
    NAME,
    answering,
    collect,
    from_exchange,
    of_another,
    put,
    put_tree,
    put_zip,
    taken,
    zipped,
)
from tito.errors import TitoError
from tito.student_id import student_id

# Who handed in

def test_a_zip_in_a_folder_speaks_for_nobody_but_the_student_in_its_own_name(classroom, inbox):
    mine, other = answering(classroom, "mine = 1"), answering(classroom, "other = 2")
    put_tree(inbox, "ada", mine)
    put(inbox / "mallory.zip", zipped({f"ada/01_tensor/{NAME}": other, "ada-01_tensor.zip": zipped({NAME: other}),
                                       f"zoe/01_tensor/{NAME}": other}))
    put(inbox / "mallory" / "ada-01_tensor.zip", zipped({NAME: other}))
    put(inbox / "mallory" / "01_tensor" / "ada-01_tensor.zip", zipped({NAME: other}))
    put_tree(inbox, "mallory", other)
    result = collect(classroom, inbox)
    assert result.new == ["ada", "mallory"] and "mine = 1" in taken(classroom, "ada")
    assert [line for line in result.rejected if line.startswith("mallory.zip: ") and "--from" in line]


def test_in_a_zip_of_the_class_a_file_inside_a_students_folder_speaks_for_that_student_only(classroom, tmp_path):
    mine, other = answering(classroom, "mine = 1"), answering(classroom, "other = 2")
    put(tmp_path / "class.zip", zipped({
        f"ada/01_tensor/{NAME}": mine, f"mallory/01_tensor/{NAME}": other,
        "mallory/blaise-01_tensor.zip": zipped({NAME: other}), f"mallory/01_tensor/zoe/01_tensor/{NAME}": other}))
    result = collect(classroom, tmp_path / "class.zip")
    assert result.new == ["ada", "mallory"]
    assert [line.split(": ")[0] for line in result.rejected] == ["mallory/blaise-01_tensor.zip",
                                                                 f"mallory/01_tensor/zoe/01_tensor/{NAME}"]


@pytest.mark.parametrize("entries", [["mallory/ada-01_tensor.zip"], [f"mallory/ada/01_tensor/{NAME}"]])
def test_one_folder_around_everything_is_a_student_unless_it_has_the_zips_own_name(classroom, tmp_path, entries):
    other = answering(classroom, "other = 2")
    content = zipped({name: zipped({NAME: other}) if name.endswith("zip") else other for name in entries})
    assert collect(classroom, put(tmp_path / "downloads.zip", content)).new == []
    assert collect(classroom, put(tmp_path / "mallory.zip", content)).new == ["ada"]


@pytest.mark.parametrize("first", ["ada", "zoe\u0308", "zo\u00eb"])
def test_of_two_sources_for_one_student_neither_is_taken(classroom, inbox, first):
    put_tree(inbox, first, answering(classroom, "older = 0"), day=1)
    collect(classroom, inbox)
    put_tree(inbox, first, answering(classroom, "first = 1"), day=2)
    again = "zo\u00eb" if first.startswith("z") else first
    put_zip(inbox, again, answering(classroom, "second = 2"), day=3)
    result = collect(classroom, inbox)
    assert (result.new, result.replaced, len(result.rejected)) == ([], [], 1)
    assert f"01_tensor/{NAME}" in result.rejected[0] and f"{again}-01_tensor.zip" in result.rejected[0]
    assert "older = 0" in taken(classroom, again)


def test_two_files_of_one_name_in_a_zip_of_the_class_are_two_sources(classroom, tmp_path):
    put(tmp_path / "class.zip", zipped({f"ada/01_tensor/{NAME}": answering(classroom, "first = 1"),
                                        "ada-01_tensor.zip": zipped({NAME: answering(classroom, "second = 2")})}))
    result = collect(classroom, tmp_path / "class.zip")
    assert result.new == [] and len(result.rejected) == 1


# Which attempt counts

def test_each_replacement_is_named_and_the_old_one_kept(classroom, inbox):
    put_zip(inbox, "ada", answering(classroom, "first = 1"), day=1)
    collect(classroom, inbox)
    put_zip(inbox, "ada", answering(classroom, "second = 2"), day=2)
    result = collect(classroom, inbox)
    kept, = (classroom.folder / "replaced" / "ada" / "01_tensor").iterdir()
    assert result.replaced == ["ada"] and "first = 1" in kept.read_text()
    assert [line for line in result.remarks if line.startswith("ada: ") and kept.name in line]


@pytest.mark.parametrize("form", [put_zip, put_tree])
def test_an_older_attempt_never_replaces_a_newer_one(classroom, tmp_path, form):
    last_week, this_week = tmp_path / "last", tmp_path / "this"
    form(last_week, "ada", answering(classroom, "older = 1"), day=1)
    form(this_week, "ada", answering(classroom, "newer = 2"), day=8)
    collect(classroom, this_week)
    for _ in range(2):
        result = collect(classroom, last_week)
        assert (result.replaced, result.unchanged) == ([], ["ada"]) and "newer = 2" in taken(classroom, "ada")
        assert [line for line in result.remarks if line.startswith("ada: ") and "older" in line]


def test_last_weeks_zip_of_the_class_never_replaces_a_newer_attempt(classroom, tmp_path):
    last = put(tmp_path / "last.zip", zipped({f"ada/01_tensor/{NAME}": answering(classroom, "older = 1")}), day=1)
    put_tree(tmp_path / "this", "ada", answering(classroom, "newer = 2"), day=8)
    collect(classroom, tmp_path / "this")
    assert collect(classroom, last).replaced == [] and "newer = 2" in taken(classroom, "ada")


def test_an_attempt_that_was_replaced_does_not_come_back_whatever_its_date(classroom, inbox):
    first, second = answering(classroom, "first = 1"), answering(classroom, "second = 2")
    for day, attempt in enumerate([first, second], start=1):
        put_zip(inbox, "ada", attempt, day)
        collect(classroom, inbox)
    put_zip(inbox, "ada", first, day=9)                        # last week's folder, copied today
    result = collect(classroom, inbox)
    assert (result.replaced, result.unchanged) == ([], ["ada"]) and "second = 2" in taken(classroom, "ada")
    kept, = (classroom.folder / "replaced" / "ada" / "01_tensor").iterdir()
    assert [line for line in result.remarks if line.startswith("ada: ") and kept.name in line]


def test_times_inside_a_students_zip_are_not_believed(classroom, inbox):
    put_zip(inbox, "ada", answering(classroom, "newer = 2"), day=8)
    collect(classroom, inbox)
    claimed = zipfile.ZipInfo(NAME, (2099, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(inbox / "ada-01_tensor.zip", "w") as archive:
        archive.writestr(claimed, answering(classroom, "older = 1"))
    put(inbox / "ada-01_tensor.zip", (inbox / "ada-01_tensor.zip").read_bytes(), day=1)
    assert collect(classroom, inbox).replaced == [] and "newer = 2" in taken(classroom, "ada")


@pytest.mark.parametrize("seconds", [-1e18, 0, 1e12, 1e18])
def test_every_date_that_a_file_system_can_hold_is_a_time(seconds):
    assert datetime(1970, 1, 1, tzinfo=UTC) <= by_disk(seconds) <= datetime.now(UTC)


def test_a_file_from_the_future_does_not_stand_for_ever(classroom, inbox):
    path = put_zip(inbox, "ada", answering(classroom, "first = 1"))
    os.utime(path, (4e9, 4e9))
    collect(classroom, inbox)
    path = put_zip(inbox, "ada", answering(classroom, "second = 2"))
    os.utime(path)
    assert collect(classroom, inbox).replaced == ["ada"]


def test_a_folder_in_the_exchange_that_belongs_to_somebody_else_hides_nothing(classroom, inbound, monkeypatch):
    put(inbound / "ada+01_tensor+2026-01-01+a" / NAME, answering(classroom, "mine = 1"))
    foreign = put(inbound / "ada+01_tensor+2026-01-02+b" / NAME, answering(classroom, "other = 2")).parent
    check, number = exchange.check_owner, foreign.stat().st_ino
    monkeypatch.setattr(exchange, "check_owner", lambda student, status:
                        check(student, of_another(status) if status.st_ino == number else status))
    result = from_exchange(classroom)
    assert result.new == ["ada"] and "mine = 1" in taken(classroom, "ada")
    assert len(result.rejected) == 1 and "ada+01_tensor+2026-01-02+b" in result.rejected[0]


# Sizes

def test_what_one_zip_may_unpack_to_is_limited_and_so_is_the_whole_run(classroom, inbox, monkeypatch):
    monkeypatch.setattr(zips, "MAX_UNPACKED", 1_000_000)
    for number in range(5):
        put(inbox / f"s{number}-01_tensor.zip", zipped({NAME: b" " * 400_000}))
    lines = collect(classroom, inbox).rejected
    assert len(lines) == 5 and sum("unpacked" in line for line in lines) == 2


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_packing_that_can_be_undone_bit_by_bit_is_accepted(classroom, inbox, compression):
    put(inbox / "ada-01_tensor.zip", zipped({NAME: answering(classroom, "mine = 1")}, compression))
    result = collect(classroom, inbox)
    assert result.new == [] and len(result.rejected) == 1 and "zip it again" in result.rejected[0]


def size(folder) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_rejected_files_are_kept_up_to_a_size_and_once(classroom, inbox, monkeypatch):
    monkeypatch.setattr(collecting, "MAX_KEPT", 1_000)
    monkeypatch.setattr(collecting, "MAX_REJECTED", 2_500)
    for number in range(5):
        put(inbox / f"s{number}-01_tensor.zip", zipped({NAME: b"%d" % number * 900}))
    put(inbox / "big-01_tensor.zip", zipped({NAME: b"x" * 1_001}))
    for _ in range(2):
        result = collect(classroom, inbox)
        assert len(result.rejected) == 6 and size(classroom.folder / "rejected") == 1_800
        assert [line for line in result.remarks if "4 " in line and "rejected" in line]


def test_ids_fit_into_the_name_of_a_file():
    with pytest.raises(TitoError, match="not a student id"):
        student_id("\U00010330" * 64)               # 64 letters, 256 bytes
