"""What a student reads when a cell fails: no kernel is needed to find the words."""
import pytest

from tests import helpers
from tito.check.assemble import Step, assemble
from tito.check.explain import culprit, explain
from tito.check.kernel import Failure
from tito.course import MODULES

ACTIVATIONS = MODULES[1]


def explained(sources: list[str], failure: Failure, at: int = -1, released: list[dict] | None = None) -> str:
    """The explanation of `failure` in cell `at` of a notebook with these free cells."""
    steps: list[Step] = assemble({"cells": [helpers.free(source) for source in sources]},
                                 {"cells": released} if released else None).steps
    return explain(failure, at % len(steps), steps, ACTIVATIONS)


def name_error(name: str) -> Failure:
    return Failure("NameError", f"name '{name}' is not defined")


def test_a_name_from_further_down_asks_for_the_right_order():
    said = explained(["print(x)", "", "x = 3"], name_error("x"), at=0)
    assert "`x` is defined only further down, in cell [2]" in said and "Restart Kernel" in said


def test_a_name_from_the_same_cell_is_used_too_early():
    assert "above the line that defines it" in explained(["print(x)\nx = 3"], name_error("x"))


def test_a_name_in_a_comment_is_found():
    said = explained(["# def f(x):\n#     return x", "f(1)"], name_error("f"))
    assert "its definition in cell [1] is commented out" in said


def test_a_name_that_an_exercise_should_define_names_the_exercise():
    released = [helpers.answer("mul", "def mul(a, b):\n    raise NotImplementedError")]
    steps = assemble({"cells": [helpers.answer("mul", "pass"), helpers.free("mul(1, 2)")]}, {"cells": released}).steps
    assert explain(name_error("mul"), 1, steps, ACTIVATIONS) == \
        "`mul` is missing: cell [1] (exercise mul) should define it and does not"


def test_a_name_from_nowhere_is_called_that():
    assert "`relo` is defined nowhere" in explained(["relo(3)"], name_error("relo"))


@pytest.mark.parametrize(("source", "name", "words"), [
    ("math.sqrt(2)", "math", "`math` is not imported: write `import math` at the top of this cell"),
    ("np.sqrt(2)", "np", "`np` is not imported: write `import numpy as np` at the top of this cell"),
    ("def forward(): return self.x", "self", "`self` is defined nowhere: the method lacks it as its first parameter"),
    ("lenn(x)", "lenn", "(is `len` meant?)"),
    ("formula(x)", "formula", "(a slip of the pen, or a cell that was deleted?)"),
])
def test_a_name_from_nowhere_comes_with_the_likely_mend(source, name, words):
    assert words in explained([source], name_error(name))


def test_a_name_from_nowhere_is_shown_where_it_is_used_and_not_where_that_is_called():
    mean = helpers.answer("mean", "def mean(x):\n    total = x.sum()\n    return totl / x.size")
    steps = assemble({"cells": [helpers.text("### Exercise 5 · mean"), mean, helpers.free("mean(x)")]}, None).steps
    traceback = "Cell In[2], line 1\n----> 1 mean(x)\n\n" \
                "Cell In[1], line 3, in mean(x)\n      2     total = x.sum()\n----> 3     return totl / x.size\n"
    failure = Failure("NameError", "name 'totl' is not defined", traceback)
    assert explain(failure, 1, steps, ACTIVATIONS) == (
        "`totl` is defined nowhere in this notebook (is `total` meant?), in cell [1] (Exercise 5, mean), line 3: "
        "return totl / x.size")
    assert culprit(failure, 1, steps) == "mean"


def test_a_name_that_the_failing_cell_defines_is_no_excuse_for_a_function_that_lacks_it():
    mean = helpers.answer("mean", "def mean(x):\n    return total / x.size")
    traceback = "Cell In[2], line 1\n----> 1 total = mean(x)\n\nCell In[1], line 2\n----> 2     return total / x.size\n"
    steps = assemble({"cells": [mean, helpers.free("total = mean(x)")]}, None).steps
    said = explain(Failure("NameError", "name 'total' is not defined", traceback), 1, steps, ACTIVATIONS)
    assert "above the line" not in said and said.endswith("in cell [1] (exercise mean), line 2: return total / x.size")


