"""Tests of tests: what `tito audit` refuses to trust, and what it leaves in peace."""
import pytest

from autograder.audit.trust import MENDS, distrusted

NAMES = ["Tensor", "Linear", "Sequential", "relu", "split", "ones"]        # public names, which are the student's

REFUSED = {
    "a context that counts warnings":
        ("with np.errstate(over='raise'):\n    out = relu(1.0)\nassert_close(out.numpy(), [1])", "warnings", 1),
    "warnings inside a class that is sent over":
        ("class Strict(Linear):\n    def forward(self, x):\n        with np.errstate(over='raise'):\n"
         "            return super().forward(x)", "warnings", 3),
    "a check inside a class that is sent over":
        ("class Net(Linear):\n    def look(self, x):\n        assert x is not None", "shipped", 3),
    "zeros made of the value itself":
        ("out = relu(Tensor([1.0])).numpy()\nassert_close(out, out * 0)", "itself", 2),
    "the same by another name, its shape known":
        ("out = relu(1.0).numpy()\nassert out.shape == (1,)\nzeros = out * 0\nassert_close(out, zeros)", "itself", 4),
    "two of the student's values":
        ("one, two = relu(Tensor([1.0])).numpy(), relu(Tensor([1.0])).numpy()\nassert_close(one, two)", "expected", 2),
    "two of them in NumPy's own check":
        ("one, two = relu(1.0).numpy(), relu(1.0).numpy()\nnp.testing.assert_allclose(one, two)", "expected", 2),
    "two of them that one function of the test gave":
        ("def f(x):\n    return relu(x).numpy()\nassert_close(f(1.0), f(1.0))", "expected", 3),
    "differences of the student's own function":
        ("check_gradient(Tensor, gradients, lambda x: relu(x), np.ones(3))", "expected", 1),
    "an exact gradient that the student's function gives":
        ("check_gradient(Tensor, gradients, lambda x: x * x, np.ones(3), exact=lambda g: [relu(g)])", "expected", 1),
    "differences at the student's own numbers":
        ("check_gradient(Tensor, gradients, lambda x: x * x, ones(3).numpy())", "expected", 1),
    "a tolerance": ("out = relu(1.0).item()\nassert_close(out, 3.0, atol=relu(9.0).item())", "expected", 2),
    "equality of two": ("assert relu(1.0).item() == relu(2.0).item()", "both", 1),
    "order of two": ("before, after = relu(1.0).item(), relu(2.0).item()\nassert after < before", "both", 2),
    "all of two": ("assert (relu(1.0).numpy() == relu(2.0).numpy()).all()", "both", 1),
    "identity of two parts": ("model = Linear(2, 3)\nassert model.weight is model.state['weight']", "both", 2),
    "arithmetic of two arrays of any shape":
        ("assert_close(relu(1.0).numpy() + relu(-1.0).numpy(), np.ones(3))", "both", 1),
    "that something is there": ("out = relu(1.0)\nassert out.requires_grad and out.grad_fn is not None", "exists", 2),
    "a class asked what it is": ("assert isinstance(relu(1.0), Tensor)", "kind", 1),
    "a shape drawn":
        ("out = relu(1.0)\ng = np.random.default_rng().normal(size=out.shape)", "size", 2),
    "a length, deep in a function":
        ("def numbers(parts):\n    return [p[np.arange(len(p))] for p in parts]\nnumbers(split(9))", "size", 2),
    "a length in a callback":
        ("split(lambda x: np.ones(3))\ndef f(x):\n    return np.ones(len(x))\nsplit(f)", "size", 3),
    "a loop over what may be empty":
        ("for part in split(9):\n    assert len(part) == 3", "loop", 1),
    "a loop in a generator": ("parts = split(9)\nassert all(len(part) == 3 for part in parts)", "loop", 2),
    "nothing among what may be empty":
        ("parts = split(9)\nassert not any(len(part) == 3 for part in parts)", "loop", 2),
    "a zip that ends with the shortest":
        ("for part, n in zip(split(9), (3, 3, 3)):\n    assert len(part) == n", "loop", 1),
    "a check beside the student's code":
        ("@students_side\ndef f(v):\n    assert v", "shipped", 3),
    "what such a function gives, as expected":
        ("@students_side\ndef f(v):\n    return v\nassert_close(relu(1.0).numpy(), f(2.0))", "expected", 4),
    "a verdict beside the student's code":
        ("@students_side\ndef same(one, two):\n    return one is two\nassert same(relu(1), 1)", "judges", 3),
    "the same by NumPy":
        ("@students_side\ndef same(v):\n    return np.allclose(v, 1)\nassert same(relu(1))", "judges", 3),
    "an answer beside the student's code":
        ("@students_side\ndef f(v):\n    \"\"\"Text.\"\"\"\n    return v, [1, 3.5]", "holds", 4),
    "an answer as a default": ("@students_side\ndef f(v, right='no'):\n    return v", "holds", 2),
    "a variable of the test": ("n = 3\n@students_side\ndef f(v):\n    return [v for _ in range(n)]", "outside", 4),
    "a check's helper": ("@students_side\ndef f(v):\n    return replay(v, v, v)", "outside", 3),
    "one of two decorators": ("@np.vectorize\n@students_side\ndef f(v):\n    return v", "place", 2),
    "a function within a function":
        ("def outer():\n    @students_side\n    def f(v):\n        return v\n    return f", "place", 2),
    "a lambda": ("f = students_side(lambda v: v)", "place", 1),
    "points that are a number of the student's": ("score = len(split(9))\nscore", "points", 2),
    "points for each part that is there":
        ("score = 0\nfor part in split(9):\n    score += 1\nscore", "points", 4),
}

