"""What a test may do to the student's objects, and what a student learns when it fails."""
import pytest

import autograder.examine.student_code
from autograder.examine.grader import GraderError
from autograder.sandbox import process
from tests.autograder.case import CELLS, NAMES, RIGHT, grade_case, reason, reasons

PASSING = {
    "operators": "v = Vec([1, 2])\nassert_close((v + Vec([3, 4])).numpy(), [4, 6])\n"
                 "assert_close((1 + v).numpy(), [2, 3])\nassert_close((np.array([1.0, 1.0]) + v).numpy(), [2, 3])",
    "in place": "v = w = Vec([1, 2])\nv += 1\nassert v is w\nassert_close(w.numpy(), [2, 3])",
    "attributes": "v = Vec([1, 2])\nassert v.shape == (2,)\nv.data = np.zeros(3)\nassert v.shape == (3,)\n"
                  "assert not hasattr(v, 'grad')",
    "items": "v = Vec([1, 2, 3])\nassert v[1] == 2 and type(v[1]) is np.float32\nassert_close(v[1:], [2, 3])\n"
             "assert len(v) == 3 and [float(x) for x in v] == [1, 2, 3]",
    "identity": "v = Vec([1])\nparts, first = chain(v, v)\nassert parts[0] is parts[1] is first is v and v in parts",
    "types": "v = Vec([1])\nassert isinstance(v, Vec) and not isinstance(3, Vec) and type(v).__name__ == 'Vec'",
    "text": "assert repr(Vec([1])) == 'Vec([1.0])' == f'{Vec([1])}'",
    "exceptions": "with raises(TypeError, 'Vec float'):\n    double(1.5)",
    "callbacks": "seen = []\ndef f(x, y=0):\n    seen.append(x)\n    return double(x)\n"
                 "assert_close(call(f, Vec([1]), y=np.ones(2)).numpy(), [2])\nassert isinstance(seen[0], Vec)\n"
                 "assert call(np.exp, 0.0) == 1",
    "errors of callbacks": "def f():\n    raise KeyError('mine')\nwith raises(KeyError, 'mine'):\n    call(f)",
    "contexts": "with Quiet() as quiet:\n    assert quiet.on\nassert not quiet.on",
    "classes": "class Triple(Vec):\n    def __getitem__(self, index):\n        return 3 * super().__getitem__(index)\n"
               "assert Triple([1, 2])[1] == 6 and isinstance(Triple([1]), Vec)",
    "functions on the student's side": "@students_side\ndef add(v, n):\n    for _ in range(n):\n        v = v + 1\n"
                                       "    return v\nassert_close(add(Vec([1]), 5).numpy(), [6])",
    "dictionaries": "from collections import OrderedDict, defaultdict\n"
                    "for kind in (OrderedDict, lambda items: defaultdict(list, items)):\n"
                    "    assert call(lambda x: x, kind({'a': 1})) == {'a': 1}",
    "values": "for value in (None, True, 3, 10 ** 30, 1.5, float('inf'), 1j, 'ä\\n', b'\\x00', (1, [2]), {'a': {1}},\n"
              "              np.arange(6).reshape(2, 3), np.array(1.5), np.float32(2), np.array(['a', 'bc']),\n"
              "              np.zeros((0, 2)), slice(1, None), range(3), ..., np.dtype('int8'), float, np.float32,\n"
              "              ValueError):\n"
              "    back = call(lambda x: x, value)\n"
              "    assert type(back) is type(value) and repr(back) == repr(value), value",
}


def test_a_test_may_use_the_students_objects_like_its_own(sandboxed):
    result = grade_case(PASSING, sandboxed)
    assert reasons(result) == dict.fromkeys(PASSING, "")
    assert [verdict.points for verdict in result.verdicts] == [2.0] * len(PASSING)
    assert result.cell_errors == {}


def test_the_same_texts_pass_on_the_real_objects():
    import numpy as np

    import tito.checks
    for text in PASSING.values():
        space = {"np": np, **vars(tito.checks)}
        for source in CELLS.values():
            exec(source, space)
        exec(text, space)


def test_a_wrong_answer_fails_with_the_words_of_the_check():
    wrong = CELLS["double"].replace("* 2", "* 3")
    told = reason("assert_close(double(Vec([1, 2])).numpy(), [2, 4], 'twice means times two')", double=wrong)
    assert "2 is right, yours is 3" in told and "twice means times two" in told
    assert reason("assert double(Vec([1]))[0] == 2", double=wrong) == "a check of test failed"


def test_an_error_of_the_students_is_told_with_its_line():
    told = reason(RIGHT, double="def double(v):\n    factor = 2\n    return v.dta * factor")
    assert told == ("AttributeError: 'Vec' object has no attribute 'dta'\n"
                    "in line 3 of your cell double: return v.dta * factor")


def test_an_unsolved_answer_is_called_so():
    assert reason(RIGHT, double="def double(v):\n    raise NotImplementedError()") == "not solved yet: double"


def test_a_failed_cell_costs_the_tests_that_need_it_and_no_others(sandboxed):
    result = grade_case({"right": RIGHT, "other": "assert remember(1) == 1", "never": "missing(1)"}, sandboxed,
                        double="x = 1 / 0\ndef double(v):\n    return v + v", memory="memory = []\ndef remember(x:")
    told = reasons(result)
    assert told["right"] == ("double is not defined\nyour cell double failed: ZeroDivisionError: division by zero\n"
                             "in line 1 of your cell double: x = 1 / 0")
    assert "your cell memory failed: SyntaxError" in told["other"]
    assert told["never"].startswith("missing is not defined: is its cell still there")
    assert set(result.cell_errors) == {"double", "memory"}
    assert reasons(grade_case({"right": RIGHT}, sandboxed, memory="1 / 0")) == {"right": ""}


