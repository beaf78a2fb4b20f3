"""docs/jupyterhub.md: nbgrader's exchange, from `tito submit` to a grade, with one account."""
import pytest

from tests import helpers
from tests.autograder.small_class import SANDBOXED, TENSOR, row, small_class
from tests.docs.walk import Terminal, sections

PAGE = sections("jupyterhub.md")


@pytest.mark.long
def test_the_exchange_brings_a_students_work_to_the_instructor(tmp_path):
    classroom, student = small_class(tmp_path), helpers.make_student_folder(tmp_path / "ada")
    helpers.solve(student, "01_tensor")
    exchange = tmp_path / "exchange"
    (tmp_path / "config").mkdir()
    (tmp_path / "config/nbgrader_config.py").write_text(shown().replace("/srv/nbgrader/exchange", str(exchange)))
    terminal = Terminal(tmp_path, classroom.root, EXCHANGE=str(exchange), JUPYTER_CONFIG_DIR=str(tmp_path / "config"))
    del terminal.environment["JUPYTER_NO_CONFIG"]
    make, release, submit, collect = PAGE["The exchange"]
    terminal.run(f"{make}\n{release}")
    terminal.place = student
    assert "handed in to the class's exchange" in terminal.run(submit)
    terminal.place = classroom.root
    assert "1 new" in terminal.run(collect if SANDBOXED else f"{collect} --unsafe")
    account, = classroom.students()
    assert row(classroom, account, TENSOR).score == 5


def shown() -> str:
    text = (helpers.REPOSITORY / "docs/jupyterhub.md").read_text(encoding="utf-8")
    return text.split("```python\n")[1].split("```")[0]


def test_what_is_not_run_here_is_said_on_the_page():
    assert [*PAGE] == ["The environment, once (*not tried* on a hub)", "The exchange"]
