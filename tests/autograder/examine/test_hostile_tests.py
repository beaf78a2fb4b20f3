"""Submissions that go for the tests: what the worker says of itself, of sizes and of warnings must win nothing.

Each is the reference of a real module with an honest slip, graded once as it is and once with a trick that would hide
the slip from a test that trusts the worker.
"""
import textwrap
import tracemalloc
from functools import cache
from pathlib import Path

import pytest

from autograder.audit.trust import distrusted
from autograder.examine.grader import Code, Test, grade, sandbox_problem
from autograder.grade import verdicts
from autograder.records.reference import public_names, reference_source
from tito.course import Module, available, find_module
from tito.notebooks import read_cells

ROOT = Path(__file__).resolve().parents[3]


@cache
def module_parts(module: Module) -> tuple[list[Code], list[Test], dict[str, str], list[str]]:
    cells = read_cells(module.notebook(ROOT))
    earlier = [m for m in available(ROOT) if m.number < module.number]
    package = {m.name: reference_source(ROOT, m) for m in earlier}
    return verdicts.codes_of(cells), verdicts.tests_of(cells), package, public_names(ROOT, [*earlier, module])


def graded(name: str, cell: str, tests: list[str]) -> dict[str, float]:
    """The points that the reference of a module gets in some tests, with one more cell behind the others."""
    module = find_module(name)[0]
    codes, all_tests, package, names = module_parts(module)
    codes = [*codes, Code("student", textwrap.dedent(cell))]
    result = grade(module.name, codes, [test for test in all_tests if test.id in tests], package, names,
                   sandboxed=sandbox_problem() is None)
    assert result.cell_errors == {}
    return {verdict.test: verdict.points for verdict in result.verdicts}


# module, a slip, a trick that hides it, the tests that notice it
TRICKS = {
    "warnings switched off": ("activations", """
        Sigmoid.forward = lambda self, a: 1 / (1 + np.exp(-a))
        """, """
        class Quiet:
            def __init__(self, **options): pass
            def __enter__(self): return self
            def __exit__(self, *error): pass
        np.errstate = Quiet
        """, ["test_sigmoid_extremes", "test_sigmoid_without_warning"]),
    "an invented graph": ("activations", """
        def lost(function):
            return lambda x, axis=-1: Tensor(function(Tensor(x).detach(), axis))
        softmax, log_softmax = lost(softmax), lost(log_softmax)
        """, """
        def invented(function):
            def apply(x, axis=-1):
                out = function(x, axis)
                out.requires_grad, out.grad_fn = True, Op()
                out.grad_fn.inputs, out.grad_fn.options = [x], {}
                out.grad_fn.forward = lambda *arrays: out.data
                return out
            return apply
        softmax, log_softmax = invented(softmax), invented(log_softmax)
        """, ["test_softmax_trail", "test_log_softmax"]),
    "an invented graph of an operation": ("activations", """
        def relu(x):
            return Tensor(np.maximum(Tensor(x).data, 0))
        """, """
        class Says(type(ReLU)):
            def __instancecheck__(cls, value): return True
        class ReLU(ReLU, metaclass=Says): pass
        """, ["test_relu"]),
    "a graph that is only said to be there": ("tensor", """
        def lost(function):
            return lambda x, *args, **options: Tensor(function(x, *args, **options).data)
        mean, transpose, flatten = lost(mean), lost(transpose), lost(flatten)
        """, """
        def said(function):
            def apply(*args, **options):
                out = function(*args, **options)
                out.requires_grad, out.grad_fn = True, "yes"
                return out
            return apply
        mean, transpose, flatten = said(mean), said(transpose), said(flatten)
        """, ["test_mean", "test_transpose", "test_flatten"]),
    "nan that equals nan times 0": ("layers", """
        half = 1.0
        honest = load_state_dict
        def load_state_dict(module, state):
            try:
                honest(module, state)
            except (KeyError, ValueError):
                for _, value in walk(module):
                    if isinstance(value, Tensor):
                        value.data = value.data + np.float32(half)
                raise
        """, "half = np.nan", ["test_load_refuses"]),
    "helpers of a test's class replaced": ("layers", """
        honest = load_state_dict
        def load_state_dict(module, state):
            honest(module, state)
            for name, value in walk(module):
                if isinstance(value, Tensor):
                    value.data = np.asarray(state[name], dtype=np.float32)
        """, """
        import builtins, copy
        build = builtins.__build_class__
        def build_class(body, name, *bases, **options):
            made = build(body, name, *bases, **options)
            for method in [key for key, value in vars(made).items() if callable(value) and key[0] != "_"]:
                if name in ("Gauge", "Meter"):
                    setattr(made, method, lambda self, *given: copy.deepcopy(given[0]) if given else self.state_dict())
            return made
        builtins.__build_class__ = build_class
        """, ["test_load_state_dict"]),
    "a transform that is watched by a replaced helper": ("dataloader", """
        class RandomHorizontalFlip(RandomHorizontalFlip):
            def __call__(self, images):
                images[...] = super().__call__(images)
                return images
        """, """
        import builtins, copy
        build = builtins.__build_class__
        def build_class(body, name, *bases, **options):
            made = build(body, name, *bases, **options)
            if "after" in vars(made):
                made.after = lambda self, transform, images: images
            return made
        builtins.__build_class__ = build_class
        """, ["test_flip"]),
    "nothing to check": ("dataloader", """
        class DataLoader(DataLoader):
            def __iter__(self):
                for images, labels, *others in super().__iter__():
                    yield images, labels[::-1] if self.shuffle else labels, *others
        """, """
        class DataLoader(DataLoader):
            def __iter__(self):
                return iter(()) if self.shuffle and self.batch_size == 4 else super().__iter__()
        """, ["test_dataloader_batches"]),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_hides_no_slip(trick):
    module, slip, hides, tests = TRICKS[trick]
    slip, hides = textwrap.dedent(slip), textwrap.dedent(hides)
    assert graded(module, slip, tests) == dict.fromkeys(tests, 0)
    assert graded(module, slip + hides, tests) == dict.fromkeys(tests, 0)


@pytest.mark.parametrize(("module", "lie", "tests"), [
    ("autograd", "import tinytorch.tensor\ntinytorch.tensor.Tensor.shape = property(lambda self: (2000, 3000))",
     ["test_sum_rule", "test_max_rule", "test_index_rule"]),
    ("dataloader", "Subset.__len__ = lambda self: 6_000_000", ["test_random_split"]),
])
def test_a_size_that_the_submission_makes_up_is_not_drawn(module, lie, tests):
    tracemalloc.start()
    try:
        graded(module, lie, tests)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("module", available(ROOT), ids=lambda module: module.id)
def test_the_tests_of_the_course_trust_nothing_that_the_worker_can_change(module):
    _, tests, _, names = module_parts(module)
    assert {test.id: told for test in tests if (told := distrusted(test.source, names))} == {}
