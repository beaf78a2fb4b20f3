"""Grades on their way out."""
import csv
import os
from functools import partial
from pathlib import Path

import pytest

from autograder.report import command
from autograder.report.grades import WAITING, Row, export_grades, unfinished
from tests.autograder.collect.test_platforms import write_roster
from tests.autograder.small_class import ACTIVATIONS, TENSOR, grade, hand_in, row, small_class
from tito.errors import TitoError

ROWS = [Row("ada", "01_tensor", 7.5, 9, "graded", WAITING), Row("ada", "02_activations", None, 5, "missing"),
        Row("=cmd|'/c calc'!A0", "01_tensor", 0, 9, "graded", "@SUM(1), \"quoted\"\nand a new line")]


def exported(tmp_path, layout, rows=ROWS):
    export_grades(rows, layout, tmp_path / "out.csv")
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_csv_has_a_line_per_student_and_module_and_tells_no_grade_from_zero(tmp_path):
    header, *lines = exported(tmp_path, "csv")
    assert header[:5] == ["student_id", "assignment", "score", "max_score", "status"]
    assert [line[:5] for line in lines[:2]] == [["ada", "01_tensor", "7.5", "9", "graded"],
                                                ["ada", "02_activations", "", "5", "missing"]]
    assert lines[2][2] == "0" and lines[2][5].endswith('"quoted"\nand a new line')


@pytest.mark.parametrize("layout", ["csv", "canvas", "moodle"])
def test_no_cell_is_a_formula(tmp_path, layout):
    cells = [cell for line in exported(tmp_path, layout) for cell in line]
    assert any("cmd" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_canvas_has_its_five_columns_and_the_possible_points(tmp_path):
    header, points, ada, _ = exported(tmp_path, "canvas")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01_tensor", "02_activations"]
    assert points == ["    Points Possible", "", "", "", "", "9", "5"]
    assert ada == ["ada", "", "", "ada", "", "7.5", ""]


def test_moodle_has_a_user_name_and_a_column_per_module(tmp_path):
    assert exported(tmp_path, "moodle")[:2] == [["username", "01_tensor", "02_activations", "remarks"],
                                               ["ada", "7.5", "", "01_tensor: written answers wait for a person"]]


def test_an_older_export_is_kept(tmp_path):
    (tmp_path / "out.csv").write_text("with my remarks")
    kept = export_grades(ROWS, "csv", tmp_path / "out.csv")
    assert kept.read_text() == "with my remarks" and kept != tmp_path / "out.csv"


def test_an_older_export_is_kept_beside_one_of_the_same_second(tmp_path):
    for content in ("first", "second"):
        (tmp_path / "out.csv").write_text(content)
        os.utime(tmp_path / "out.csv", (0, 0))
        export_grades(ROWS, "csv", tmp_path / "out.csv")
    assert {path.read_text() for path in tmp_path.glob("out-*.csv")} == {"first", "second"}


def test_a_folder_stays_where_a_file_is_to_be_written(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(IsADirectoryError):
        export_grades(ROWS, "csv", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", [".", "..", "practice"])
def test_a_folder_as_the_file_to_write_is_refused_before_any_work(of_class, name):
    hand_in(of_class, "ada", TENSOR)
    grade(of_class, TENSOR)
    (of_class.root / "practice").mkdir()
    before = sorted(of_class.root.rglob("*"))
    for give_back, example in ((partial(command.feedback, workers=1), "pages.zip"), (command.export, "grades.csv")):
        with pytest.raises(TitoError) as error:
            give_back(["01"], out=Path(name))
        assert str(error.value) == f"{name} is a folder: name a file, such as {Path(name) / example}."
    assert sorted(of_class.root.rglob("*")) == before


def test_the_status_tells_graded_missing_failed_and_waiting_apart(tmp_path):
    classroom = small_class(tmp_path)
    hand_in(classroom, "ada", TENSOR)
    hand_in(classroom, "broken", TENSOR, b"{")
    grade(classroom)
    hand_in(classroom, "late", TENSOR)
    statuses = {name: row(classroom, name, TENSOR) for name in ("ada", "broken", "late")}
    assert [r.status.split(":")[0] for r in statuses.values()] == ["graded", "failed", "not graded yet"]
    assert [r.score for r in statuses.values()] == [5, None, None]
    assert row(classroom, "ada", ACTIVATIONS).status == "not handed in yet"


def test_unfinished_hand_grading_is_said(tmp_path):
    line, = unfinished(ROWS)
    assert line.startswith("01_tensor: ") and "wait for a person" in line and "ada" in line and "cmd" not in line
    assert WAITING in exported(tmp_path, "csv")[1][5]


@pytest.fixture
def of_class(tmp_path, monkeypatch):
    """A class in whose repository the commands are called."""
    classroom = small_class(tmp_path)
    monkeypatch.chdir(classroom.root)
    return classroom


def returning(tmp_path):
    """Every command that gives grades back, on module 01."""
    return [lambda: command.feedback(["01"], workers=1),
            *(lambda layout=layout: command.export(["01"], layout, tmp_path / f"{layout}.out") for layout in
              ("csv", "canvas", "moodle", "gradescope"))]


def test_without_a_grade_nothing_is_given_back_and_the_mend_is_said(of_class, tmp_path):
    def said() -> set[str]:
        reasons = set()
        for give_back in returning(tmp_path):
            with pytest.raises(TitoError) as error:
                give_back()
            assert error.value.exit_code == 1 and not [*tmp_path.glob("*.out")]
            reasons.add(str(error.value))
        return reasons

    assert said() == {"There are no grades, because nobody has handed in anything of these modules: tito collect "
                      "first, then tito grade."}
    hand_in(of_class, "ada", TENSOR)
    assert said() == {"There are no grades yet, and 1 submission waits: tito grade first."}
    hand_in(of_class, "ada", TENSOR, b"{")
    grade(of_class, TENSOR)
    assert said() == {"There are no grades, because nothing could be graded: tito grades show says why."}


def test_whose_grade_is_not_final_or_not_there_and_what_rule_is_wrong_is_said_beside_the_grades(of_class, tmp_path,
                                                                                                capsys):
    hand_in(of_class, "ada", TENSOR)
    hand_in(of_class, "broken", TENSOR, b"{")
    grade(of_class, TENSOR)
    write_roster(of_class.folder / "roster.csv", [("gradescope", "Ada Lovelace", "a@example.org", "ada")])
    hand_in(of_class, "grace", TENSOR)
    (of_class.folder / "course.toml").write_text('[student.typo]\nextension = "2 days"\n')
    for give_back in returning(tmp_path):
        give_back()
        said = capsys.readouterr().err
        assert "note: 01_tensor: not graded yet: grace. tito grade grades them.\n" in said
        assert f"note: 01_tensor: {WAITING}, so these scores are not final: ada. tito formgrader opens them.\n" in said
        assert "note: 01_tensor: without a grade: broken. tito grades show says why.\n" in said
        assert said.count("course.toml grants something to typo") == 1