def test_a_name_that_lacks_in_the_package_is_not_looked_for_in_the_notebook():
    traceback = ("Cell In[1], line 1\n----> 1 mul(2, 3)\n\n"
                 "File ~/course/tinytorch/tensor.py:12, in mul(a, b)\n---> 12     return aa * b\n")
    said = explained(["mul(2, 3)"], Failure("NameError", "name 'aa' is not defined", traceback))
    assert said == "`aa` is not defined in tinytorch/tensor.py, line 12: return aa * b"


def test_an_operation_that_returned_none_is_named_and_not_the_code_that_called_it():
    op = "class Op:\n    def apply(self, a):\n        raise NotImplementedError"
    mul = helpers.answer("mul", "class Sub:\n    def forward(self): return 1\n\n"
                                "class Mul(Op):\n    def forward(self, a):\n        a * 2")
    cells = [helpers.answer("op", op.replace("raise NotImplementedError", "return self.forward(a)")), mul,
             helpers.free("Mul().apply(1)")]
    steps = assemble({"cells": cells}, {"cells": [helpers.answer("op", op), mul]}).steps
    failure = Failure("TypeError", "Mul.forward returned None and not an array",
                      "Cell In[3], line 1\n----> 1 Mul().apply(1)\n\n"
                      "Cell In[1], line 3, in Op.apply(self, a)\n----> 3         return self.forward(a)\n")
    assert explain(failure, 2, steps, ACTIVATIONS) == (
        "TypeError: Mul.forward returned None and not an array, in cell [2] (exercise mul), line 5: "
        "def forward(self, a):")
    assert culprit(failure, 2, steps) == "mul"


def test_a_syntax_error_shows_line_and_text():
    said = explained(["x = 1\ny = (2 +\n"], Failure("SyntaxError", "incomplete input (1.py, line 2)"))
    assert "line 2" in said and "'(' was never closed" in said and "y = (2 +" in said


@pytest.mark.parametrize("message", ["No module named 'tinytorch.tensor'",
                                     "cannot import name 'mul' from 'tinytorch.tensor' (tinytorch/tensor.py)"])
def test_a_missing_earlier_module_is_named(message):
    name = "ModuleNotFoundError" if message.startswith("No") else "ImportError"
    said = explained(["import t"], Failure(name, message))
    assert "module 02 needs tinytorch.tensor: complete 01_tensor first" in said


@pytest.mark.parametrize("name, words", [("matplotlib", "tito doctor says how to get it"), ("torch", "NumPy only")])
def test_only_a_package_of_the_course_sends_to_the_doctor(name, words):
    said = explained([f"import {name}"], Failure("ModuleNotFoundError", f"No module named {name!r}"))
    assert said.startswith(f"{name} is not installed") and words in said


@pytest.mark.parametrize(("line", "named"), [("return a.maxx()", True), ("raise ValueError(why)", False)])
def test_a_mistake_may_be_in_the_file_of_an_earlier_module_unless_that_refuses_on_purpose(line, named):
    traceback = ("Cell In[1], line 1\n----> 1 top(2)\n\n"
                 f"File ~/course/tinytorch/tensor.py:12, in top(a)\n---> 12     {line}\n\n"
                 "File /usr/lib/python3/site-packages/numpy/core.py:3, in g()\n----> 3 raise\n")
    said = explained(["top(2)"], Failure("ValueError", "no", traceback))
    assert said == "ValueError: no, line 1: top(2)" + named * (
        "; it stopped in tinytorch/tensor.py, line 12: return a.maxx() (written in 01_tensor: mend it there if that "
        "is wrong)")


def test_an_unsolved_exercise_of_an_earlier_module_is_not_blamed_on_this_one():
    traceback = "Cell In[1], line 1\n----> 1 mul(2, 3)\n\nFile ~/course/tinytorch/tensor.py:12, in mul(a, b)\n"
    assert "complete 01_tensor first" in explained(["mul(2, 3)"], Failure("NotImplementedError", "", traceback))