ACCEPTED = {
    "an own expected value":
        "a = np.ones(3)\nassert_close(relu(Tensor(a)).numpy(), np.maximum(a, 0), f'yours {relu(Tensor(a))}')",
    "a shape that was asserted before":
        "out = relu(1.0).numpy()\nassert out.shape == (2, 3)\ng = np.random.default_rng().normal(size=out.shape)",
    "the same seed, the shape known":
        "one, two = relu(1.0).numpy(), relu(1.0).numpy()\nassert one.shape == (3,)\nassert_close(two, one)",
    "values that a function of the test has looked at":
        "def which(out):\n    assert_close(out.shape, (3, 4))\n    return (out == 1).all(axis=1)\n"
        "one = which(relu(1.0).numpy())\nassert_close(which(relu(2.0).numpy()), one)",
    "identity with an object handed over":
        "x = Tensor([1.0])\nout = relu(x)\nassert out.grad_fn.inputs[0] is x and out.grad is None",
    "difference of two": "one, two = relu(1.0).numpy(), relu(2.0).numpy()\nassert not np.array_equal(one, two)",
    "names of the test's own": "state = Linear(2, 3).state_dict()\nfor name, n in {'bias': 3}.items():\n"
                               "    assert_close(state[name], np.zeros(n))",
    "a loop over parts that were counted":
        "parts = split(9)\nassert [len(part) for part in parts] == [3, 3, 3]\nassert all(p[0] == 1 for p in parts)",
    "a zip that must be complete": "for part, n in zip(split(9), (3, 3, 3), strict=True):\n    assert len(part) == n",
    "functions beside the student's in one table":
        "for out, f in [(relu(1.0), np.tanh), (relu(2.0), np.sin)]:\n    assert_close(out.numpy(), f(1.0))",
    "the student's own ones": "out = ones(split(9))\nassert_close(out.numpy(), np.ones(3))",
    "a type of the test's own": "assert isinstance(relu(1.0).numpy(), np.ndarray) and not isinstance(relu(1.0), list)",
    "a class without a check": "class Net(Linear):\n    def forward(self, x):\n        return x * np.ones(len(x))",
    "a loop beside the student's code":
        "@students_side\ndef chain(y, count):\n    \"\"\"y + 0 + 0 …\"\"\"\n    for i in range(count):\n"
        "        y = relu(y + 0.0)[..., 1:2]\n    return np.stack([y])\n@students_side\ndef both(y):\n"
        "    return chain(y, len(y))\nassert_close(chain(relu(1), 5000).numpy(), [1.0])",
    "points that the test counted":
        "out = relu(1.0).numpy()\nscore = sum(np.allclose(out[i], i) for i in range(3)) * 0.5\nscore",
    "recursion":
        "def walk(t):\n    return [t, *(u for x in t.inputs for u in walk(x))]\nassert len(walk(relu(1.0))) == 3",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_test_that_trusts_the_worker_is_refused_where_it_does(name):
    source, mend, line = REFUSED[name]
    assert distrusted(source, NAMES) == [f"line {line}: {MENDS[mend]}"]


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_test_that_stands_on_its_own_is_accepted(name):
    assert distrusted(ACCEPTED[name], NAMES) == []


def test_every_mend_is_met():
    assert {mend for _, mend, _ in REFUSED.values()} == set(MENDS)
