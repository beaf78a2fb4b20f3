"""Links, and folders and files that are exchanged for one while collection or grading looks at them."""
import os

import pytest

from autograder.collect import exchange
from autograder.records import files
from autograder.records.submission import Submission
from tests.autograder.inbox import NAME, answering, collect, from_exchange, of_another, put, put_tree, taken, zipped
from tests.autograder.small_class import TENSOR, grade


def swap_before_opening(monkeypatch, name: str, swap):
    """The moment between the look at a file and its opening: `swap` runs just before `name` is opened."""
    real, done = os.open, []

    def swapping(path, *arguments, **options):
        if os.path.basename(path) == name and not done:
            done.append(swap())
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", swapping)
    return done


@pytest.mark.parametrize("opened", ["ada+01_tensor+x", NAME])
@pytest.mark.parametrize("exchanged", ["ada+01_tensor+x", NAME])
def test_an_exchange_folder_exchanged_for_a_link_gives_nothing_away(classroom, inbound, tmp_path, monkeypatch,
                                                                  exchanged, opened):
    secret = put(tmp_path / "secret" / NAME, answering(classroom, "reference = 1"))
    folder = put(inbound / "ada+01_tensor+x" / NAME, answering(classroom, "mine = 1")).parent

    def swap():
        path = folder if exchanged == folder.name else folder / NAME
        path.rename(tmp_path / "aside")
        path.symlink_to(secret.parent if path == folder else secret)
        return True

    done = swap_before_opening(monkeypatch, opened, swap)
    result = from_exchange(classroom)
    assert "reference" not in taken(classroom, "ada")
    assert (done and "link" in "".join(result.rejected)) or "mine = 1" in taken(classroom, "ada")


def test_a_submission_that_is_taken_away_meanwhile_stops_nobody(classroom, inbound, monkeypatch):
    gone = put(inbound / "ada+01_tensor+x" / NAME, answering(classroom, "mine = 1")).parent
    put(inbound / "zoe+01_tensor+x" / NAME, answering(classroom, "mine = 1"))
    real = type(gone).lstat
    monkeypatch.setattr(type(gone), "lstat", lambda path: real(path / "gone" if path == gone else path))
    result = from_exchange(classroom)
    assert result.new == ["zoe"] and len(result.rejected) == 1 and result.rejected[0].startswith(gone.name)


@pytest.mark.parametrize("place", ["folder", "zip", "exchange", "submitted"])
@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_link_to_a_classmates_file_is_refused(classroom, inbox, inbound, tmp_path, place, link):
    other = answering(classroom, "other = 2")
    original = put(tmp_path / "classmate", zipped({NAME: other}) if place == "zip" else other)
    path = {"folder": inbox / "mallory/01_tensor" / NAME, "zip": inbox / "mallory-01_tensor.zip",
            "exchange": inbound / "mallory+01_tensor+x" / NAME,
            "submitted": Submission(classroom, "mallory", TENSOR).submitted}[place]
    path.parent.mkdir(parents=True, exist_ok=True)
    link(original, path)
    lines = (grade(classroom, TENSOR).failed if place == "submitted" else
             (from_exchange(classroom) if place == "exchange" else collect(classroom, inbox)).rejected)
    assert len(lines) == 1 and lines[0].startswith("mallory") and "link" in lines[0]
    assert not Submission(classroom, "mallory", TENSOR).autograded.exists()


def test_collection_never_writes_through_a_link(classroom, inbox, tmp_path):
    put_tree(tmp_path / "notebooks", "", b"reference")
    (classroom.folder / "submitted").mkdir()
    (classroom.folder / "submitted" / "ada").symlink_to(tmp_path / "notebooks")
    put_tree(inbox, "ada", answering(classroom, "mine = 1"))
    assert len(collect(classroom, inbox).rejected) == 1
    assert [path.read_bytes() for path in (tmp_path / "notebooks").rglob("*.ipynb")] == [b"reference"]


def test_a_file_of_another_account_in_a_students_folder_is_refused(classroom, inbound, monkeypatch):
    put(inbound / "ada+01_tensor+x" / NAME, answering(classroom, "mine = 1"))
    real = files.read_in
    monkeypatch.setattr(exchange, "read_in", lambda *arguments: (b"", of_another(real(*arguments)[1])))
    assert "belongs to" in from_exchange(classroom).rejected[0]


@pytest.mark.parametrize("place", ["folder", "zip", "exchange", "submitted", "taken over"])
def test_a_folder_named_like_a_file_is_one_line(classroom, inbox, inbound, place):
    path = {"folder": inbox / "ada/01_tensor" / NAME, "zip": inbox / "ada-01_tensor.zip",
            "exchange": inbound / "ada+01_tensor+x" / NAME}.get(place, Submission(classroom, "ada", TENSOR).submitted)
    path.mkdir(parents=True)
    if place == "taken over":
        put_tree(inbox, "ada", answering(classroom, "mine = 1"))
    lines = (grade(classroom, TENSOR).failed if place == "submitted" else
             (from_exchange(classroom) if place == "exchange" else collect(classroom, inbox)).rejected)
    assert len(lines) == 1 and lines[0].startswith("ada") and f"{path.name} is a folder" in lines[0]


def test_one_file_in_the_way_does_not_stop_the_others(classroom, inbox):
    for student in ("ada", "blaise", "zoe"):
        put_tree(inbox, student, answering(classroom, "mine = 1"))
    put(classroom.folder / "submitted" / "ada", b"a file")
    Submission(classroom, "blaise", TENSOR).timestamp.mkdir(parents=True)
    result = collect(classroom, inbox)
    assert result.new == ["zoe"] and [line.split(":")[0] for line in result.rejected] == ["ada", "blaise"]