def test_a_half_solved_exercise_is_named_where_it_stops():
    traceback = ("Cell In[2], line 1\n----> 1 mul(2, 3)\n\n"
                 "Cell In[1], line 2, in mul(a, b)\n      1 def mul(a, b):\n----> 2     raise NotImplementedError\n")
    steps = assemble({"cells": [helpers.answer("mul", "def mul(a, b): ..."), helpers.free("mul(2, 3)")]}, None).steps
    assert explain(Failure("NotImplementedError", "", traceback), 1, steps, ACTIVATIONS) == \
        "exercise mul: it is not solved yet: mul still ends in `raise NotImplementedError`"


def test_code_below_the_raise_asks_for_the_line_to_be_deleted_and_the_exercise_is_named_once():
    source = "def mul(a, b):\n    raise NotImplementedError\n    return a * b"
    traceback = ("Cell In[2], line 1\n----> 1 mul(2, 3)\n\n"
                 "Cell In[1], line 2, in mul(a, b)\n----> 2     raise NotImplementedError\n")
    cells = [helpers.text("### Exercise 2 · mul"), helpers.answer("mul", source),
             helpers.test_cell("test_mul", "mul(2, 3)", 1)]
    steps = assemble({"cells": cells}, None).steps
    assert explain(Failure("NotImplementedError", "", traceback), 1, steps, ACTIVATIONS) == \
        "delete the line with `raise NotImplementedError` in mul: nothing below it is run"


def test_shapes_that_an_operation_named_are_not_named_again():
    failure = Failure("ValueError", "Sub of shapes (4, 6) and (4,): operands could not be broadcast together with "
                      "shapes (4,6) (4,) ", "Cell In[1], line 1\n----> 1 a - b\n")
    assert explained(["a - b"], failure) == (
        "ValueError: Sub of shapes (4, 6) and (4,): operands could not be broadcast together, line 1: a - b")
    failure = Failure("ValueError", "operands could not be broadcast together with shapes (4,6) (4,) ")
    assert explained(["a - b"], failure).endswith("with shapes (4,6) (4,)")


def test_an_assertion_speaks_for_itself():
    assert explained(["assert f()"], Failure("AssertionError", "f should be true")) == "f should be true"
    failure = Failure("AssertionError", "", "Cell In[1], line 1\n----> 1 assert f() == 3\n")
    assert explained(["assert f() == 3"], failure) == "this does not hold: assert f() == 3"


def test_another_error_shows_the_line_of_the_notebook_that_raised_it():
    traceback = ("Cell In[2], line 1\n----> 1 f(3)\n\n"
                 "Cell In[1], line 2, in f(x)\n      1 def f(x):\n----> 2     return x[0]\n\n"
                 "File /usr/lib/python3/site-packages/numpy/core.py:3, in g()\n")
    said = explained(["def f(x):\n    return x[0]", "f(3)"], Failure("TypeError", "not subscriptable", traceback))
    assert said == "TypeError: not subscriptable, in cell [1], line 2: return x[0]"


@pytest.mark.parametrize(("failure", "words"), [
    (Failure("CellTimeout", "120"), "stopped after 120 seconds"),
    (Failure("DeadKernel", ""), "ended the kernel"),
    (Failure("StdinNotImplementedError", "raw_input"), "input()"),
])
def test_what_a_cell_cannot_say_itself_is_said_for_it(failure, words):
    assert words in explained(["x"], failure)


def test_an_error_that_given_code_passes_on_shows_the_students_own_line():
    released = "def run(*arrays):\n    return forward(*arrays)\n\ndef apply(a):\n    raise NotImplementedError"
    own = released.replace("raise NotImplementedError", "return run([a])")
    traceback = ("Cell In[2], line 1\n----> 1 apply(3)\n\n"
                 "Cell In[1], line 5, in apply(a)\n      4 def apply(a):\n----> 5     return run([a])\n\n"
                 "Cell In[1], line 2, in run(*arrays)\n----> 2     return forward(*arrays)\n")
    steps = assemble({"cells": [helpers.answer("op", own), helpers.free("apply(3)")]},
                     {"cells": [helpers.answer("op", released)]}).steps
    failure = Failure("TypeError", "forward() missing 1 required positional argument: 'b'", traceback)
    assert explain(failure, 1, steps, ACTIVATIONS).endswith("in cell [1] (exercise op), line 5: return run([a])")


