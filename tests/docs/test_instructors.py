"""The instructor's guide does what it says: from a clean machine to a graded class."""
import csv
import json
import os
import re
import signal
import socket
import time
import urllib.request
import zipfile

import pytest

from autograder.audit import audit
from autograder.audit.wrong_answers import Wrong
from autograder.examine.grader import sandbox_problem
from tests import helpers
from tests.autograder.audit.test_audit import CAUGHT
from tests.autograder.release.test_changed_cells import give
from tests.autograder.small_class import TENSOR, hand_in, row, small_class, submission
from tests.docs.walk import Terminal, bare, repository, sections, typed
from tests.helpers import REPOSITORY
from tito.course import MILESTONES, MODULES
from tito.notebooks import read_cells

NEEDS_A_NUMBER = """#| export
def mul(a, b):
    if not a.numpy().size:
        raise ValueError("mul needs a number")
    return Tensor(a.numpy() * b.numpy())"""
FIRST_DAY = ["Install", "Release the first module", "A class of five to practise on", "Collect and grade",
             "Read the written answers", "Return", "Your own class", "Every week"]
needs_sandbox = pytest.mark.skipif(bool(sandbox_problem()), reason=f"grading needs a sandbox: {sandbox_problem()}")
GUIDE = (REPOSITORY / "docs/instructors.md").read_text(encoding="utf-8")


def test_every_command_of_the_guide_is_walked_through():
    assert [*sections("instructors.md")] == [*FIRST_DAY, "When a test turns out wrong"]


@needs_sandbox
@pytest.mark.long
def test_from_a_clean_machine_to_a_graded_class_of_five(tmp_path):
    work, server = tmp_path / "work", bare(tmp_path / "class.git")
    work.mkdir()
    terminal = Terminal(tmp_path, work, TINYTORCH=str(repository(tmp_path / "tinytorch.git")), CLASS=str(server))
    guide, said = sections("instructors.md"), {}
    for heading in FIRST_DAY:
        for block in guide[heading]:
            if block == "tito formgrader":
                ada_is_read(terminal)
            elif block.endswith("\ntito doctor"):
                terminal.run(block.removesuffix("tito doctor"))
                is_well_but_for_the_installation(terminal.run("tito doctor || true"))
            else:
                said[heading] = terminal.run(block)
    assert "No line of a solution or hidden test was found" in said["Every week"]
    assert heads(terminal, server) == ["Module 02", "Module 01"]
    assert "written answers wait for a person" in said["Collect and grade"]
    assert "5 new, 0 replaced" in said["Collect and grade"]
    check_scores(work / "practice")
    with zipfile.ZipFile(work / "practice/pages.zip") as pages:
        assert "Ada Lovelace_1234501_assignsubmission_file/01_tensor.html" in pages.namelist()
        assert len(pages.namelist()) == 5


def is_well_but_for_the_installation(said: str) -> None:
    """The packages are those that run this test, so `tinytorch` is not installed from the clone."""
    assert "sandbox for grading" in said and set(re.findall(r"^wrong +(.*?)  ", said, re.MULTILINE)) <= \
        {"tinytorch and tito"}


def ada_is_read(terminal: Terminal) -> None:
    """What Formgrader's page does when a person types points and presses Tab."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"ServerApp": {"port": port, "port_retries": 0, "open_browser": False},
                "IdentityProvider": {"token": "t"}}
    (terminal.home / "jupyter").mkdir()
    (terminal.home / "jupyter/jupyter_server_config.json").write_text(json.dumps(settings))
    terminal.environment |= {"JUPYTER_CONFIG_DIR": str(terminal.home / "jupyter")}
    server = terminal.start("tito formgrader")

    def ask(path: str, method: str = "GET", **data):
        address = f"http://127.0.0.1:{port}/formgrader/api/{path}"
        content = json.dumps(data).encode() if data else None
        request = urllib.request.Request(address, content, {"Authorization": "token t"}, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    try:
        for _ in range(300):
            assert server.poll() is None, (terminal.home / "log").read_text()
            try:
                found = ask("submitted_notebooks/01_tensor/01_tensor")
                break
            except OSError:
                time.sleep(0.2)
        number = next(one["id"] for one in found if one["student"] == "ada")
        written = [grade for grade in ask(f"grades?submission_id={number}") if grade["needs_manual_grade"]]
        assert [grade["max_score"] for grade in written] == [4, 4]
        for grade, points in zip(written, (4, 3)):
            ask(f"grade/{grade['id']}", "PUT", manual_score=points, extra_credit=None)
        kept = terminal.place / "course/hand_scores/01_tensor.csv"
        while kept.read_text(encoding="utf-8").count("ada") < 2:              # written after the page has its answer
            assert server.poll() is None, (terminal.home / "log").read_text()
            time.sleep(0.1)
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(30)


def check_scores(practice) -> None:
    """The guide's own figures stand in the file that Canvas imports; the exported one is kept beside it."""
    with open(practice / "canvas/gradebook.csv", encoding="utf-8") as file:
        filled = {line["SIS Login ID"]: line["01_tensor (301)"] for line in csv.DictReader(file)}
    listed = re.search(r"the list says: (Ada .*?);", GUIDE, re.DOTALL)[1]
    told = re.findall(r"(Ada|Blaise|Claude|Emmy|Grace) ([\d.]+\d|\d)", listed)
    assert {name.lower(): score for name, score in told} | {"": "59"} == filled
    assert len(list((practice / "canvas").glob("gradebook-*.csv"))) == 1


