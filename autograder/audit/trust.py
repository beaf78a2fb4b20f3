"""Tests that trust what the worker can change: `tito audit` refuses them.

The student's code has the worker to itself. It may give any value, a shape of any size, nan, an empty list; it may
replace NumPy's functions there, and the classes and functions that a test sends over. So what a verdict rests on must
be the test's own: expected values, sizes, the number of checks, the comparison itself. taint.py tells what is whose.
"""
import ast
from collections.abc import Iterable

from autograder.audit import students_side
from autograder.audit.taint import JUDGED, OWN, SAME, STUDENT, Roots, Taint
from autograder.examine.program import is_for_students_side

SIZED = {"zeros", "ones", "empty", "full", "arange", "linspace", "eye", "identity", "tile", "repeat", "broadcast_to",
         "ndindex", "range", "normal", "standard_normal", "uniform", "integers", "random", "permutation"}
WARNINGS = {"errstate", "seterr", "seterrcall", "catch_warnings", "simplefilter"}
CLOSE = {"assert_close", "assert_allclose", "assert_array_equal", "assert_equal"}

MENDS = {
    "warnings": "warnings arise beside the student's code, which can switch them off: check by values",
    "shipped": "what a test ships is run beside the student's code: check outside it",
    **students_side.MENDS,
    "expected": "what is expected comes from the student's code: compute it from the test's own inputs, "
                "or first compare what it comes from with an own value",
    "itself": "a value is compared with what was computed from it: compute what is expected from the test's own inputs",
    "both": "both sides come from the student's code: compare each with an own value",
    "exists": "that something is there proves nothing: check what it does, a graph by replay(out, x, numbers)",
    "kind": "the worker answers what its own classes are: check what the object does",
    "size": "a size comes from the student's code: use an own one, or assert it first",
    "loop": "the student's code decides how often this is checked: loop over something of the test's own, "
            "or assert the length first",
    "points": "the points come from the student's code: count in the test",
}


def distrusted(source: str, names: Iterable[str]) -> list[str]:
    """What is amiss with a test, one line each; names: the public names, which are the student's."""
    tree = ast.parse(source)
    trust = Trust(names)
    trust.read(tree.body)
    trust.read_callbacks()
    trust.found |= students_side.misuse(tree, trust.student)
    match tree.body[-1:]:
        case [ast.Expr(value=ast.Name() as last)] if trust.roots(last) - {JUDGED}:
            trust.refuse(last, "points")
    return [f"line {line}: {MENDS[mend]}" for line, mend in sorted(trust.found)]


