"""Every operation of modules 01-04 on shapes and values that wrong implementations stumble over, in one table.

The tests compare each row with PyTorch, recorded and live, and with finite differences.
"""
import numpy as np

import tinytorch as tt
from tests.framework.pytorch.case import Case, Draw, exactly, normal, uniform

BROADCASTS = [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 3), (2, 1)), ((4, 1, 3), (1, 5, 1)), ((), (2, 2)),
              ((2, 0), (2, 1))]


def arithmetic() -> list[Case]:
    cases = []
    for a, b in BROADCASTS:
        shapes = f"{a} {b}"
        cases += [
            Case(f"add {shapes}", lambda a, b: a + b, (normal(*a), normal(*b))),
            Case(f"sub {shapes}", lambda a, b: a - b, (normal(*a), normal(*b))),
            Case(f"mul {shapes}", lambda a, b: a * b, (normal(*a), normal(*b))),
            Case(f"div {shapes}", lambda a, b: a / b, (normal(*a), uniform(0.5, 2, *b))),
            Case(f"pow {shapes}", lambda a, b: a ** b, (uniform(0.5, 2, *a), normal(*b))),
        ]
    return cases + [
        Case("number + x", lambda x: 1.5 + x, (normal(2, 3),)),
        Case("number - x", lambda x: 1.5 - x, (normal(2, 3),)),
        Case("number * x", lambda x: 1.5 * x, (normal(2, 3),)),
        Case("number / x", lambda x: 1.5 / x, (uniform(0.5, 2, 2, 3),)),
        Case("number ** x", lambda x: 1.5 ** x, (normal(2, 3),)),
        Case("x ** 2 of negative numbers", lambda x: x ** 2, (normal(2, 3),)),
        Case("x ** 3 of negative numbers", lambda x: x ** 3, (normal(2, 3),)),
        Case("x ** -0.5", lambda x: x ** -0.5, (uniform(0.5, 2, 2, 3),)),
        Case("-x", lambda x: -x, (normal(2, 3),)),
        Case("x used twice", lambda x: x * x + x, (normal(2, 3),)),
        Case("exp", lambda x: x.exp(), (normal(2, 3),)),
        Case("log", lambda x: x.log(), (uniform(0.5, 2, 2, 3),)),
        Case("sqrt", lambda x: x.sqrt(), (uniform(0.5, 2, 2, 3),)),
    ]


