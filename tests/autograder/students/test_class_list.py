"""The class list: read from what platforms export, shown with what is missing, known to Formgrader."""
import pytest

from autograder.collect.roster import Person, Roster
from autograder.records.gradebook import gradebook
from autograder.records.tables import read_table
from autograder.report.grades import read_grades
from autograder.students import command
from autograder.students.attendance import attendance
from autograder.students.class_files import import_class
from autograder.students.names import write_names
from tests.autograder.inbox import answering, collect, put, zipped
from tests.autograder.small_class import ACTIVATIONS, TENSOR, grade, hand_in
from tests.autograder.test_instructor_commands import tito
from tito.errors import TitoError

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,01_tensor (7)
,,,,,Manual Posting
    Points Possible,,,,,9
"Lovelace, Ada",51235,s1,ada,A,
"Pascal, Blaise",51236,s2,blaise,A,
"Student, Test",51299,,abcdef,A,
"""
MOODLE = "First name,Last name,ID number,Email address\nAda,Lovelace,ada,a@example.org\nBlaise,Pascal,,b@example.org\n"
WORKSHEET = "Identifier,Full name,Email address,Status,Grade\nParticipant 1234567,Ada Lovelace,a@example.org,-,\n"
GRADESCOPE = ("First Name,Last Name,SID,Email,Role\nAda,Lovelace,ada,a@example.org,Student\n"
              "Grace,Hopper,gh,g@example.org,Instructor\n")


@pytest.fixture
def roster(classroom):
    return Roster(classroom.folder / "roster.csv")


def imported(folder, roster, text):
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8-sig")
    result = import_class(read_table(path), path, roster)
    roster.save()
    return result


ADA, BLAISE = Person("ada", "Lovelace, Ada"), Person("blaise", "Pascal, Blaise")


@pytest.mark.parametrize("text, people, lines", [
    (CANVAS, [ADA, BLAISE], {"canvas": [["Lovelace, Ada", "51235", "ada"], ["Pascal, Blaise", "51236", "blaise"]]}),
    (MOODLE, [Person("ada", ADA.name, "a@example.org"), Person("b@example.org", BLAISE.name, "b@example.org")],
     {"moodle": [["Ada Lovelace", "", "ada"], ["Blaise Pascal", "", "b@example.org"]]}),
    (WORKSHEET, [Person("a@example.org", "Ada Lovelace", "a@example.org")],
     {"moodle": [["Ada Lovelace", "1234567", "a@example.org"]]}),
    (GRADESCOPE, [Person("ada", ADA.name, "a@example.org")],
     {"gradescope": [["Lovelace, Ada", "a@example.org", "ada"]]}),
    ("student_id;name;email\nada;Ada Lovelace;\n", [Person("ada", "Ada Lovelace")], {"canvas": []}),
    ("\tusername\n1\tada\n", [Person("ada")], {"moodle": []})])
def test_what_platforms_export_is_recognised(tmp_path, roster, text, people, lines):
    assert len(imported(tmp_path, roster, text).new) == len(people)
    assert list(Roster(roster.path).class_list().values()) == people
    assert {platform: roster.lines(platform) for platform in lines} == lines


def test_a_second_list_adds_its_numbers_to_the_same_people_and_removes_nobody(tmp_path, roster):
    imported(tmp_path, roster, MOODLE.replace(",,b@", ",blaise,b@"))
    assert imported(tmp_path, roster, CANVAS).unchanged == ["ada", "blaise"]
    result = imported(tmp_path, roster, WORKSHEET)                     # known by the e-mail address
    assert roster.class_list()["ada"].email == "a@example.org" and result.new == []
    assert "blaise" in result.remarks[0] and "blaise" in roster.class_list()
    assert ["Ada Lovelace", "1234567", "ada"] in roster.lines("moodle")
    before = roster.path.read_text()
    imported(tmp_path, roster, WORKSHEET)
    assert roster.path.read_text() == before


def test_the_platforms_downloads_are_then_collected_without_a_question(classroom, tmp_path, roster):
    imported(tmp_path, roster, CANVAS)
    imported(tmp_path, roster, MOODLE.replace(",,b@", ",blaise,b@"))
    for name, whole in (("lovelaceada_51235_987655_01_tensor.ipynb", "canvas.zip"),
                        ("Blaise Pascal_1234568_assignsubmission_file/01_tensor.ipynb", "moodle.zip")):
        file = put(tmp_path / whole, zipped({name: answering(classroom, "a = 1")}))
        assert len(collect(classroom, file, roster.path).new) == 1


def test_a_class_list_that_comes_after_the_first_download_is_enough(classroom, tmp_path, roster):
    names = ("Ada Lovelace_1234567_assignsubmission_file", "Blaise Pascal_1234568_assignsubmission_file")
    file = put(tmp_path / "m.zip", zipped({f"{name}/01_tensor.ipynb": answering(classroom, "a = 1") for name in names}))
    with pytest.raises(TitoError, match="tito students import FILE takes in the class list that Moodle exports"):
        collect(classroom, file, roster.path)
    imported(tmp_path, Roster(roster.path), MOODLE.replace(",,b@", ",blaise,b@"))          # which has no numbers
    assert sorted(collect(classroom, file, roster.path).new) == ["ada", "blaise"]


def test_two_people_of_one_name_are_not_known_by_it(tmp_path, roster):
    imported(tmp_path, roster, MOODLE + "Ada,Lovelace,ada2,x@example.org\n")
    assert [line[0] for line in roster.lines("moodle")] == ["Blaise Pascal"]


@pytest.mark.parametrize("text, problem", [
    ("name,age\nAda,3\n", "no column that names students"), ("student_id\n../x\n", "line 2"),
    ("student_id\n", "no student"), ("student_id,name\nada,A\nada,B\n", "line 3: ada is there twice"),
    ("username,name\n,Ada\n", "line 2: there is no id: add a column student_id"),
    ("student_id,name\n,Ada\n", "line 2: there is no id: write it into the column student_id")])
def test_a_list_that_cannot_be_used_is_one_line_and_changes_nothing(tmp_path, roster, text, problem):
    with pytest.raises(TitoError, match=problem) as error:
        imported(tmp_path, roster, text)
    assert "\n" not in str(error.value) and not roster.path.exists()


def test_nobody_enters_the_class_twice_by_one_address(tmp_path, roster):
    imported(tmp_path, roster, WORKSHEET)                              # which has no id but the address
    before = roster.class_list()
    with pytest.raises(TitoError, match="is ada here, and a@example.org in the class already"):
        imported(tmp_path, roster, "student_id,name,email\nada,Ada Lovelace,A@example.org\n")
    assert roster.class_list() == before


def test_a_name_in_the_list_is_no_formula_and_reads_as_it_was(tmp_path, roster):
    imported(tmp_path, roster, 'student_id,name\nada,"=1+1"\n')
    assert "'=1+1" in roster.path.read_text() and roster.class_list()["ada"].called == "=1+1"


def test_who_handed_in_nothing_is_missing_in_grades_and_in_the_list(classroom, tmp_path, roster):
    imported(tmp_path, roster, CANVAS)
    hand_in(classroom, "ada", TENSOR)
    hand_in(classroom, "zoe", ACTIVATIONS)
    grade(classroom)
    rows = {(row.student, row.assignment): row for row in read_grades(classroom, [TENSOR])}
    assert (rows["blaise", TENSOR.id].status, rows["blaise", TENSOR.id].name) == ("missing", "Blaise Pascal")
    lines = {one.person.student: one for one in attendance(classroom, roster, [TENSOR, ACTIVATIONS])}
    assert lines["ada"].missing == [ACTIVATIONS.id] and lines["blaise"].missing == [TENSOR.id, ACTIVATIONS.id]
    assert not lines["zoe"].in_list and lines["ada"].in_list
    (classroom.folder / "course.toml").write_text("[due]\n02 = 2999-01-01\n01 = 2000-01-01\n")
    lines = {one.person.student: one for one in attendance(classroom, roster, [TENSOR, ACTIVATIONS])}
    assert lines["ada"].missing == [] and lines["blaise"].missing == [TENSOR.id]        # not due yet is not missing
    rows = {(row.student, row.assignment): row.status for row in read_grades(classroom, [TENSOR, ACTIVATIONS])}
    assert (rows["blaise", TENSOR.id], rows["blaise", ACTIVATIONS.id]) == ("missing", "not handed in yet")


def test_formgrader_finds_a_name_for_everybody(classroom, tmp_path, roster):
    imported(tmp_path, roster, CANVAS)
    hand_in(classroom, "zoe", TENSOR)
    grade(classroom, TENSOR)
    with gradebook(classroom) as book:
        names = {student.id: (student.last_name, student.first_name) for student in book.students}
        book.find_student("zoe").first_name, book.find_student("zoe").last_name = "By hand", "Named"
        book.db.commit()
    assert names == {"ada": ("Lovelace", "Ada"), "blaise": ("Pascal", "Blaise"), "zoe": ("zoe", "")}
    write_names(classroom, roster)
    with gradebook(classroom) as book:
        assert book.find_student("zoe").last_name == "Named"


def test_the_commands(classroom, tmp_path, monkeypatch, capsys):
    (tmp_path / "list.csv").write_text(CANVAS)
    run = tito(classroom.root, "students", "import", str(tmp_path / "list.csv"))
    assert run.returncode == 0 and "2 new, 0 changed, 0 unchanged; 2 students" in run.stdout
    monkeypatch.chdir(classroom.root)
    command.add("emmy", "Emmy Noether", "e@example.org")
    command.remove("blaise")
    run = tito(classroom.root, "students", "list")
    assert "Emmy Noether" in run.stdout and "Ada Lovelace" in run.stdout and "blaise" not in run.stdout
    capsys.readouterr()
    command.add("blaise")
    assert "back in the class" in capsys.readouterr().out
    command.add("emmy", "Amalie Noether")
    people = Roster(classroom.folder / "roster.csv").class_list()
    assert people["blaise"].called == "Blaise Pascal"
    assert people["emmy"] == Person("emmy", "Amalie Noether", "e@example.org")


@pytest.mark.parametrize("wrong, told", [(("import", "none.csv"), "none.csv does not exist"),
                                         (("import", "."), ". is a folder"), (("remove", "nobody"), "nobody")])
def test_what_is_not_there_is_one_line(classroom, wrong, told):
    run = tito(classroom.root, "students", *wrong)
    assert run.returncode == 1 and run.stderr.count("\n") == 1 and told in run.stderr


@pytest.mark.parametrize("name, first_and_last", [
    ("Lovelace, Ada", ("Ada", "Lovelace")), ("Lovelace,Ada", ("Ada", "Lovelace")),
    ("Ada Lovelace", ("Ada", "Lovelace")),
    ("King, Ada, Countess", ("Ada, Countess", "King")), ("zoe", ("", "zoe")), ("zoe, ", ("", "zoe")),
    ("zoe,", ("", "zoe")), (", zoe", ("", "zoe")), (", Zoe Z", ("Zoe", "Z")), (",", ("", "")), ("", ("", "")),
])
def test_who_has_a_name_has_a_last_one(name, first_and_last):
    assert Person("z", name).first_and_last == first_and_last


def test_a_name_that_is_a_comma_is_shown_as_the_id(classroom, roster):
    roster.put("class", ",", "", "zoe")
    write_names(classroom, roster)
    with gradebook(classroom) as book:
        assert book.find_student("zoe").last_name == "zoe"