def test_earlier_modules_are_importable_and_their_names_are_there(sandboxed):
    package = {"tensor": "import numpy as np\nclass Tensor:\n    size = 7\n", "broken": "1 / 0\n"}
    result = grade_case({"uses": "assert call(lambda: 7) == probe().size", "broken": "missing()"}, sandboxed, package,
                        more="from tinytorch.tensor import Tensor as T\nimport tinytorch\ndef probe():\n"
                             "    assert tinytorch.Tensor is T and T.__module__ == 'tinytorch.tensor'\n    return T()")
    assert reasons(result)["uses"] == ""
    assert result.cell_errors == {"tinytorch.broken": "ZeroDivisionError: division by zero"}


def test_nothing_crosses_from_one_test_to_the_next(sandboxed):
    twice = "assert remember(1) == 1\nassert remember(2) == 2"
    assert reasons(grade_case({"first": twice, "second": twice}, sandboxed)) == {"first": "", "second": ""}


@pytest.mark.parametrize("last, points", [("1.5", 1.5), ("0", 0.0), ("2", 2.0), ("np.float64(1.5)", 1.5),
                                          ("np.int64(1)", 1.0), ("np.float32(0.5)", 0.5)])
def test_partial_credit_comes_from_a_last_line_that_is_a_number(last, points):
    verdict, = grade_case({"test": f"score = {last}\nscore"}).verdicts
    assert (verdict.points, verdict.max_points) == (points, 2.0)
    assert bool(verdict.reason) == (points < 2)


@pytest.mark.parametrize("last, points", [("score / 2", 0.75), ("1 if score > 1 else 0", 1.0), ("'a remark'", 2.0),
                                          ("len([score])", 2.0)])
def test_a_last_line_that_is_neither_call_nor_text_is_the_points(last, points):
    verdict, = grade_case({"test": f"score = 1.5\n{last}"}).verdicts
    assert verdict.points == points


@pytest.mark.parametrize("last, shown", [("7", "7"), ("-1", "-1"), ("float('nan')", "nan"),
                                         ("np.float64('inf')", "inf"), ("'1'", "str"), ("True", "bool"),
                                         ("None", "NoneType"), ("np.ones(2)", "ndarray")])
def test_what_is_no_score_is_the_tests_own_error_and_never_a_score(last, shown):
    with pytest.raises(GraderError, match=f"The test last is wrong: its last line, score,.*from 0 to 2.*{shown}"):
        grade_case({"first": RIGHT, "last": f"score = {last}\nscore"})


@pytest.mark.parametrize("use", ["np.asarray(v)", "bool(v)", "np.testing.assert_allclose(v, [1, 2])", "np.sum([v, v])",
                                 "__import__('copy').deepcopy(v)", "v.__array_interface__"])
def test_a_proxy_is_not_taken_for_numbers_or_a_truth_value(use):
    assert "Error" in reason(f"v = Vec([1, 2])\n{use}")


def test_arrays_of_the_student_cannot_be_written_to():
    assert "read-only" in reason("Vec([1, 2]).numpy()[0] = 5")


def test_a_check_that_fails_in_a_callback_counts_even_if_the_student_swallows_it(sandboxed):
    assert "wrong argument" in reason("def f(x):\n    assert x == 2, 'wrong argument'\nswallow(f)", sandboxed)


def test_a_context_of_the_students_cannot_swallow_a_check():
    assert reason("with Quiet():\n    assert False, 'seen'") == "seen"


def test_reasons_are_plain_short_text():
    told = reason("double(1)", double="def double(v):\n    raise ValueError('\\x1b[31m\\u202eloud\\x00' + 'x' * 10**6)")
    assert "\x1b" not in told and "\x00" not in told and "\u202e" not in told
    assert "loud" in told and len(told) < 1000


def test_a_worker_that_does_not_start_is_the_graders_fault(monkeypatch, tmp_path):
    starts = tmp_path / "starts"

    def start(backend):
        starts.open("a").write("x")                       # a file: the grader counts in a process of its own
        return process.Worker(backend)

    monkeypatch.setattr(autograder.examine.student_code, "Worker", start)
    monkeypatch.setattr(process, "PYTHON", "/bin/false")
    with pytest.raises(GraderError, match="does not start"):
        grade_case({"right": RIGHT})
    assert starts.read_text() == "xxx"


def test_a_worker_that_starts_at_the_second_try_is_enough(monkeypatch):
    failing = iter([True, False])

    def start(backend):
        if next(failing):
            raise process.StartError("out of luck")
        return process.Worker(backend)

    monkeypatch.setattr(autograder.examine.student_code, "Worker", start)
    assert reasons(grade_case({"right": RIGHT})) == {"right": ""}


def test_a_test_that_is_not_python_is_the_graders_fault():
    with pytest.raises(GraderError, match="line 1"):
        grade_case({"broken": "assert ("})


def test_names_that_a_test_does_not_own_stay_the_students():
    assert "missing" in NAMES and "missing is not defined" in reason("missing")
