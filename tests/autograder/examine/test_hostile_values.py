"""Answers that lie: names that nobody asked for, objects equal to everything, messages with secrets, endless values."""
import re
import textwrap
from pathlib import Path

import pytest

import autograder.examine.reasons
import tito.checks
from autograder.audit.audit import Audit
from autograder.examine import grader, student_code
from autograder.examine.grader import sandbox_problem
from autograder.examine.reasons import PAGE_LETTERS, STAND_IN_LETTERS
from autograder.grade.verdicts import codes_of
from autograder.records.classroom import Classroom
from autograder.release.tiers import Tier
from tests.autograder.case import RIGHT, grade_case, reason, reasons
from tests.helpers import REPOSITORY
from tito.course import available

SECRET = "".join(chr(ord("a") + i % 26) + str(i) for i in range(5000))
FORGED_NAMES = textwrap.dedent("""
    import sys, types
    if "objects" in sys.modules:
        Objects = sys.modules["objects"].Objects
        honest = Objects.perform
        class Yes:
            def __call__(self, *args, **options): return self
            def __enter__(self): return self
            def __exit__(self, *error): return True
            def __getattr__(self, name): return self
            def __eq__(self, other): return True
            def __iter__(self): return iter(())
            def __len__(self): return 0
        def perform(self, request, *args):
            found = honest(self, request, *args)
            if request == "names":
                found.update(dict.fromkeys(("assert_close", "raises", "isinstance", "numerical_gradient", "np", "len",
                                            "scratch_file", "all", "any", "_shipped", "range"), Yes()))
            return found
        Objects.perform = perform
""")


@pytest.fixture(scope="module", params=[module.name for module in available(REPOSITORY)])
def audit(request):
    module = next(module for module in available(REPOSITORY) if module.name == request.param)
    return Audit(Classroom.at(REPOSITORY), module, sandboxed=sandbox_problem() is None)


def points(audit, codes, **package):
    audit.package |= package
    return sum(verdict.points for verdict in audit.grade(codes, audit.tests).verdicts)


def with_code(codes, source):
    """The cells with this source in front of the first: where it runs does not matter to what it may gain."""
    return [grader.Code(codes[0].id, f"{codes[0].source}\n{source}"), *codes[1:]]


def test_a_blank_module_that_answers_with_names_of_the_test_gets_nothing(audit):
    assert points(audit, with_code(codes_of(audit.blanks[Tier.standard]), FORGED_NAMES)) == 0


def test_an_earlier_module_cannot_answer_for_a_blank_one(audit):
    if not audit.package:
        pytest.skip("the first module stands on no other")
    first = next(iter(audit.package))
    assert points(audit, codes_of(audit.blanks[Tier.standard]), **{first: audit.package[first] + FORGED_NAMES}) == 0


def test_names_that_a_test_owns_stay_its_own():
    told = reason("assert_close(double(Vec([1])).numpy(), [2])", forged=FORGED_NAMES, double="double = lambda v: v")
    assert "cannot be read" in told


EQUAL = """
    class Same:
        __hash__ = None
        def __eq__(self, other): return True
        __ne__ = __bool__ = lambda self, *other: False
        __lt__ = __le__ = __gt__ = __ge__ = __eq__
        __contains__ = __eq__
        def __len__(self): return 2
        def __iter__(self): return iter(())
    class Liar(type):
        __instancecheck__ = __subclasscheck__ = lambda self, other: True
    class Vec(metaclass=Liar):
        pass
    double = call = lambda *args: Same()
"""
COMPARISONS = ["assert double(1) == 3", "assert 3 == double(1)", "assert (2, 3) == double(1)",
               "assert not double(1) != 3", "assert double(1) == call(1)", "assert [double(1)] == [3]",
               "assert {'a': double(1)} == {'a': 3}", "assert double(1) < 3", "assert 3 > double(1)",
               "assert double(1) >= 3", "assert max(3, double(1)) == 3", "assert 3 in double(1)",
               "assert double(1) in [3, 4]", "assert sorted([double(1), 3])[0] == 3", "assert isinstance(3, Vec)",
               "assert isinstance(np.ones(2), Vec)", "assert issubclass(int, Vec)", "assert double(1)",
               "assert all([double(1)])", "assert (np.ones(2) == double(1)).all()", "assert_close(double(1), [1, 1])",
               "assert np.array_equal(double(1), np.ones(2))"]


