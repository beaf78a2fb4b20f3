"""Functions that a test ships to run beside the student's code: one request, and nothing to be learnt from them."""
from pathlib import Path

import pytest

from autograder.examine.connection import Connection
from autograder.examine.program import Program, Test
from tests.autograder.case import grade_case, reason, reasons

LOOP = """
@students_side
def twice(v, count):
    for _ in range(count):
        v = double(v)
    return v
{use}
"""
# Whether any object in the process, frames' variables and functions' constants among them, is the secret number
SEARCH = """
import gc, sys, types
def probe():
    found, frame = list(gc.get_objects()), sys._getframe()
    while frame:
        found += [frame.f_locals, frame.f_globals, frame.f_code]
        frame = frame.f_back
    for thing in list(found):
        found += gc.get_referents(thing)
    found += [value for code in found if isinstance(code, types.CodeType) for value in code.co_consts]
    found += [value for part in found if type(part) in (dict, list, tuple) for value in
              (list(part.values()) if type(part) is dict else part)]
    return any(type(value) is float and value - 4000 == 73000.25 for value in found)
"""


def count_requests(monkeypatch, tmp_path) -> Path:
    """Requests are counted in the examiner, a child of this process, so they are written to a file."""
    log, ask = tmp_path / "requests", Connection.ask

    def counted(self, *request):
        with log.open("a") as file:
            file.write(f"{request[0]}\n")
        return ask(self, *request)

    monkeypatch.setattr(Connection, "ask", counted)
    return log


def test_a_loop_beside_the_students_code_is_one_request(sandboxed, monkeypatch, tmp_path):
    log = count_requests(monkeypatch, tmp_path)
    use = "assert_close(twice(Vec([1]), 20).numpy(), [2.0 ** 20])"
    assert reasons(grade_case({"loop": LOOP.format(use=use)}, sandboxed)) == {"loop": ""}
    assert log.read_text().split() == ["names", "define", "call", "call", "get", "call"]   # make Vec, loop, numpy()


def test_it_sees_arguments_and_the_students_names_and_no_variable_of_the_test():
    told = reason("count = 3\n@students_side\ndef f(v):\n    return count\nf(Vec([1]))")
    assert told.startswith("NameError: name 'count' is not defined")


def test_what_the_test_expects_is_nowhere_beside_the_students_code(sandboxed):
    test = "expected = 77000.25\n@students_side\ndef look(given):\n    return probe()\n"
    told = reasons(grade_case({"kept": f"{test}assert not look(1.5)", "given": f"{test}assert not look(expected)"},
                              sandboxed, probe=SEARCH))
    assert told["kept"] == "" and told["given"] != ""             # the search does find what it is given


@pytest.mark.parametrize("attack", [
    "import builtins\nbuiltins.exec = lambda code, space: space.update(twice=lambda v, count: v)",
    "import builtins\nbuiltins.compile = lambda *args: 'twice = 7'",
    "import builtins\nbuiltins.range = lambda *args: ()",
    "class Yes:\n    __eq__ = lambda self, other: True\n    __call__ = lambda self, *args: self\n"
    "import builtins\nbuiltins.exec = lambda code, space: space.update(twice=Yes())",
])
def test_a_function_that_was_replaced_gains_nothing(attack):
    assert reason(LOOP.format(use="assert_close(twice(Vec([1]), 20).numpy(), [2.0 ** 20])"), hack=attack)


def test_one_that_does_not_end_costs_its_test(monkeypatch):
    monkeypatch.setattr("autograder.examine.student_code.TEST_SECONDS", 0.5)
    endless = "@students_side\ndef f():\n    while True:\n        pass\nf()"
    told = reasons(grade_case({"loop": endless, "next": "assert remember(1) == 1"}))
    assert told["loop"].startswith("took longer than 0.5 seconds") and told["next"] == ""


def test_only_a_marked_function_at_the_top_is_shipped():
    inner = LOOP.format(use="def g():\n    @students_side\n    def h():\n        pass")
    assert [name for _, name in Program(Test("t", inner, 1.0)).shipped] == ["twice"]