def heads(terminal: Terminal, server) -> list[str]:
    return terminal.run(f"git -C {server} log --format=%s main").splitlines()


def test_the_calendar_has_the_hours_of_the_title_cards_and_the_points_of_the_notebooks():
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in GUIDE.splitlines()
            if re.match(r"\| (\d+|all) \| \d\d", line)]
    found = {module: (hours(module), points(module, "test"), points(module, "written")) for module in MODULES}
    assert [module for row in rows[:-1] for module in of(row)] == MODULES
    for line in rows:
        told, by_tests, by_people = line[2:5]
        low, high = (sum(found[module][0][end] for module in of(line)) for end in (0, 1))
        assert told == (f"{low}–{high}" if low < high else str(low)), line
        assert int(by_tests) == sum(found[module][1] for module in of(line)), line
        assert int(by_people) == sum(found[module][2] for module in of(line)), line
    years = {row[5][-4:]: of(row) for row in rows[:-1] if row[5].startswith("milestone")}
    assert [*years] == [milestone.id[3:7] for milestone in MILESTONES]
    assert all(MODULES[milestone.unlocked_by - 1] in years[milestone.id[3:7]] for milestone in MILESTONES)


def of(row: list[str]) -> list:
    """The modules that a row of the calendar names."""
    if row[0] == "all":
        return MODULES
    return [MODULES[int(number) - 1] for number in row[1].split(", ")]


def hours(module) -> tuple[int, int]:
    card = read_cells(module.notebook(REPOSITORY))[0].source
    low, high = re.search(r"^(\d)(?:(?: to |–)(\d))? hours", card, re.MULTILINE).groups()
    return int(low), int(high or low)


def points(module, role: str) -> float:
    return sum(cell.points for cell in read_cells(module.notebook(REPOSITORY)) if cell.role == role)


@needs_sandbox
@pytest.mark.long
def test_a_mended_test_is_proved_and_everybody_gets_what_was_lost_by_it(tmp_path, monkeypatch):
    """On a copy of the tiny course, whose second test asked for more than the exercise."""
    zeros = Wrong("tensor", "zeros", ("np.asarray(data", "np.zeros_like(data"), "test_tensor", "the values changed")
    monkeypatch.setattr(audit, "wrong_answers", lambda module: [*CAUGHT, zeros])
    classroom = small_class(tmp_path)
    monkeypatch.chdir(classroom.root)
    (classroom.root / "autograder/audit/wrong_answers").mkdir(parents=True)
    (classroom.root / "autograder/audit/wrong_answers/tensor.py").touch()
    notebook, terminal = TENSOR.notebook(classroom.root), Terminal(tmp_path, classroom.root)
    right = notebook.read_text(encoding="utf-8")
    helpers.edit(notebook, ask_for_more)
    terminal.run("git init --quiet && git add notebooks autograder && git commit --quiet --message all")
    for student in ("ada", "blaise"):
        hand_in(classroom, student, TENSOR, submission(classroom, TENSOR, mul=NEEDS_A_NUMBER))
    typed("tito grade")
    give(classroom, "why_float32", 3)
    proof, grading = sections("instructors.md")["When a test turns out wrong"]
    (prove, commit), (regrade, look, write) = proof.splitlines(), grading.splitlines()
    notebook.write_text(right.replace("== [8, 15]", "== [9, 15]"), encoding="utf-8")
    with pytest.raises(AssertionError, match="the reference loses points in test_mul"):
        typed(prove)
    with pytest.raises(AssertionError, match="Nothing was graded"):
        typed(regrade)
    notebook.write_text(right, encoding="utf-8")                          # mended, in JupyterLab
    assert "reference full, blank 0" in typed(prove)
    terminal.run(commit)
    assert terminal.run("git status --porcelain notebooks autograder") == ""
    assert "ada 01_tensor: test_mul 0 -> 2" in typed(regrade)
    assert terminal.run(look).count("test_mul,0.0,2.0") == 2
    typed(write)
    assert row(classroom, "ada", TENSOR).score == 8                       # 5 by the tests, 3 by a person, as before


def ask_for_more(cells: list[dict]) -> None:
    test = next(cell for cell in cells if helpers.grade_id(cell) == "test_mul")
    test["source"] = "".join(test["source"]) + "\nassert mul(Tensor([]), Tensor([])).numpy().size == 0, 'nothing'"