@pytest.mark.parametrize("comparison", COMPARISONS)
def test_an_object_equal_to_everything_is_equal_to_nothing(comparison):
    assert reason(comparison, equal=textwrap.dedent(EQUAL))


def test_in_looks_at_values():
    bag = "class Bag:\n    def __iter__(self): return iter(['a', 3])\nprobe = Bag()"
    assert reasons(grade_case({"in": "assert 3 in probe and 'a' in probe and 4 not in probe"}, probe=bag)) == {"in": ""}


LEAKS = {
    "an exception's message": "raise ValueError(piece)",
    "an exception's name": "raise type(piece, (Exception,), {})",
    "a type's name": "return type(piece, (), {'numpy': lambda self: self})()",
    "a function's name": "double.__code__ = double.__code__.replace(co_qualname=piece)\n    raise NotImplementedError",
    "a shape": "return Vec(np.zeros([1] * 20 + [ord(c) % 10 for c in piece[:10]] + [0]))",
    "values": "return Vec([float.fromhex('0x' + piece[1:7:2]), 4])",
    "text": "return Vec(piece)",
}
LEAKY = """
class Vec:
    def __init__(self, data): self.data = data
    def numpy(self): return np.asarray(self.data)
    def __repr__(self): return str(self.data)
"""


def told(leak, stands_in):
    """The reasons of forty tests on code that tells a piece of a secret in each; the secret is an earlier module's."""
    double = ("from tinytorch.tensor import SECRET\n"
              f"def double(i):\n    piece = SECRET[i * 50:][:50]\n    {LEAKS[leak]}\n")
    cells = [grader.Code("setup", "import numpy as np"), grader.Code("vec", LEAKY), grader.Code("double", double)]
    test = "value = double({})\nassert_close(value.numpy(), [2, 4], f'yours is {{value}}')"
    tests = [grader.Test(f"test_{i}", test.format(i), 1.0) for i in range(40)]
    result = grader.grade("vec", cells, tests, {"tensor": f"SECRET = {SECRET!r}"}, ["Vec", "double"], sandboxed=False,
                          stands_in=stands_in)
    assert sum(verdict.points for verdict in result.verdicts) == 0
    return [verdict.reason for verdict in result.verdicts]


@pytest.mark.parametrize("leak", LEAKS)
def test_a_page_tells_little_of_what_student_code_writes(leak):
    assert letters_of_theirs(told(leak, stands_in=False)) <= PAGE_LETTERS


@pytest.mark.parametrize("leak", LEAKS)
def test_where_the_reference_stands_in_hardly_anything_is_told(leak):
    assert letters_of_theirs(told(leak, stands_in=True)) <= STAND_IN_LETTERS


def letters_of_theirs(page):
    """Letters of the words that stand neither in the checks, nor in our sentences, nor in the student's own cells."""
    files = [tito.checks.__file__, autograder.examine.reasons.__file__, grader.__file__, __file__]
    ours = set(re.findall(r"\w+", "".join(Path(file).read_text(encoding="utf-8") for file in files)))
    return sum(len(word) for word in {word for reason in page for word in re.findall(r"\w+", reason)} - ours)


def test_a_message_that_is_told_once_may_be_told_again():
    long = "def double(v):\n    raise ValueError('the words of a mistake that everybody makes, told at length')"
    page = reasons(grade_case(dict.fromkeys(map(str, range(20)), RIGHT), double=long))
    assert all("told at length" in text for text in page.values())


def test_where_the_reference_stands_in_an_error_is_told_by_type_and_line():
    cells = [grader.Code("double", "def double(v):\n    raise KeyError('secret')")]
    result = grader.grade("vec", cells, [grader.Test("test", "double(1)", 1.0)], {}, ["double"], sandboxed=False,
                          stands_in=True)
    assert result.verdicts[0].reason == "KeyError\nin line 2 of your cell double: raise KeyError('secret')"


def test_a_functions_name_is_told_only_if_the_cell_defines_it():
    double = ("from tinytorch.tensor import SECRET\ndef double(i):\n    raise NotImplementedError\n"
              "double.__code__ = double.__code__.replace(co_qualname=SECRET[:30] + '.double')\n")
    result = grader.grade("vec", [grader.Code("double", double)], [grader.Test("test", "double(1)", 1.0)],
                          {"tensor": f"SECRET = {SECRET!r}"}, ["double"], sandboxed=False, stands_in=True)
    assert result.verdicts[0].reason == "not solved yet"


