"""Feedback on its way back: the student's name on the page, and the names by which platforms hand pages out."""
import re
import zipfile

import pytest

from autograder.collect.platforms import CANVAS, MOODLE
from autograder.collect.roster import Roster
from autograder.records.submission import Submission
from autograder.report.feedback import write_feedback
from autograder.report.returning import zip_pages
from tests.autograder.collect.test_platforms import ROSTER, download, unpack, write_roster
from tests.autograder.inbox import answering, collect
from tests.autograder.small_class import ACTIVATIONS, TENSOR, grade, hand_in
from tito.errors import TitoError
from tito.files import write_whole


def pages(classroom, module, *students):
    """As if they had been graded and their pages written."""
    for student in students:
        submission = Submission(classroom, student, module)
        write_whole(submission.autograded, "graded")
        write_whole(submission.feedback, f"the page of {student}")


def returned(classroom, tmp_path, platform):
    """The names in the zip of two students who came by a platform and of zoe, who did not."""
    roster = write_roster(classroom.folder / "roster.csv", ROSTER)
    files = download(platform, *[answering(classroom, "a = 1")] * 2)
    collect(classroom, unpack(tmp_path / "week1", files), roster)
    hand_in(classroom, "zoe", TENSOR)
    pages(classroom, TENSOR, "ada", "blaise", "zoe")
    packed, remarks = zip_pages(classroom, [TENSOR], tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert packed == len(archive.namelist()) == 3
        for entry in archive.infolist():
            student = next(name for name in ("zoe", "ada", "blaise") if name in entry.filename.lower())
            assert archive.read(entry) == Submission(classroom, student, TENSOR).feedback.read_bytes()
        return archive.namelist(), remarks


@pytest.mark.parametrize("platform, names", [
    ("canvas", ["lovelaceada_LATE_51235_987655_01_tensor.html", "pascalblaise_51236_987656_01_tensor.html"]),
    ("moodle", ["Ada Lovelace_1234567_assignsubmission_file_/01_tensor.html",
                "Blaise Pascal_1234568_assignsubmission_file/01_tensor.html"]),
    ("moodle, no folders", ["Ada Lovelace_1234567_assignsubmission_file/01_tensor.html",
                            "Blaise Pascal_1234568_assignsubmission_file/01_tensor.html"])])
def test_the_zip_has_the_names_of_the_platforms_own_download(classroom, tmp_path, platform, names):
    found, remarks = returned(classroom, tmp_path, platform)
    assert sorted(found) == [*names, "zoe/01_tensor.html"]
    assert len(remarks) == 1 and remarks[0].endswith(": zoe.")
    for name in names:                # what Moodle and Canvas look for when they take such a zip back
        if platform == "canvas":
            user, file = [part for part in name.split("_") if part.isdigit()][:2]
            assert (user, file) in (("51235", "987655"), ("51236", "987656")) and CANVAS.fullmatch(name)
        else:
            _, number, kind, plugin, *_ = name.split("/")[0].split("_")
            assert number.isdigit() and (kind, plugin) == ("assignsubmission", "file")
            assert MOODLE.fullmatch(name.split("/")[0])


def test_without_a_platform_everybody_has_a_folder_and_an_older_zip_is_kept(classroom, tmp_path):
    for module in (TENSOR, ACTIVATIONS):
        hand_in(classroom, "ada", module)
    with pytest.raises(TitoError, match="no pages"):
        zip_pages(classroom, [TENSOR], tmp_path / "out.zip")
    for module in (TENSOR, ACTIVATIONS):
        pages(classroom, module, "ada")
    (tmp_path / "out.zip").write_text("older")
    packed, remarks = zip_pages(classroom, [TENSOR, ACTIVATIONS], tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == ["ada/01_tensor.html", "ada/02_activations.html"]
    assert packed == 2 and "kept as" in remarks[0]
    assert [path.read_text() for path in tmp_path.glob("out-*.zip")] == ["older"]


def test_a_page_of_an_older_attempt_is_not_packed(classroom, tmp_path):
    hand_in(classroom, "ada", TENSOR)
    pages(classroom, TENSOR, "ada")
    write_whole(Submission(classroom, "ada", TENSOR).failure, "it cannot be read")
    with pytest.raises(TitoError, match="no pages"):
        zip_pages(classroom, [TENSOR], tmp_path / "out.zip")


def test_platforms_take_one_module_at_a_time(classroom, tmp_path):
    returned(classroom, tmp_path, "canvas")
    hand_in(classroom, "zoe", ACTIVATIONS)
    pages(classroom, ACTIVATIONS, "zoe")
    with pytest.raises(TitoError, match="name its module, such as 01"):
        zip_pages(classroom, [TENSOR, ACTIVATIONS], tmp_path / "out.zip")


def test_the_page_carries_the_students_name_as_text(classroom):
    roster = Roster(classroom.folder / "roster.csv")
    roster.put("class", "<script>x</script>Lovelace, Ada", "", "ada")
    roster.save()
    for student in ("ada", "zoe"):
        hand_in(classroom, student, TENSOR)
    grade(classroom, TENSOR)
    write_feedback(classroom, [TENSOR])
    page = Submission(classroom, "ada", TENSOR).feedback.read_text("utf-8")
    assert re.search(r"<p><b>Ada &lt;script&gt;x&lt;/script&gt;Lovelace</b> \(ada\)</p>", page)
    assert "<p><b>zoe</b></p>" in Submission(classroom, "zoe", TENSOR).feedback.read_text("utf-8")
