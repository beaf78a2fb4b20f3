"""docs/platforms.md goes both ways: from a download of the practice class to a file that the platform takes."""
import csv
import json
import zipfile

import pytest

from autograder.practice import write_practice
from tests.autograder.small_class import SANDBOXED, small_class
from tests.docs.walk import sections, typed
from tito.errors import TitoError

PAGE = sections("platforms.md")
SCORES = {"ada": 5, "blaise": 0, "claude": 3, "grace": 5, "emmy": 5}       # of the tiny course's two tests


@pytest.fixture
def practice(tmp_path, monkeypatch):
    if not SANDBOXED:
        pytest.skip("grading needs a sandbox")
    classroom = small_class(tmp_path)
    write_practice(classroom.root, tmp_path / "practice")
    monkeypatch.chdir(classroom.root)
    return tmp_path / "practice"


def column(path, key: str, value: str) -> dict[str, str]:
    with open(path, encoding="utf-8") as file:
        return {line[key]: line[value] for line in csv.DictReader(file) if line[key]}


def pages(path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


@pytest.mark.long
def test_canvas(practice):
    block, = PAGE["Canvas"]
    assert "5 new" in typed(block)
    assert column(practice / "canvas/gradebook.csv", "SIS Login ID", "01_tensor (301)") == \
        {student: str(points) for student, points in SCORES.items()}
    assert "noetheremmy_LATE_51205_987605_01_tensor.html" in pages(practice / "canvas/pages.zip")


@pytest.mark.long
def test_moodle(practice):
    block, = PAGE["Moodle"]
    assert "5 new" in typed(block)
    assert column(practice / "moodle/worksheet.csv", "Email address", "Grade") == \
        {f"{student}@example.org": str(points) for student, points in SCORES.items()}
    assert "Grace Hopper_1234504_assignsubmission_file/01_tensor.html" in pages(practice / "moodle/pages.zip")


@pytest.mark.long
def test_gradescope(practice):
    block, = PAGE["Gradescope"]
    assert "5 new" in typed(block)
    results = (practice / "gradescope/results/01_tensor").glob("*/results.json")
    assert {path.parent.name: json.loads(path.read_text())["score"] for path in results} == \
        {f"{student}@example.org": points for student, points in SCORES.items()}


def test_every_command_of_the_page_is_run():
    assert [*PAGE] == ["Canvas", "Moodle", "Gradescope"]


def test_the_practice_class_overwrites_nothing(practice):
    with pytest.raises(TitoError, match="is there already"):
        write_practice(practice.parent / "repository", practice)