def products() -> list[Case]:
    pairs = [((2, 3), (3, 4)), ((3, 3), (3, 3)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((5, 2, 3), (5, 3, 4)),
             ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((2, 1, 4, 3), (5, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2))]
    return [Case(f"matmul {a} {b}", lambda a, b: a @ b, (normal(*a), normal(*b))) for a, b in pairs]


def reductions() -> list[Case]:
    cases = []
    for axis in (None, 0, 1, -1, (0, 2), (-1, 0)):
        for keepdims in (False, True):
            o = {"axis": axis, "keepdims": keepdims}
            x, name = (normal(2, 4, 3),), f"axis={axis}" + " keepdims" * keepdims
            cases += [
                Case(f"sum {name}", lambda x, o=o: x.sum(**o), x),
                Case(f"mean {name}", lambda x, o=o: x.mean(**o), x),
                Case(f"max {name}", lambda x, o=o: x.max(**o), x,
                     lambda t, x, o=o: t.amax(x, () if o["axis"] is None else o["axis"], o["keepdims"])),
                Case(f"var {name}", lambda x, o=o: x.var(**o), x, lambda t, x, o=o: x.var(correction=0, **o)),
            ]
    return cases + [Case("sum of a number", lambda x: x.sum(), (normal(),)),
                    Case("sum of nothing", lambda x: x.sum(axis=0), (normal(0, 3),)),
                    Case("max of a tie", lambda x: x.max(axis=1), (exactly([[1, 3, 3], [2, 2, 2]]),),
                         lambda t, x: t.amax(x, 1), smooth=False)]


INDICES = {
    "an int": 1, "a negative int": -1, "a slice": slice(1, 3), "every second": slice(None, None, 2), "a tuple": (2, 1),
    "a tuple of slices": (slice(1, None), slice(None, -1)), "an ellipsis": (..., 0), "a new axis": (slice(None), None),
    "repeated rows": np.array([0, 2, 2, 0]), "a grid of rows": np.array([[0, 1], [3, 3]]),
    "pairs": (np.array([0, 1, 1]), np.array([2, 0, 0])), "a slice and rows": (slice(None), np.array([2, 2, 0])),
    "a mask": np.array([True, False, True, True]),
}


def shapes() -> list[Case]:
    x, pair = (normal(2, 3, 4),), (normal(2, 3), normal(2, 3))
    return [Case(f"index by {name}", lambda x, i=index: x[i], (normal(4, 3),)) for name, index in INDICES.items()] + [
        Case("reshape", lambda x: x.reshape(4, 6), x),
        Case("reshape by a tuple", lambda x: x.reshape((3, 8)), x),
        Case("reshape with -1", lambda x: x.reshape(6, -1), x),
        Case("permute in a 3-cycle", lambda x: x.permute(2, 0, 1), x),
        Case("permute by a tuple", lambda x: x.permute((1, 2, 0)), x),
        Case("permute by negative axes", lambda x: x.permute(-1, 0, -2), x),
        Case("transpose", lambda x: x.transpose(0, 2), x),
        Case("transpose negative axes", lambda x: x.transpose(-1, -2), x),
        Case("T", lambda x: x.T, (normal(2, 3),)),
        Case("flatten", lambda x: x.flatten(), x),
        Case("flatten from 1", lambda x: x.flatten(start_dim=1), x),
        Case("flatten from -2", lambda x: x.flatten(start_dim=-2), x),
        Case("cat", lambda a, b: tt.cat([a, b]), (normal(2, 3), normal(4, 3)), lambda t, a, b: t.cat([a, b])),
        Case("cat along 1", lambda a, b, c: tt.cat([a, b, c], axis=1), (normal(2, 3), normal(2, 1), normal(2, 4)),
             lambda t, *x: t.cat(x, 1)),
        Case("cat along -1, one tensor twice", lambda a, b: tt.cat([a, b, a], axis=-1), (normal(2, 3), normal(2, 2)),
             lambda t, a, b: t.cat([a, b, a], -1)),
        Case("stack", lambda a, b: tt.stack([a, b]), pair, lambda t, *x: t.stack(x)),
        Case("stack along 1", lambda a, b: tt.stack([a, b], axis=1), pair, lambda t, *x: t.stack(x, 1)),
        Case("stack along -1", lambda a, b: tt.stack([a, b], axis=-1), pair, lambda t, *x: t.stack(x, -1)),
    ]


EXTREME = exactly([[1000, -1000, 0], [1000, 1000, 1000], [-1000, -1000, -1000], [-90, 0, 90]])


def activations() -> list[Case]:
    cases = []
    for name, ours, theirs in [
        ("relu", lambda x: tt.relu(x), lambda t, x: t.relu(x)),
        ("sigmoid", lambda x: tt.sigmoid(x), lambda t, x: t.sigmoid(x)),
        ("tanh", lambda x: tt.tanh(x), lambda t, x: t.tanh(x)),
        ("gelu", lambda x: tt.gelu(x), lambda t, x: t.nn.functional.gelu(x, approximate="tanh")),
        ("softmax", lambda x: tt.softmax(x), lambda t, x: t.softmax(x, -1)),
        ("log_softmax", lambda x: tt.log_softmax(x), lambda t, x: t.log_softmax(x, -1)),
    ]:
        cases += [Case(name, ours, (normal(4, 3),), theirs), Case(f"{name} of a vector", ours, (normal(5),), theirs),
                  Case(f"{name} of ±1000", ours, (EXTREME,), theirs, smooth=False)]
    for axis in (0, 1, -2):
        cases += [Case(f"softmax axis={axis}", lambda x, a=axis: tt.softmax(x, axis=a), (normal(2, 4, 3),),
                       lambda t, x, a=axis: t.softmax(x, a)),
                  Case(f"log_softmax axis={axis}", lambda x, a=axis: tt.log_softmax(x, axis=a), (normal(2, 4, 3),),
                       lambda t, x, a=axis: t.log_softmax(x, a))]
    return cases


def layers() -> list[Case]:
    def linear(x, weight, bias=None):
        layer = tt.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, rng=0)
        vars(layer).update(weight=weight, bias=bias)          # these very Tensors, learned or not
        return layer(x)

    def theirs(t, *x):
        return t.nn.functional.linear(*x)

    return [Case("linear", linear, (normal(5, 3), normal(4, 3), normal(4)), theirs),
            Case("linear, square", linear, (normal(3, 3), normal(3, 3), normal(3)), theirs),
            Case("linear without bias", linear, (normal(5, 3), normal(4, 3)), theirs),
            Case("linear on a stack", linear, (normal(2, 5, 3), normal(4, 3), normal(4)), theirs),
            Case("linear on one sample", linear, (normal(3), normal(4, 3), normal(4)), theirs),
            Case("Flatten", lambda x: tt.Flatten()(x), (normal(2, 3, 4),), lambda t, x: t.nn.Flatten()(x)),
            Case("Dropout in eval", lambda x: tt.Dropout(0.5).eval()(x * 1), (normal(2, 3),), lambda t, x: x * 1)]


