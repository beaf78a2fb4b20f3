"""Submissions from folders and zips into the course."""
import io
import json
import os
import stat
import time
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from autograder import cli
from autograder.collect import exchange, sources
from autograder.collect import take_in as collecting
from autograder.records.submission import Submission
from tests.autograder.small_class import ACTIVATIONS, TENSOR, blank, cell, hand_in, small_class, submission
from tito.errors import TitoError
from tito.handed_in import MAX_BYTES
from tito.student_id import student_id


def collect(classroom, source):
    return collecting.collect(classroom, TENSOR, sources.find_candidates(TENSOR, source))


def zipped(entries: dict) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


def notebook_bytes(classroom, **sources) -> bytes:
    return json.dumps(submission(classroom, TENSOR, **sources)).encode()


def seen(classroom, student: str):
    submission = Submission(classroom, student, TENSOR)
    return submission.handed_in_at(submission.submitted.read_bytes())


def test_a_folder_of_zips_and_trees(tmp_path):
    classroom, inbox = small_class(tmp_path), tmp_path / "inbox"
    tree = inbox / "blaise/01_tensor/01_tensor.ipynb"
    tree.parent.mkdir(parents=True)
    tree.write_bytes(notebook_bytes(classroom))
    (inbox / "ada-01_tensor.zip").write_bytes(zipped({"01_tensor/01_tensor.ipynb": notebook_bytes(classroom)}))
    (inbox / "anne-marie-01_tensor.zip").write_bytes(zipped({"01_tensor.ipynb": notebook_bytes(classroom)}))
    (inbox / "ada-02_activations.zip").write_bytes(b"of another module")
    (inbox / "list.txt").write_text("not a submission")
    result = collect(classroom, inbox)
    assert (result.new, result.rejected) == (["ada", "anne-marie", "blaise"], [])
    taken = json.loads(Submission(classroom, "ada", TENSOR).submitted.read_text())
    assert "product" in "".join(cell(taken, "mul")["source"])
    assert seen(classroom, "ada") is not None


@pytest.mark.parametrize("form", ["zips", "trees"])
def test_one_zip_of_the_whole_class(tmp_path, form):
    classroom, everything = small_class(tmp_path), tmp_path / "week1.zip"
    single = notebook_bytes(classroom)
    everything.write_bytes(zipped(
        {f"week1/{name}-01_tensor.zip": zipped({"01_tensor/01_tensor.ipynb": single}) for name in ("ada", "blaise")}
        if form == "zips" else {f"week1/{name}/01_tensor/01_tensor.ipynb": single for name in ("ada", "blaise")}))
    assert collect(classroom, everything).new == ["ada", "blaise"]


def test_a_newer_submission_replaces_the_older_of_which_a_copy_stays(tmp_path):
    classroom, file = small_class(tmp_path), tmp_path / "ada-01_tensor.zip"
    file.write_bytes(zipped({"01_tensor.ipynb": notebook_bytes(classroom, mul="#| export\nfirst = 1")}))
    collect(classroom, file)
    assert collect(classroom, file).unchanged == ["ada"]
    file.write_bytes(zipped({"01_tensor.ipynb": notebook_bytes(classroom, mul="#| export\nsecond = 2")}))
    assert collect(classroom, file).replaced == ["ada"]
    assert "second = 2" in Submission(classroom, "ada", TENSOR).submitted.read_text()
    copies = list((classroom.folder / "replaced/ada/01_tensor").iterdir())
    assert len(copies) == 1 and "first = 1" in copies[0].read_text()


def test_one_bad_submission_is_one_line_and_stops_nobody_and_its_file_is_kept(tmp_path):
    classroom, inbox = small_class(tmp_path), tmp_path / "inbox"
    inbox.mkdir()
    foreign = json.dumps(blank(classroom, ACTIVATIONS)).encode()
    bad = {"broken": b'{"cells": [', "foreign": foreign, "binary": b"\x00\xff\xfe"}
    for name, raw in bad.items():
        (inbox / f"{name}-01_tensor.zip").write_bytes(zipped({"01_tensor.ipynb": raw}))
    (inbox / "nozip-01_tensor.zip").write_bytes(b"PK but no zip")
    (inbox / "empty-01_tensor.zip").write_bytes(zipped({"readme.txt": "hello"}))
    (inbox / "zoe-01_tensor.zip").write_bytes(zipped({"01_tensor.ipynb": notebook_bytes(classroom)}))
    result = collect(classroom, inbox)
    assert result.new == ["zoe"]
    assert sorted(line.split(":")[0] for line in result.rejected) == ["binary", "broken", "empty", "foreign", "nozip"]
    assert all("\n" not in line for line in result.rejected)
    for name, raw in bad.items():
        assert [path.read_bytes() for path in (classroom.folder / "rejected" / name).rglob("*.ipynb")] == [raw]


