"""Bulk downloads of learning platforms: everybody is found, and every other file is named with what to do about it."""
import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.records.submission import Submission
from tests.autograder.inbox import NAME, answering, collect, put, taken, zipped
from tests.autograder.small_class import TENSOR
from tito.errors import TitoError

ROSTER = [("canvas", "lovelaceada", "51235", "ada"), ("canvas", "pascalblaise", "51236", "blaise"),
          ("moodle", "Ada Lovelace", "1234567", "ada"), ("moodle", "Blaise Pascal", "1234568", "blaise"),
          ("gradescope", "Ada Lovelace", "a@example.org", "ada"), ("gradescope", "Blaise Pascal", "s2", "blaise")]
METADATA = """\
---
submission_1001:
  :submitters:
  - :name: Ada Lovelace
    :sid: s1
    :email: a@example.org
  :created_at: 2026-01-05 10:00:00.123456000 Z
  :score: 0.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
  :history: []
submission_1002:
  :submitters:
  - :name: Blaise Pascal
    :sid: s2
    :email:
  :created_at: 2026-01-06 10:00:00.123456000 Z
"""


@pytest.fixture
def roster(tmp_path):
    return write_roster(tmp_path / "roster.csv", ROSTER)


def write_roster(path: Path, lines) -> Path:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("platform", "name", "number", "student_id"), *lines])
    return path


def lines_of(path: Path) -> list[tuple]:
    with open(path, encoding="utf-8", newline="") as file:
        return [tuple(line) for line in csv.reader(file)][1:]


def unpack(folder: Path, files: dict) -> Path:
    for name, content in files.items():
        put(folder / name, content if isinstance(content, bytes) else content.encode())
    return folder


def download(platform: str, ada: bytes, blaise: bytes) -> dict:
    """A download of two people, one of them with a zip as `tito submit` makes it, where the platform leaves zips."""
    packed = zipped({f"01_tensor/{NAME}": blaise})
    return {
        "canvas": {f"lovelaceada_LATE_51235_987655_{NAME}": ada, "pascalblaise_51236_987656_b-01_tensor.zip": packed},
        "moodle": {f"Ada Lovelace_1234567_assignsubmission_file_/{NAME}": ada,
                   "Blaise Pascal_1234568_assignsubmission_file/b-01_tensor.zip": packed},
        "moodle, no folders": {f"Ada Lovelace_1234567_assignsubmission_file_{NAME}": ada,
                               "Blaise Pascal_1234568_assignsubmission_file_b-01_tensor.zip": packed},
        "gradescope": {"submission_metadata.yml": METADATA, f"submission_1001/{NAME}": ada,
                       f"submission_1002/01_tensor/{NAME}": blaise},
    }[platform]


PLATFORMS = ["canvas", "moodle", "moodle, no folders", "gradescope"]