class Trust(Taint):
    """Reads a test and notes (line, key of MENDS) where it trusts the student's code."""

    def __init__(self, student: Iterable[str]):
        super().__init__(student)
        self.found: set[tuple[int, str]] = set()

    def refuse(self, node: ast.AST, mend: str) -> None:
        self.found.add((node.lineno, mend))

    def read_callbacks(self) -> None:
        """Functions that the test never calls itself are called by the student's code, with what it likes."""
        for function in [f for name, f in self.functions.items() if name not in self.called]:
            self.read_function(function, {arg.arg: frozenset([f"{arg.arg}, line {arg.lineno}"])
                                          for arg in function.args.args})

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.ClassDef() | ast.FunctionDef() if is_for_students_side(node):
                self.check_shipped(node)
            case ast.Assert(test=test):
                self.claim(test)
            case ast.For(iter=iterable) if not self.has_own_length(iterable) and any(
                    is_check(part) or is_call(part, self.functions) for part in ast.walk(node)):
                self.refuse(node, "loop")
        super().statement(node)

    def check_shipped(self, node: ast.ClassDef | ast.FunctionDef) -> None:
        for part in ast.walk(node):
            if is_check(part):
                self.refuse(part, "shipped")
            elif is_call(part, WARNINGS):
                self.refuse(part, "warnings")

    def roots(self, node: ast.AST | None) -> Roots:
        if isinstance(node, ast.BinOp) and is_array(node.left) and is_array(node.right) and \
                self.unknown(node.left) and self.unknown(node.right):
            self.refuse(node, "both")
        return super().roots(node)

    def of_call(self, node: ast.Call) -> Roots:
        name = name_of(node.func)
        if name in WARNINGS:
            self.refuse(node, "warnings")
        elif name in CLOSE:
            self.check_close(node)
        elif name == "check_gradient":
            self.check_gradient(node)
        elif name in SIZED and not (self.roots(node.func) or isinstance(node.func, ast.Name) and name in self.student):
            sizes = OWN.union(*map(self.roots, [*node.args, *(keyword.value for keyword in node.keywords)]))
            if sizes - self.pinned:
                self.refuse(node, "size")
        return super().of_call(node)

    def check_close(self, node: ast.Call) -> None:
        actual, *expected = [part for place, part in enumerate(node.args) if place != 2]      # without the hint
        expected += [keyword.value for keyword in node.keywords if keyword.arg != "hint"]
        if (self.roots(actual) - {STUDENT, JUDGED}).intersection(*map(self.roots, expected[:1])):
            self.refuse(node, "itself")
        elif any(map(self.unknown, expected)):
            self.refuse(node, "expected")
        else:
            self.pin(actual)

    def check_gradient(self, node: ast.Call) -> None:
        """What is expected comes from the arrays and `exact`, and from f or, where f is the student's, from `like`."""
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        if any(map(self.unknown, [named.get("like", node.args[2]), named.get("exact"), *node.args[3:]])):
            self.refuse(node, "expected")

    def claim(self, test: ast.AST, positive: bool = True) -> None:
        """Check an asserted expression; where it compares with an own value, pin what was compared."""
        match test:
            case ast.BoolOp(values=values):
                for value in values:
                    self.claim(value, positive and isinstance(test.op, ast.And))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.claim(operand, not positive)
            case ast.Call(func=ast.Name(id="all" | "any" as name), args=[ast.GeneratorExp() as each]):
                self.claim_each(each, name, positive)
            case ast.Call(func=ast.Attribute(attr="all", value=value), args=[]):
                self.claim(value, positive)
            case ast.Call(func=ast.Name(id="isinstance"), args=[value, kind]) if positive:
                if self.roots(value) and self.roots(kind):
                    self.refuse(test, "kind")
            case ast.Call(func=function, args=[one, two, *_]) if name_of(function) in SAME and positive:
                self.compare(test, [one, two], pins=True)
            case ast.Compare(left=left, ops=ops, comparators=others) if positive:
                self.claim_compare(test, [left, *others], ops)
        self.roots(test)                                  # for the calls inside

    def claim_each(self, each: ast.GeneratorExp, name: str, positive: bool) -> None:
        if (name == "all") == positive and not all(self.has_own_length(part.iter) for part in each.generators):
            self.refuse(each, "loop")
        outer = dict(self.names)
        for part in each.generators:
            self.bind(part.target, part.iter, iterated=True)
        self.claim(each.elt, positive and name == "all")
        self.names = outer

    def claim_compare(self, test: ast.AST, sides: list[ast.expr], ops: list[ast.cmpop]) -> None:
        handed_over = any(isinstance(side, ast.Name) for side in sides)
        match ops:
            case [ast.IsNot()]:
                if isinstance(sides[1], ast.Constant) and self.roots(sides[0]):
                    self.refuse(test, "exists")
            case [ast.NotIn()]:
                pass
            case [ast.Is() | ast.In()] if handed_over:    # identity with an object that the test itself handed over
                pass
            case [ast.Is()]:
                if all(map(self.roots, sides)):
                    self.refuse(test, "both")
            case _:
                self.compare(test, sides, pins=all(isinstance(op, ast.Eq) for op in ops))

    def compare(self, test: ast.AST, sides: list[ast.expr], pins: bool) -> None:
        if all(map(self.unknown, sides)):
            self.refuse(test, "both")
        elif pins:
            for side in sides:
                self.pin(side)


def name_of(function: ast.expr) -> str:
    """The last word of what is called."""
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def is_call(node: ast.AST, names: Iterable[str]) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) in names


def is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.Assert) or is_call(node, {"raises", "check_gradient", *CLOSE})


def is_array(node: ast.expr) -> bool:
    """Whether an expression plainly is an array that the student's code gave: its shape may be anything."""
    return is_call(node, {"numpy"}) or isinstance(node, ast.Attribute) and node.attr in ("grad", "data")