@pytest.mark.parametrize("name", ["../evil/01_tensor/01_tensor.ipynb", "/etc/01_tensor/01_tensor.ipynb",
                                  "a/../../01_tensor/01_tensor.ipynb", ".hidden/01_tensor/01_tensor.ipynb"])
def test_no_name_in_a_zip_leads_out_of_the_course(tmp_path, name):
    classroom, file = small_class(tmp_path), tmp_path / "class.zip"
    file.write_bytes(zipped({name: notebook_bytes(classroom)}))
    before = {path for path in tmp_path.rglob("*") if classroom.folder not in path.parents}
    collect(classroom, file)
    assert {path for path in tmp_path.rglob("*") if classroom.folder not in path.parents} == before
    inside = {path.relative_to(classroom.folder).parts[0] for path in classroom.folder.rglob("*.ipynb")}
    assert inside <= {"release", "submitted", "rejected"}


def test_a_link_and_a_bomb_in_a_zip_are_rejected(tmp_path):
    classroom, inbox = small_class(tmp_path), tmp_path / "inbox"
    inbox.mkdir()
    link = zipfile.ZipInfo("01_tensor.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(inbox / "link-01_tensor.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    (inbox / "bomb-01_tensor.zip").write_bytes(zipped({"01_tensor.ipynb": b" " * (MAX_BYTES + 1)}))
    (inbox / "two-01_tensor.zip").write_bytes(zipped({"a/01_tensor.ipynb": b"{}", "b/01_tensor.ipynb": b"{}"}))
    assert [line.split(":")[0] for line in collect(classroom, inbox).rejected] == ["bomb", "link", "two"]
    assert not (classroom.folder / "submitted").exists()


def test_a_forged_time_stamp_is_not_believed(tmp_path):
    classroom = small_class(tmp_path)
    path = hand_in(classroom, "ada", TENSOR)
    path.with_name("timestamp.txt").write_text("yesterday'); drop table grade")
    assert seen(classroom, "ada") is None


def test_a_time_stamp_beside_a_submission_does_not_move_its_time(tmp_path):
    classroom, file = small_class(tmp_path), tmp_path / "ada-01_tensor.zip"
    file.write_bytes(zipped({"01_tensor.ipynb": notebook_bytes(classroom)}))
    collect(classroom, file)
    path = Submission(classroom, "ada", TENSOR).timestamp
    assert datetime.fromisoformat(path.read_text().replace(" UTC\n", "+00:00")) == seen(classroom, "ada")
    path.write_text("2001-01-01 00:00:00.000000 UTC\n")
    assert seen(classroom, "ada").year > 2001
    hand_in(classroom, "ada", TENSOR)                            # by hand: only nbgrader's own file tells
    assert seen(classroom, "ada").year == 2001


def in_exchange(folder, student, stamp, raw):
    path = folder / f"{student}+01_tensor+{stamp}+random" / "01_tensor.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(raw)
    return path.parent


def test_the_newest_submission_in_the_exchange_counts_by_the_servers_clock(tmp_path, monkeypatch):
    classroom, inbound = small_class(tmp_path), tmp_path / "inbound"
    monkeypatch.setattr(exchange, "inbound", lambda root: inbound)
    in_exchange(inbound, "ada", "2099-01-01 00:00:00 UTC", notebook_bytes(classroom, mul="#| export\nfirst = 1"))
    time.sleep(0.02)                                             # the clock of some file systems is coarse
    last = in_exchange(inbound, "ada", "2001-01-01 00:00:00 UTC", notebook_bytes(classroom, mul="#| export\nlast = 2"))
    os.utime(last, (0, 0))
    result = collecting.collect(classroom, TENSOR, exchange.in_exchange(classroom.root, TENSOR))
    assert result.new == ["ada"] and "last = 2" in Submission(classroom, "ada", TENSOR).submitted.read_text()
    assert seen(classroom, "ada").timestamp() == pytest.approx(last.stat().st_ctime, abs=0.001)
    assert collecting.collect(classroom, TENSOR, exchange.in_exchange(classroom.root, TENSOR)).unchanged == ["ada"]


def test_a_folder_without_a_notebook_does_not_replace_what_was_handed_in_before(tmp_path, monkeypatch):
    """nbgrader hands one in where only feedback was fetched: findings/nbgrader_feedback_is_an_assignment.sh."""
    classroom, inbound = small_class(tmp_path), tmp_path / "inbound"
    monkeypatch.setattr(exchange, "inbound", lambda root: inbound)
    in_exchange(inbound, "ada", "2025-01-01 00:00:00 UTC", notebook_bytes(classroom, mul="#| export\ngood = 1"))
    (inbound / "ada+01_tensor+2025-01-02 00:00:00 UTC+random/feedback").mkdir(parents=True)
    result = collecting.collect(classroom, TENSOR, exchange.in_exchange(classroom.root, TENSOR))
    assert result.new == ["ada"] and "good = 1" in Submission(classroom, "ada", TENSOR).submitted.read_text()
    assert result.remarks[0].startswith("left out, no 01_tensor.ipynb is in it: ada+01_tensor+2025-01-02")


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root can give files away")
def test_nobody_hands_in_for_somebody_else(tmp_path, monkeypatch):
    classroom, inbound = small_class(tmp_path), tmp_path / "inbound"
    monkeypatch.setattr(exchange, "inbound", lambda root: inbound)
    os.chown(in_exchange(inbound, "ada", "2025-01-01 00:00:00 UTC", notebook_bytes(classroom)), 65534, 65534)
    result = collecting.collect(classroom, TENSOR, exchange.in_exchange(classroom.root, TENSOR))
    assert result.new == [] and "says ada but belongs to nobody" in result.rejected[0]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "-rf", ".git", "a..b", "a\nb", "x" * 65, "a b", "a+b"])