def losses() -> list[Case]:
    def against_soft_targets(loss: str, name: str, prediction: Draw, smooth: bool = True) -> Case:
        targets = uniform(0.1, 0.9, 4, 3)
        return Case(f"{loss} {name}".strip(), lambda p, y: getattr(tt, loss)(p, y), (prediction, targets),
                    lambda t, p, y: getattr(t.nn.functional, loss)(p, y), smooth)

    def against_labels(name: str, scores: Draw, labels: np.ndarray, smooth: bool = True) -> Case:
        """PyTorch wants the classes in axis 1, TinyTorch in the last one."""
        return Case(f"cross_entropy {name}".strip(), lambda x: tt.cross_entropy(x, labels), (scores,),
                    lambda t, x: t.nn.functional.cross_entropy(x.movedim(-1, 1), t.tensor(labels)), smooth)

    logits = "binary_cross_entropy_with_logits"
    near_certain = exactly([[1e-5, 1 - 1e-5, 0.5], [0.999, 1e-3, 0.5], [1e-7, 0.25, 0.75], [0.01, 0.99, 1 - 1e-7]])
    return [
        against_soft_targets("mse_loss", "", normal(4, 3)),
        against_soft_targets("mse_loss", "of ±1000", EXTREME, smooth=False),
        against_soft_targets("binary_cross_entropy", "", uniform(0.1, 0.9, 4, 3)),
        against_soft_targets("binary_cross_entropy", "near certainty", near_certain, smooth=False),
        against_soft_targets(logits, "", normal(4, 3)),
        against_soft_targets(logits, "of ±1000", EXTREME, smooth=False),
        against_labels("", normal(4, 3), np.array([2, 0, 1, 1])),
        against_labels("of square scores", normal(3, 3), np.array([2, 0, 0])),
        against_labels("of sequences", normal(2, 5, 3), np.array([[2, 0, 1, 1, 0], [0, 0, 2, 1, 2]])),
        against_labels("of ±1000", EXTREME, np.array([1, 0, 2, 0]), smooth=False),
    ]


OPERATIONS = [*arithmetic(), *products(), *reductions(), *shapes(), *activations(), *layers(), *losses()]
