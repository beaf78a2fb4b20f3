"""A class on nbgrader's exchange: a student solves 01 and hands it in, an instructor grades it, feedback comes back."""
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.records.classroom import Classroom
from autograder.report.grades import read_grades
from tests.browser.folder import answers
from tests.helpers import REPOSITORY
from tests.jupyter import TOKEN, fresh_user, serving
from tito.course import MODULES
from tito.handed_in import grade_id_of
from tito.notebooks import read_cells

TENSOR = MODULES[0]
NOTEBOOK = TENSOR.notebook(Path()).as_posix()
WRITTEN = [cell.grade_id for cell in read_cells(TENSOR.notebook(REPOSITORY)) if cell.role == "written"]
COMMENT = "The second sentence says it."


class Person:
    """A home folder that knows the class's exchange, and commands typed there."""
    def __init__(self, home: Path, exchange: Path):
        self.home = home
        self.environment = fresh_user(home)
        (home / "config/nbgrader_config.py").write_text(
            f"c = get_config()\nc.CourseDirectory.course_id = 'tinytorch'\nc.Exchange.root = {str(exchange)!r}\n"
            f"c.Exchange.assignment_dir = {str(home / 'tinytorch/notebooks')!r}\n")

    def tito(self, *arguments: str) -> str:
        done = subprocess.run([sys.executable, "-m", "tito", *arguments], cwd=REPOSITORY, env=self.environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def exchange(tmp_path) -> Path:
    """The folder that everybody's account can write to."""
    folder = tmp_path / "exchange"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


def test_a_module_goes_from_release_to_feedback(tmp_path, exchange, window):
    student, instructor = Person(tmp_path / "student", exchange), Person(tmp_path / "instructor", exchange)
    edition, course = student.home / "tinytorch", tmp_path / "course"
    of_course = f"--course={course}"
    instructor.tito("release", "--to", str(edition), of_course, TENSOR.id)
    with serving(REPOSITORY, instructor.home, "formgrader", of_course) as formgrader:
        release_to_exchange(window, formgrader)
        with serving(edition, student.home, "lab", TENSOR.id) as lab:
            work(window, lab)
            hand_in(window, exchange / "tinytorch/inbound")
        assert "1 new" in instructor.tito("collect", TENSOR.id, of_course)
        instructor.tito("grade", of_course)
        read_answers(window, formgrader)
        release_feedback(window, formgrader)
    with serving(edition, student.home, "lab", TENSOR.id) as lab:
        fetch_feedback(window, lab)
    [row] = read_grades(Classroom.at(REPOSITORY, course), [TENSOR])
    read_feedback(window, edition, row)


def press(window, server, button: str) -> str:
    """A button of Formgrader's for the whole assignment; what its window then says."""
    page = window.page
    page.goto(f"{server.address}/formgrader/manage_assignments?token={TOKEN}")
    page.locator("tr", has_text=TENSOR.id).locator(f"td.{button} a").click()
    page.wait_for_selector(".modal.in")
    return page.locator(".modal-body").inner_text()


def release_to_exchange(window, server) -> None:
    """What makes the folders of the exchange: Formgrader's Release."""
    assert "Successfully released" in press(window, server, "release")
    window.picture("0-released")


def work(window, lab) -> None:
    """Open the blank notebook, run it, see what Validate says, write the answers, and see again."""
    window.open(lab, NOTEBOOK)
    assert not window.unsaved
    assert not window.run_all(), "an exercise that is not solved stops the run"
    window.picture("1-unsolved")
    assert "The following cell failed" in window.validate("2-validated")
    names = [grade_id_of(cell) for cell in window.cells()]
    for name, answer in answers(TENSOR).items():
        window.write(names.index(name), answer)
    assert window.run_all()
    window.execute("docmanager:save")
    assert "passes all the tests" in window.validate("3-solved")


def hand_in(window, inbound) -> None:
    window.type_in_terminal("tito submit 01")
    for _ in range(600):
        window.page.wait_for_timeout(200)
        if list(inbound.glob("*/01_tensor.ipynb")):
            break
    else:
        raise AssertionError("nothing came into the exchange")
    window.page.wait_for_timeout(1000)                        # the receipt is printed
    window.picture("4-handed-in")


def read_answers(window, server) -> None:
    """Points for every written answer, a comment for one, by Formgrader's own way there."""
    page = window.page
    page.goto(f"{server.address}/formgrader/?token={TOKEN}")
    page.get_by_role("link", name="Manual Grading").click()
    for link in (TENSOR.id, TENSOR.id, "Submission #1"):
        page.locator("td a", has_text=link).first.click()
    page.wait_for_selector(".score[placeholder]", state="attached")
    for name in WRITTEN:
        with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
            page.locator(f"#{name}").fill("1")
            page.locator(f"#{name}").press("Tab")
    with page.expect_response(lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"):
        page.locator(f"#{WRITTEN[0]}-comment").fill(COMMENT)
        page.locator(f"#{WRITTEN[0]}-comment").blur()
    window.picture("5-formgrader")


def release_feedback(window, server) -> None:
    said = press(window, server, "release-feedback")
    window.picture("6-feedback-released")
    assert "1 of them given back through the exchange" in said


def fetch_feedback(window, lab) -> None:
    """By nbgrader's list of assignments."""
    page = window.page
    page.goto(f"{lab.address}/lab/workspaces/feedback?token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("async () => await jupyterapp.restored")
    window.execute("nbgrader:open-assignment-list")
    page.get_by_role("button", name="Fetch Feedback").click()
    page.get_by_text("(view feedback)").click()
    page.locator(".jp-DirListing-item", has_text=f"{TENSOR.id}.html").dblclick()
    page.frame_locator(".jp-HTMLViewer iframe").get_by_text(COMMENT).wait_for()
    window.picture("7-feedback-fetched")


def read_feedback(window, folder, row) -> None:
    [path] = folder.glob(f"notebooks/{TENSOR.id}/feedback/*/{TENSOR.id}.html")
    window.page.goto(path.as_uri())
    text = window.page.locator("body").inner_text()
    assert COMMENT in text and f"{row.score:g}" in text
    for scheme in ("light", "dark"):
        window.page.emulate_media(color_scheme=scheme)
        window.picture(f"8-feedback-{scheme}")