def test_ids_that_could_lead_elsewhere_are_refused(name):
    with pytest.raises(TitoError, match="not a student id"):
        student_id(name)


def test_ids_of_real_people_are_taken():
    for name in ("ada", "s1234567", "anne-marie.o_brien", "zoë@uni.example", "李雷"):
        assert student_id(name) == name
    assert student_id("zoe\u0308") == "zo\u00eb"


def test_a_folder_of_other_files_is_one_line_and_hides_no_submission(tmp_path):
    classroom, inbox = small_class(tmp_path), tmp_path / "inbox"
    for number in range(sources.HEAP + 1):
        for name in (f"project/notes/{number}.txt", f"project/notes/{number}.ipynb", f"list{number}.txt"):
            (inbox / name).parent.mkdir(parents=True, exist_ok=True)
            (inbox / name).write_text("{}")
    (inbox / "project/ada-01_tensor.ipynb").write_text("{}")
    tree = inbox / "blaise/01_tensor/01_tensor.ipynb"
    tree.parent.mkdir(parents=True)
    tree.write_bytes(notebook_bytes(classroom))
    result = collect(classroom, inbox)
    assert result.new == ["blaise"]
    heap, = result.rejected
    assert heap.startswith("project (12 files, such as project/ada-01_tensor.ipynb): it is not clear whose it is")
    assert len(result.remarks) == 1 and "project (11 files, such as project/notes/0.txt)" in result.remarks[0]
    assert all(f"list{number}.txt" in result.remarks[0] for number in range(sources.HEAP + 1))


def test_a_whole_course_folder_is_nobody_called_notebooks(tmp_path):
    classroom = small_class(tmp_path)
    mine = tmp_path / "mine/notebooks/01_tensor/01_tensor.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(notebook_bytes(classroom))
    result = collect(classroom, tmp_path / "mine")
    assert result.new == [] and len(result.rejected) == 1 and "it is not clear whose it is" in result.rejected[0]


@pytest.mark.parametrize("around", [lambda classroom: classroom.root.parent, lambda classroom: classroom.root,
                                    lambda classroom: classroom.folder])
def test_a_folder_around_the_course_is_no_download_and_is_not_read(tmp_path, monkeypatch, around):
    classroom = small_class(tmp_path)
    monkeypatch.chdir(classroom.root)
    monkeypatch.setattr(sources, "entries_of", lambda *where: pytest.fail("it was read"))
    source = os.path.relpath(around(classroom))
    with pytest.raises(TitoError, match="holds .*, the course itself, and nothing in it was read: name the folder"):
        cli.collect("01", Path(source))


def test_what_lies_in_submitted_can_be_collected(tmp_path, monkeypatch, capsys):
    classroom = small_class(tmp_path)
    monkeypatch.chdir(classroom.root)
    hand_in(classroom, "ada", TENSOR)
    cli.collect("01", classroom.folder / "submitted")
    assert "0 new, 0 replaced an older one, 1 unchanged, 0 rejected" in capsys.readouterr().out