@pytest.mark.parametrize("form", ["folder", "zip", "one folder around", "macOS", "PowerShell"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_bulk_download_is_recognised_however_it_is_packed(classroom, tmp_path, roster, platform, form):
    files = download(platform, answering(classroom, "ada = 1"), answering(classroom, "blaise = 2"))
    if form in ("one folder around", "macOS"):
        files = {f"week1/{name}": content for name, content in files.items()}
    if form == "macOS":
        files |= {"__MACOSX/" + name.replace(NAME, f"._{NAME}"): b"\0" for name in files} | {"week1/.DS_Store": b"\0"}
    if form == "PowerShell":
        files = {name.replace("/", "\\"): content for name, content in files.items()}
    source = unpack(tmp_path / "week1", files) if form == "folder" else put(tmp_path / "week1.zip", zipped(files))
    result = collect(classroom, source, roster)
    assert (sorted(result.new), result.rejected) == (["ada", "blaise"], [])
    assert "ada = 1" in taken(classroom, "ada") and "blaise = 2" in taken(classroom, "blaise")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_who_is_in_no_roster_gets_a_line_and_is_taken_once_its_id_is_filled_in(classroom, tmp_path, platform):
    path = tmp_path / "roster.csv"
    source = put(tmp_path / "week1.zip", zipped(download(platform, *[answering(classroom, "a = 1")] * 2)))
    for _ in range(2):                                             # twice the same download, once the line
        with pytest.raises(TitoError, match="of the 2 people whom .* names: tito students import FILE") as error:
            collect(classroom, source, path)                       # once, not once for each
        assert str(path) in str(error.value)
        expected = [line[:3] for line in ROSTER if line[0] == platform.split(",")[0]]
        assert lines_of(path) == [(*line, "") for line in expected]
    assert not (classroom.folder / "submitted").exists()
    write_roster(path, [(*line, name) for line, name in zip(expected, ["ada", "blaise"])])
    assert sorted(collect(classroom, source, path).new) == ["ada", "blaise"]


def test_a_class_that_moodle_gave_new_numbers_is_one_line_too(classroom, tmp_path, roster):
    work = {name.replace("123456", "765432"): content
            for name, content in download("moodle", *[answering(classroom, "a = 1")] * 2).items()}
    with pytest.raises(TitoError, match="any of the 2 people whom Moodle names"):
        collect(classroom, unpack(tmp_path / "week2", work), roster)


def test_who_alone_is_in_no_roster_is_told_by_name_with_the_mend(classroom, tmp_path, roster):
    write_roster(roster, [ROSTER[0]])
    source = unpack(tmp_path / "week1", download("canvas", *[answering(classroom, "a = 1")] * 2))
    result = collect(classroom, source, roster)
    assert result.new == ["ada"] and len(result.rejected) == 1
    assert all(words in result.rejected[0] for words in ("pascalblaise", "tito students import FILE", str(roster)))


def test_an_instructors_own_lines_and_columns_stay_in_the_roster(classroom, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("student_id;platform;name;number;group\nzoe;canvas;zoe;7;red\n", encoding="utf-8-sig")
    source = unpack(tmp_path / "week1", {f"lovelaceada_51235_987655_{NAME}": answering(classroom, "a = 1")})
    collect(classroom, source, path)
    assert path.read_text("utf-8").splitlines() == [
        "\ufeffstudent_id;platform;name;number;group", "zoe;canvas;zoe;7;red", ";canvas;lovelaceada;51235;"]


def test_a_name_in_the_roster_is_no_formula(classroom, tmp_path):
    path = tmp_path / "roster.csv"
    source = unpack(tmp_path / "week1", {f"=1+1_1234567_assignsubmission_file_/{NAME}": answering(classroom, "a = 1")})
    collect(classroom, source, path)
    assert lines_of(path) == [("moodle", "'=1+1", "1234567", "")]
    write_roster(path, [("moodle", "'=1+1", "", "ada")])
    assert collect(classroom, source, path).new == ["ada"]


def test_a_name_alone_does_not_stand_for_two_people(classroom, tmp_path):
    path = write_roster(tmp_path / "roster.csv", [("moodle", "Ada Lovelace", "", "ada")])
    source = unpack(tmp_path / "week1", {
        f"Ada Lovelace_{number}_assignsubmission_file_/{NAME}": answering(classroom, "a = 1") for number in (1, 2)})
    result = collect(classroom, source, path)
    assert result.new == [] and len(result.rejected) == 2 and all("number" in line for line in result.rejected)


def test_who_handed_in_twice_gets_one_line(classroom, tmp_path):
    path = tmp_path / "roster.csv"
    files = {f"lovelaceada_51235_{number}_{NAME}": answering(classroom, "a = 1") for number in (1, 22)}
    source = unpack(tmp_path / "week1", files)
    assert len(collect(classroom, source, path).rejected) == 2
    assert lines_of(path) == [("canvas", "lovelaceada", "51235", "")]


def test_two_ids_for_one_person_are_a_question(classroom, tmp_path):
    path = write_roster(tmp_path / "roster.csv", [ROSTER[0], (*ROSTER[0][:3], "zoe")])
    source = unpack(tmp_path / "week1", {f"lovelaceada_51235_987655_{NAME}": answering(classroom, "a = 1")})
    result = collect(classroom, source, path)
    assert result.new == [] and "ada and zoe" in result.rejected[0]


@pytest.mark.parametrize("order", [1, -1])
def test_of_several_canvas_attempts_the_newest_by_its_number_is_taken(classroom, tmp_path, roster, order):
    files = [(f"lovelaceada_51235_987655_{NAME}", answering(classroom, "first = 1")),
             ("lovelaceada_LATE_51235_1000001_01_tensor-1.ipynb", answering(classroom, "second = 2"))]
    result = collect(classroom, put(tmp_path / "week1.zip", zipped(dict(files[::order]))), roster)
    assert result.new == ["ada"] and "second = 2" in taken(classroom, "ada")
    assert [line for line in result.remarks if "1000001" in line and "987655" in line and line.startswith("ada: ")]


@pytest.mark.parametrize("dates", [("2026-01-05", "2026-01-06"), ("2026-01-06", "2026-01-05")])
def test_of_several_gradescope_attempts_the_newest_by_its_time_is_taken(classroom, tmp_path, roster, dates):
    one = "submission_{}: {{':submitters': [{{':email': a@example.org}}], ':created_at': {} 10:00:00 Z}}\n"
    metadata = "".join(one.format(number, date) for number, date in enumerate(dates, 1))
    collect(classroom, put(tmp_path / "week1.zip", zipped({
        "submission_metadata.yml": metadata, f"submission_1/{NAME}": answering(classroom, "one = 1"),
        f"submission_2/{NAME}": answering(classroom, "two = 2")})), roster)
    assert ("two = 2" if dates[1] > dates[0] else "one = 1") in taken(classroom, "ada")


def test_gradescopes_own_time_is_that_of_the_submission_and_a_group_is_everybody_in_it(classroom, tmp_path, roster):
    metadata = METADATA[:METADATA.index("submission_1002")].replace(
        "  :created_at", "  - :name: Blaise Pascal\n    :sid: s2\n  :created_at")
    source = put(tmp_path / "week1.zip", zipped({"submission_metadata.yml": metadata,
                                                 f"submission_1001/{NAME}": answering(classroom, "a = 1")}), day=9)
    assert sorted(collect(classroom, source, roster).new) == ["ada", "blaise"]
    stamp = Submission(classroom, "ada", TENSOR).timestamp.read_text()
    assert stamp.startswith("2026-01-05 10:00:00")


@pytest.mark.parametrize("text", ["[", "- 1", "submission_1: {}", "submission_1: {':submitters': 3}", "&a [*a]", "\0"])
def test_metadata_that_cannot_be_read_is_one_line(classroom, tmp_path, roster, text):
    source = unpack(tmp_path / "week1", {"submission_metadata.yml": text, f"submission_1/{NAME}": b"{}"})
    with pytest.raises(TitoError, match="submission_metadata.yml cannot be read"):
        collect(classroom, source, roster)


def test_a_gradescope_folder_without_its_metadata_is_nobodys(classroom, tmp_path, roster):
    source = unpack(tmp_path / "week1", {f"submission_1001/{NAME}": answering(classroom, "a = 1"),
                                         "submission_1001/submission_metadata.yml": METADATA})
    result = collect(classroom, source, roster)
    assert result.new == [] and "submission_metadata.yml" in result.rejected[0]


# Names of files

SPELLINGS = [NAME, "01_tensor (1).ipynb", "01_tensor(2).ipynb", "01_tensor-Copy1.ipynb", "01_Tensor.IPYNB",
             "01_tensor-1.ipynb", "1_tensor.ipynb", "Copy of 01_tensor.ipynb", "01_tensor - Copy.ipynb",
             "01_tensor - Copy (2).ipynb", "01_tensor copy 2.ipynb", "01-tensor.ipynb"]


@pytest.mark.parametrize("place", ["ada_{}", "ada-{}", "ada/01_tensor/{}", "ada/01_Tensor/{}", "ada-01_tensor.zip",
                                   "lovelaceada_51235_987655_{}", "Ada Lovelace_1234567_assignsubmission_file_/{}"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_notebook_is_known_by_every_name_under_which_it_comes_back(classroom, tmp_path, roster, spelling, place):
    mine = answering(classroom, "mine = 1")
    content = zipped({spelling: mine, "__MACOSX/._" + spelling: b"\0"}) if place.endswith("zip") else mine
    result = collect(classroom, unpack(tmp_path / "week1", {place.format(spelling): content}), roster)
    assert (result.new, result.rejected) == (["ada"], []) and "mine = 1" in taken(classroom, "ada")


def test_one_notebook_can_be_named_by_itself(classroom, tmp_path):
    assert collect(classroom, put(tmp_path / f"ada_{NAME}", answering(classroom, "mine = 1"))).new == ["ada"]


@pytest.mark.parametrize("name", ["canvas/download.zip", "week1/canvas/download.zip", "week1/ada-01_tensor.zip"])
def test_a_zip_in_a_folder_inside_is_to_be_given_by_itself(classroom, tmp_path, name):
    line, = collect(classroom, unpack(tmp_path / "practice", {name: zipped({f"ada_{NAME}": b"{}"})})).rejected
    assert line.startswith(name) and "give it to --from by itself" in line and "name it STUDENT" not in line


# Nothing is passed over

ODD = ["mine.ipynb", NAME, "ada.ipynb", "ada/01_tensor.ipynb", "ada/01_tensor/mine.ipynb", "ada/x/01_tensor.ipynb",
       "class.zip", "x_1_2_01_tensor/01_tensor.ipynb", "a_b_1_22_01_tensor.ipynb", "list.txt", "photo.png", ".DS_Store",
       "ada-02_activations.zip", "ada_02_activations.ipynb", "lovelaceada_51235_987655_mine.ipynb",
       "lovelaceada_51235_987655_text.html", "Ada Lovelace_1234567_assignsubmission_file_/mine.ipynb",
       "Ada Lovelace_1234567_assignsubmission_onlinetext/onlinetext.html",
       "Ada Lovelace_1234567_assignsubmission_file_/02_activations.ipynb", "submission_7/01_tensor.ipynb"]


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("name", ODD)
def test_what_is_not_taken_is_named_with_the_reason(classroom, tmp_path, roster, name, form):
    files = {f"zoe_{NAME}": answering(classroom, "zoe = 1"), name: answering(classroom, "odd = 1")}
    source = unpack(tmp_path / "w", files) if form == "folder" else put(tmp_path / "w.zip", zipped(files))
    result = collect(classroom, source, roster)
    assert result.new == ["zoe"]
    assert len([line for line in [*result.rejected, *result.remarks] if name in line and "\n" not in line]) == 1
    failed = name.endswith((".ipynb", ".zip")) and "02_" not in name
    assert bool(result.rejected) == failed                          # the rest is nobody's fault


def test_what_lies_misnamed_among_the_submissions_is_named_and_can_be_collected(classroom):
    folder = classroom.folder / "submitted"
    put(folder / "ada/01_tensor/01_tensor (1).ipynb", answering(classroom, "mine = 1"))
    put(folder / "blaise/01_tensor" / NAME, answering(classroom, "mine = 1"))
    names = ["ada/01_tensor/01_tensor (1).ipynb", "zoe.ipynb"]
    put(folder / "zoe.ipynb", b"{}")
    assert [str(path.relative_to(folder)) for path in classroom.misplaced()] == names
    result = collect(classroom, folder)
    assert result.new == ["ada"] and result.unchanged == ["blaise"] and "zoe.ipynb" in result.rejected[0]
    assert "mine = 1" in taken(classroom, "ada")


def test_a_name_of_a_file_is_one_line_and_nothing_else(classroom, tmp_path):
    source = put(tmp_path / "w.zip", zipped({f"zoe_{NAME}": answering(classroom, "zoe = 1"), "x\nada: taken.txt": b""}))
    remark, = collect(classroom, source).remarks
    assert "ada: taken.txt" in remark and "\n" not in remark


# Who handed in

def test_no_file_name_of_a_student_is_taken_for_the_platforms_part(classroom, tmp_path, roster):
    other = answering(classroom, "other = 2")
    names = [f"Mal Lory_9_assignsubmission_file_/lovelaceada_51235_987655_{NAME}",
             "Mal Lory_9_assignsubmission_file_/ada-01_tensor.zip",
             f"Mal Lory_9_assignsubmission_file_/ada/01_tensor/{NAME}",
             f"lorymal_9_987655_lovelaceada_51235_1_{NAME}",
             f"lorymal_9_987656_51235_1_{NAME}", "lorymal_9_987657_51235_1_x-01_tensor.zip",
             f"lovelaceada_51235_9_987658_{NAME}",                  # somebody called Ada_51235, with number 9
             f"lovelaceada_51235_9_987658_Ada Lovelace_1234567_assignsubmission_file_{NAME}",
             f"lory_mal_9_987659_{NAME}", f"mallory/lovelaceada_51235_987655_{NAME}"]
    files = {name: zipped({NAME: other}) if name.endswith("zip") else other for name in names}
    for source in (put(tmp_path / "downloads.zip", zipped(files)), unpack(tmp_path / "downloads", files)):
        result = collect(classroom, source, roster)
        assert result.new == [] and not (classroom.folder / "submitted").exists()
        assert all(any(name in line for line in result.rejected) for name in names)


def test_the_only_students_folder_is_not_taken_for_the_one_around_everything(classroom, tmp_path, roster):
    mine, folder = answering(classroom, "x = 1"), "Mal Lory_9_assignsubmission_file_"
    content = zipped({f"{folder}/lovelaceada_51235_987655_{NAME}": mine,
                      f"{folder}/Ada Lovelace_1234567_assignsubmission_file_/{NAME}": mine})
    assert collect(classroom, put(tmp_path / "downloads.zip", content), roster).new == []


def test_a_linked_folder_of_a_platform_is_refused(classroom, tmp_path, roster):
    elsewhere = unpack(tmp_path / "elsewhere", {NAME: answering(classroom, "other = 2")})
    (tmp_path / "week1").mkdir()
    os.symlink(elsewhere, tmp_path / "week1" / "Ada Lovelace_1234567_assignsubmission_file_")
    result = collect(classroom, tmp_path / "week1", roster)
    assert result.new == [] and "is a link" in result.rejected[0]


def test_a_platforms_time_cannot_lie_ahead(classroom, tmp_path, roster):
    source = unpack(tmp_path / "week1", {"submission_metadata.yml": METADATA.replace("2026-01-05", "2999-01-05"),
                                         f"submission_1001/{NAME}": answering(classroom, "a = 1")})
    collect(classroom, source, roster)
    stamp = Submission(classroom, "ada", TENSOR).timestamp.read_text()
    assert datetime.fromisoformat(stamp.replace(" UTC\n", "+00:00")) <= datetime.now(UTC)
