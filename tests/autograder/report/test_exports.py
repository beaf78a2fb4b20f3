"""Grades on their way back into a learning platform's own files."""
import csv
import json
from pathlib import Path

import pytest

from autograder.collect.roster import Roster
from autograder.records.tables import Table, read_table
from autograder.report.exports import fill_canvas, fill_moodle, write_results
from autograder.report.grades import WAITING, Row, read_grades
from tests.autograder.collect.test_platforms import write_roster
from tests.autograder.small_class import TENSOR, grade, hand_in, submission
from tests.autograder.test_instructor_commands import UNSAFE, tito
from tito.errors import TitoError

ROWS = [Row("ada", "01_tensor", 7.5, 9, "graded", WAITING), Row("blaise", "01_tensor", 0, 9, "graded"),
        Row("emmy", "01_tensor", None, 9, "missing"), Row("zoe", "01_tensor", 9, 9, "graded")]
PEOPLE = [("canvas", "lovelaceada", "51235", "ada"), ("canvas", "pascalblaise", "51236", "blaise"),
          ("canvas", "noetheremmy", "51237", "emmy"), ("moodle", "Ada Lovelace", "1234567", "ada"),
          ("moodle", "Blaise Pascal", "1234568", "blaise"), ("moodle", "Emmy Noether", "1234569", "emmy"),
          ("gradescope", "Ada Lovelace", "a@example.org", "ada"), ("gradescope", "Mal Lory", "../../x", "mallory")]
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (7),01_tensor (87568490),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,5,9,(read only)
"Lovelace, Ada",51235,s1,al,A,3,1,50
"Pascal, Blaise",51236,s2,zoe,A,4,,60
"Noether, Emmy",51237,s3,en,A,,2,
"Curie, Marie",51238,s4,ada,A,,,
"Zoe",51239,s5,zoe,B,,,
"""
MOODLE = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Changeable,Last modified (grade),Feedback comments
Participant 1234567,Ada Lovelace,a@example.org,Submitted,,9.00,Yes,-,
Participant 1234568,Blaise Pascal,b@example.org,Submitted,3.00,9.00,Yes,-,own words
Participant 1234569,Emmy Noether,e@example.org,No submission,4.00,9.00,Yes,-,
Participant 1234570,Marie Curie,m@example.org,No submission,,9.00,Yes,-,
"""


@pytest.fixture
def roster(tmp_path):
    return Roster(write_roster(tmp_path / "roster.csv", PEOPLE))


def table(tmp_path: Path, text: str) -> Table:
    (tmp_path / "exported.csv").write_text(text, encoding="utf-8")
    return read_table(tmp_path / "exported.csv")


def test_canvas_gets_the_scores_by_its_ids_and_nothing_else_changes(tmp_path, roster):
    filled, before = table(tmp_path, CANVAS), table(tmp_path, CANVAS)
    notes = fill_canvas(ROWS, filled, Path("exported.csv"), roster)
    assert [line[6] for line in filled.lines] == ["", "9", "7.5", "0", "2", "", "9"]     # zoe by her login
    for line in (*filled.lines, *before.lines):
        line[6] = ""
    assert filled == before and notes == []


def test_who_has_no_line_in_canvas_and_other_points_are_told(tmp_path, roster):
    text = CANVAS.replace('"Zoe",51239,s5,zoe', '"Zoe",51239,s5,z').replace(",5,9,", ",5,10,")
    notes = fill_canvas(ROWS, table(tmp_path, text), Path("exported.csv"), roster)
    assert len(notes) == 2 and "9 points here, 10 there" in notes[0] and notes[1].endswith(": zoe.")


@pytest.mark.parametrize("title", ["01_tensor", "1 Tensor (3)", "Week 1: 01_TENSOR (3)", "Module 01-tensor"])
def test_the_column_is_known_by_the_modules_name(tmp_path, roster, title):
    filled = table(tmp_path, CANVAS.replace("01_tensor (87568490)", title))
    fill_canvas(ROWS, filled, Path("exported.csv"), roster)
    assert filled.lines[2][6] == "7.5"


@pytest.mark.parametrize("title, problem", [("Homework", "call the assignment 01_tensor"), ("01_tensors", "no column"),
                                            ("101_tensor", "no column"), ("01_tensor,01_tensor late", "2 columns")])
