"""Feedback through nbgrader's exchange: `tito submit` there, `tito feedback --exchange`, `nbgrader fetch_feedback`."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.collect import exchange
from autograder.records.clock import Clock
from autograder.records.submission import Submission
from autograder.report.feedback import write_feedback
from autograder.report.to_exchange import release_pages
from tests.autograder.inbox import answering, from_exchange
from tests.autograder.small_class import TENSOR, grade, hand_in
from tito import exchange as students
from tito.errors import TitoError

MUL = "def mul(a, b):\n    return a * b"


class Account:
    """A student's home on the class's server, whose nbgrader knows the exchange."""
    def __init__(self, home: Path, name: str, root: Path):
        self.home, self.name = home, name
        self.environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "USER": name,
                            "JUPYTER_DATA_DIR": str(home / "data")}
        home.mkdir()
        (home / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.CourseDirectory.course_id = 'tinytorch'\nc.Exchange.root = {str(root)!r}\n"
            f"c.Exchange.cache = {str(home / 'cache')!r}\nc.CourseDirectory.student_id = {name!r}\n")

    def submits(self, notebook: bytes) -> None:
        students.hand_in(students._config(self.home), TENSOR, notebook)

    def fetches(self) -> list[str]:
        """The pages that nbgrader gives this student."""
        done = subprocess.run([Path(sys.executable).with_name("nbgrader"), "fetch_feedback", TENSOR.id], cwd=self.home,
                              env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return [path.read_text(encoding="utf-8") for path in sorted(self.home.glob("01_tensor/feedback/*/*.html"))]


@pytest.fixture
def server(tmp_path, monkeypatch, classroom):
    """The exchange of a class with one assignment out."""
    root = tmp_path / "exchange"
    for name, mode in ((".", 0o777), ("tinytorch", 0o755), ("tinytorch/outbound/01_tensor", 0o755),
                       ("tinytorch/inbound", 0o2733)):
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name).chmod(mode)
    (root / "tinytorch/outbound/01_tensor/01_tensor.ipynb").write_bytes(answering(classroom, MUL))
    monkeypatch.setattr(exchange, "inbound", lambda _: root / "tinytorch/inbound")
    monkeypatch.setattr("autograder.report.to_exchange.inbound", lambda _: root / "tinytorch/inbound")
    return root


def graded(classroom, *students):
    from_exchange(classroom)
    assert grade(classroom).failed == []
    assert write_feedback(classroom, [TENSOR]) == (len(students), [])


def test_everybody_gets_their_own_page_and_nobody_elses(tmp_path, classroom, server):
    ada, blaise = (Account(tmp_path / name, name, server) for name in ("ada", "blaise"))
    ada.submits(answering(classroom, MUL))
    blaise.submits(answering(classroom, "def mul(a, b):\n    return a"))
    graded(classroom, "ada", "blaise")
    before = os.umask(0o077)                              # an account that shares nothing
    try:
        assert release_pages(classroom, [TENSOR]) == (2, [], [])
    finally:
        os.umask(before)
    for account in (ada, blaise):
        assert account.fetches() == [Submission(classroom, account.name, TENSOR).feedback.read_text(encoding="utf-8")]
    pages = server / "tinytorch/feedback"
    assert pages.stat().st_mode & 0o777 == 0o711, "nobody can list the pages"
    assert {page.stat().st_mode & 0o777 for page in pages.iterdir()} == {0o644}, "who knows a name can read it"
    assert release_pages(classroom, [TENSOR], "ada") == (1, [], []), "again, and for one student"


def test_who_handed_in_elsewhere_is_named_and_a_newer_attempt_waits_for_its_grade(tmp_path, classroom, server):
    ada = Account(tmp_path / "ada", "ada", server)
    ada.submits(answering(classroom, MUL))
    hand_in(classroom, "zoe", TENSOR)
    graded(classroom, "ada", "zoe")
    assert release_pages(classroom, [TENSOR]) == (1, [Submission(classroom, "zoe", TENSOR)], [])
    ada.submits(answering(classroom, "def mul(a, b):\n    return b * a"))
    assert from_exchange(classroom).replaced == ["ada"]
    given, _, [problem] = release_pages(classroom, [TENSOR])
    assert given == 0 and "a newer attempt is not graded yet: tito grade 01 first" in problem
    with pytest.raises(TitoError, match="Nobody handed in through the exchange: tito feedback --zip FILE"):
        release_pages(classroom, [TENSOR], "zoe")


def test_two_who_came_with_one_secret_would_read_each_others_page(tmp_path, classroom, server):
    for name in ("ada", "blaise"):
        Account(tmp_path / name, name, server).submits(answering(classroom, MUL if name == "ada" else "mul = 1"))
    for path in (server / "tinytorch/inbound").glob("*/submission_secret.txt"):
        path.write_text("the same")
    graded(classroom, "ada", "blaise")
    given, _, [problem] = release_pages(classroom, [TENSOR])
    assert given == 0 and "came with the same secret" in problem
    assert not list(server.glob("tinytorch/feedback/*.html"))


@pytest.mark.parametrize("content, problem", [
    (None, "cannot be read"), (b"", "none that nbgrader wrote"), ("größer".encode(), "none that nbgrader wrote"),
    (b"x" * 2000, "has 0 MB")])
def test_a_secret_that_is_none_costs_one_page(tmp_path, classroom, server, content, problem):
    for name in ("ada", "blaise"):
        Account(tmp_path / name, name, server).submits(answering(classroom, MUL if name == "ada" else "mul = 1"))
    [path] = (server / "tinytorch/inbound").glob("ada*/submission_secret.txt")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    graded(classroom, "ada", "blaise")
    given, _, [told] = release_pages(classroom, [TENSOR])
    assert given == 1 and told.startswith("ada 01_tensor: not given back, ") and problem in told


def test_no_page_is_written_through_a_link(tmp_path, classroom, server):
    Account(tmp_path / "ada", "ada", server).submits(answering(classroom, MUL))
    graded(classroom, "ada")
    (tmp_path / "elsewhere").mkdir()
    (server / "tinytorch/feedback").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TitoError, match="feedback is a link"):
        release_pages(classroom, [TENSOR])
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_was_collected_before_places_were_noted_is_collected_again(tmp_path, classroom, server):
    Account(tmp_path / "ada", "ada", server).submits(answering(classroom, MUL))
    graded(classroom, "ada")
    ada = Submission(classroom, "ada", TENSOR)
    receipt = ada.taken_in()
    assert receipt.clock == Clock.exchange and receipt.place.startswith("ada+01_tensor+")
    ada.note(ada.submitted.read_bytes(), receipt.moment, receipt.remarks)
    assert "is not noted: tito collect 01 again" in release_pages(classroom, [TENSOR])[2][0]
    from_exchange(classroom)
    assert release_pages(classroom, [TENSOR]) == (1, [], [])