APPLY = helpers.answer("op", "def apply(a):\n    return forward(a)")
MEAN = helpers.answer("mean", "def mean(a):\n    return apply(a) / 2")
RELEASED = [helpers.answer("op", "def apply(a):\n    raise NotImplementedError"),
            helpers.answer("mean", "def mean(a):\n    raise NotImplementedError")]


@pytest.mark.parametrize(("caller", "passed", "blamed", "words"), [
    ("mean(3)", {"op"}, "mean", "in cell [2] (exercise mean), line 2: return apply(a) / 2"),
    ("mean(3)", {}, "op", "in cell [1] (exercise op), line 2: return forward(a)"),
    ("mean(3)", {"op", "mean"}, None, "ValueError: no, line 1: mean(3)"),
], ids=["what passed its tests passes the mistake on", "the deepest, if none is known to work", "a cell of one's own"])
def test_the_line_that_is_shown_is_of_what_was_not_found_right_before(caller, passed, blamed, words):
    traceback = (f"Cell In[3], line 1\n----> 1 {caller}\n\n"
                 "Cell In[2], line 2, in mean(a)\n----> 2     return apply(a) / 2\n\n"
                 "Cell In[1], line 2, in apply(a)\n----> 2     return forward(a)\n")
    steps = assemble({"cells": [APPLY, MEAN, helpers.free(caller)]}, {"cells": RELEASED}).steps
    failure = Failure("ValueError", "no", traceback)
    assert explain(failure, 2, steps, ACTIVATIONS, passed).endswith(words)
    assert culprit(failure, 2, steps, passed) == blamed


def test_an_own_line_counts_even_if_its_text_is_part_of_a_given_one():
    released = "def outer(x):\n    return inner(x) + 1\n\ndef inner(x):\n    raise NotImplementedError"
    own = released.replace("raise NotImplementedError", "return inner(x)")
    traceback = "Cell In[1], line 5, in inner(x)\n      4 def inner(x):\n----> 5     return inner(x)\n\n" \
                "Cell In[1], line 2, in outer(x)\n----> 2     return inner(x) + 1\n"
    steps = assemble({"cells": [helpers.answer("f", own)]}, {"cells": [helpers.answer("f", released)]}).steps
    said = explain(Failure("ValueError", "wrong", traceback), 0, steps, ACTIVATIONS)
    assert said == "ValueError: wrong, line 5: return inner(x)"


def test_recursion_and_none_say_what_is_likely():
    failure = Failure("RecursionError", "maximum recursion depth exceeded")
    assert "calls itself without end" in explained(["f()"], failure)
    failure = Failure("AttributeError", "'NoneType' object has no attribute 'numpy'")
    assert "forget to return" in explained(["f()"], failure)


def test_a_name_of_a_later_module_does_not_send_there():
    failure = Failure("AttributeError", "tinytorch.backward is written in notebook 05_autograd, which is not complete "
                      "yet: tito module start 05", "Cell In[1], line 1\n----> 1 x.backward()\n")
    assert explained(["x.backward()"], failure) == (
        "tinytorch.backward is written in notebook 05_autograd, which comes after this one: do without it here, "
        "line 1: x.backward()")


def test_a_function_of_numpy_that_calls_a_method_of_the_tensor_is_named():
    failure = Failure("TypeError", "Operators.mean() got an unexpected keyword argument 'dtype'",
                      "Cell In[1], line 1\n----> 1 np.mean(x)\n")
    assert "(np.mean takes no Tensor: x.mean(…) does" in explained(["np.mean(x)"], failure)
    assert "takes no Tensor" not in explained(["x.mean(dtype=int)"], Failure(
        failure.name, failure.message, "Cell In[1], line 1\n----> 1 x.mean(dtype=int)\n"))