def test_a_column_that_is_not_clear_is_asked_for(tmp_path, roster, title, problem):
    with pytest.raises(TitoError, match=problem):
        fill_canvas(ROWS, table(tmp_path, CANVAS.replace("01_tensor (87568490)", title)), Path("exported.csv"), roster)


def test_moodles_worksheet_gets_the_scores_by_its_participants_and_the_remark(tmp_path, roster):
    filled = table(tmp_path, MOODLE)
    notes = fill_moodle(ROWS, filled, Path("exported.csv"), roster)
    assert [line[4] for line in filled.lines] == ["7.5", "0", "4.00", ""]
    assert [line[8] for line in filled.lines] == [WAITING, "own words", "", ""]
    assert len(notes) == 1 and notes[0].endswith(": zoe.")


@pytest.mark.parametrize("again, grade", [("Someone Else", "7.5"), ("Ada Lovelace", "")])
def test_a_name_without_a_number_holds_in_every_worksheet_for_one_person(tmp_path, again, grade):
    roster = Roster(write_roster(tmp_path / "roster.csv", [("moodle", "Ada Lovelace", "", "ada")]))
    filled = table(tmp_path, MOODLE.replace("1234567", "7654321").replace("Marie Curie", again))
    fill_moodle(ROWS, filled, Path("exported.csv"), roster)
    assert [line[4] for line in filled.lines] == [grade, "3.00", "4.00", ""]


def test_moodles_worksheet_is_of_one_module_and_has_its_columns(tmp_path, roster):
    with pytest.raises(TitoError, match="name its module"):
        fill_moodle([*ROWS, Row("ada", "02_activations", 1, 5, "graded")], table(tmp_path, MOODLE), Path("e"), roster)
    with pytest.raises(TitoError, match="no column 'Grade'"):
        fill_moodle(ROWS, table(tmp_path, MOODLE.replace("Grade,Max", "Note,Max")), Path("e"), roster)


def test_gradescope_gets_a_results_file_for_everybody_whose_number_is_known(classroom, tmp_path, roster):
    for student in ("ada", "mallory"):
        hand_in(classroom, student, TENSOR, submission(classroom, TENSOR))
    grade(classroom, TENSOR)
    notes = write_results(read_grades(classroom, [TENSOR]), classroom, tmp_path / "out", roster)
    written, = tmp_path.rglob("results.json")
    results = json.loads(written.read_text())
    assert written == tmp_path / "out/01_tensor/a@example.org/results.json"
    assert results["score"] == 5 == sum(test["score"] for test in results["tests"])
    assert sum(test["max_score"] for test in results["tests"]) == 9 and WAITING in results["output"]
    assert len(notes) == 1 and "mallory" in notes[0]


def test_where_nobody_has_a_number_of_gradescopes_nothing_is_written_and_the_mend_is_said(classroom, tmp_path):
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR))
    grade(classroom, TENSOR)
    with pytest.raises(TitoError, match="Nothing was written: .*tito students import roster.csv first"):
        write_results(read_grades(classroom, [TENSOR]), classroom, tmp_path / "out",
                      Roster(classroom.folder / "roster.csv"))
    assert not (tmp_path / "out").exists()


def test_the_command_fills_the_file_and_keeps_the_one_that_was_exported(classroom, tmp_path):
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR))
    write_roster(classroom.folder / "roster.csv", PEOPLE)
    exported = tmp_path / "exported.csv"
    exported.write_text(CANVAS, encoding="utf-8-sig")
    assert tito(classroom.root, "grade", *UNSAFE).returncode == 0
    run = tito(classroom.root, "grades", "export", "01", "--format", "canvas", "--into", str(exported))
    assert run.returncode == 0 and f"01_tensor: {WAITING}" in run.stdout + run.stderr
    with open(exported, encoding="utf-8-sig", newline="") as file:
        assert {line["ID"]: line["01_tensor (87568490)"] for line in csv.DictReader(file)}["51235"] == "5"
    assert CANVAS in [path.read_text("utf-8-sig") for path in tmp_path.glob("exported-*.csv")]
    for wrong in ([], ["--into", str(exported)], ["--format", "gradescope", "--into", str(exported)]):
        assert tito(classroom.root, "grades", "export", "01", *wrong).returncode == 2
