"""The programs that show the whole road, on the tiny course."""
import pytest

from autograder import demo, options
from tests.autograder.small_class import small_class
from tito.errors import TitoError


def test_the_demo_ends_by_saying_that_it_worked_and_where_to_look(tmp_path, monkeypatch, capsys):
    root = small_class(tmp_path).root
    monkeypatch.setattr(demo, "find_root", lambda start: root)
    demo.main()
    verdict, *places, last = capsys.readouterr().out.split("What you have seen\n")[1].splitlines()
    assert verdict.startswith("It worked: 2 notebooks were released") and "8 submissions were graded" in verdict
    assert len(places) == 3 and all((root / line.split(":")[0]).exists() for line in places)
    assert last == "docs/instructors.md goes on from here."


def test_an_error_of_such_a_program_is_one_line_and_its_exit_code(capsys):
    def fails():
        raise TitoError("There is no folder.", exit_code=2)

    with pytest.raises(SystemExit) as stopped:
        options.run(fails)
    assert stopped.value.code == 2 and capsys.readouterr().err == "error: There is no folder.\n"