SLOW_TEXTS = {"numbers": "'e+11 ' * 400 + 'x'", "tabs": "'\\t' * 4800", "blanks": "' ' * 100_000 + 'x'",
              "one word": "'x' * 3_000_000", "lines": "'\\n' * 100_000"}


@pytest.mark.parametrize("text", SLOW_TEXTS)
def test_no_text_holds_up_the_grader(text):
    """Without a bound some of these would not end, or fail this test by its memory."""
    code = f"text = {SLOW_TEXTS[text]}\ndef double(v):\n    raise type(text, (Exception,), {{}})(text)\ndouble(1)"
    cells = [grader.Code(f"cell {i}", code) for i in range(3)]
    tests = [grader.Test(f"test {i}", f"double({i})", 1.0) for i in range(10)]
    result = grader.grade("vec", cells, tests, {}, ["double"], sandboxed=False, stands_in=True)
    assert [verdict.points for verdict in result.verdicts] == [0] * 10


def test_code_that_is_too_long_altogether_is_the_students_loss():
    cells = [grader.Code(f"cell {i}", f"# {'x' * 99_000}\nx = {i}") for i in range(60)]
    result = grader.grade("vec", cells, [grader.Test("test", "x", 1.0)], {}, ["x"], sandboxed=False)
    assert result.verdicts[0].points == 0 and "too long to be graded" in result.cell_errors["cell 0"]


def test_an_error_that_holds_an_object_of_the_students_is_told():
    assert "KeyError" in reason("{'a': 1}[Vec([1])]")


def test_a_check_in_a_callback_cannot_be_cut_short(sandboxed):
    shy = "class Shy:\n    def numpy(self):\n        raise ValueError('no')\ndef swallow(f):\n    try:\n" \
          "        f(Shy())\n    except Exception:\n        pass\n"
    assert "no" in reason("def f(x):\n    assert_close(x.numpy(), [3])\nswallow(f)", sandboxed, swallow=shy)


COLLIDING = "def double(v):\n    return {{{key}: 0 for i in range({count})}}"


@pytest.mark.parametrize("key, count", [("i * (2 ** 61 - 1)", 2500), ("1 << 5000 + i", 3), ("(i,) * 50", 3),
                                        ("frozenset([i])", 3), ("((i,),)", 3)])
def test_keys_that_could_collide_are_few_and_short(key, count):
    assert "cannot be read" in reason("double(1)", double=COLLIDING.format(key=key, count=count))


def test_a_dictionary_of_words_and_pairs_may_be_large():
    keys = "def double(v):\n    return {str(i): i for i in range(15_000)}, {(i, i + 1): i for i in range(1_500)}"
    assert reasons(grade_case({"test": "words, pairs = double(1)\nassert len(words) == 15_000 and len(pairs) == 1_500"},
                              double=keys)) == {"test": ""}


def test_a_forged_shape_cannot_fill_the_graders_memory():
    told = reasons(grade_case({"draws": "np.ones(double(1))", "next": "assert remember(1) == 1"},
                              double="def double(v):\n    return (1 << 20, 1 << 11)"))
    assert told == {"draws": "what your code gave back made the test need too much memory: look at its shape",
                    "next": ""}


def test_a_test_that_hangs_on_a_value_is_ended_from_outside(monkeypatch):
    monkeypatch.setattr(student_code, "TEST_SECONDS", 0.5)
    monkeypatch.setattr("autograder.examine.examiner.GRACE_SECONDS", 0.5)
    told = reasons(grade_case({"hangs": "n = double(1)\nwhile n: pass", "next": "assert remember(1) == 1"},
                              double="def double(v):\n    return 1"))
    assert told["hangs"].startswith("took longer than 0.5 seconds") and told["next"] == ""


def test_a_test_that_ends_its_process_is_lost_alone():
    told = reasons(grade_case({"dies": "if double(1): __import__('os')._exit(0)", "next": "assert remember(1) == 1"},
                              double="def double(v):\n    return 1"))
    assert "the end of the test" in told["dies"] and told["next"] == ""
