"""docs/jupyterhub.md: nbgrader's exchange, from `tito submit` to feedback, with one account."""
import pytest

from tests import helpers
from tests.autograder.small_class import SANDBOXED, TENSOR, row, small_class
from tests.docs.walk import Terminal, sections

PAGE = sections("jupyterhub.md")


@pytest.mark.long
def test_the_exchange_brings_work_to_the_instructor_and_feedback_back(tmp_path):
    classroom, exchange = small_class(tmp_path), tmp_path / "exchange"
    (tmp_path / "config").mkdir()
    (tmp_path / "config/nbgrader_config.py").write_text(shown().replace("/srv/nbgrader/exchange", str(exchange)))
    terminal = Terminal(tmp_path, classroom.root, EXCHANGE=str(exchange), JUPYTER_CONFIG_DIR=str(tmp_path / "config"))
    student = helpers.make_student_folder(terminal.home / "tinytorch")
    helpers.solve(student, "01_tensor")
    make, release, submit, collect, give_back, fetch = PAGE["The exchange"]
    terminal.run(f"{make}\n{release}")
    terminal.place = student
    assert "handed in to the class's exchange" in terminal.run(submit)
    terminal.place = classroom.root
    assert "1 new" in terminal.run(collect if SANDBOXED else f"{collect} --unsafe")
    account, = classroom.students()
    assert row(classroom, account, TENSOR).score == 5
    assert "1 of them given back" in terminal.run(give_back)
    terminal.place = student
    terminal.run(fetch)
    [page] = student.glob("notebooks/01_tensor/feedback/*/01_tensor.html")
    assert "Tensor" in page.read_text(encoding="utf-8")


def shown() -> str:
    text = (helpers.REPOSITORY / "docs/jupyterhub.md").read_text(encoding="utf-8")
    return text.split("```python\n")[1].split("```")[0]


def test_what_is_not_run_here_is_said_on_the_page():
    assert [*PAGE] == ["The environment, once (*not tried* on a hub)", "The exchange"]
