"""Where the values in a test come from: made by the test itself, or given by the student's code.

A test is read, not run: statement by statement, loops twice, its own functions at every call. Each value that the
student's code gave is a root; a name stands for the roots that its value was read from, an own value for none. When an
assertion compares with an own value, it pins the roots on the other side: from then on they count as known. This helps
authors of tests, it proves nothing: any comparison pins, be it of a length only.
"""
import ast
from collections.abc import Iterable

from autograder.examine.program import is_for_students_side

STUDENT = "what a call of the student's code gave"        # the root of every value that has no name yet
JUDGED = "how such a value compares with an own one"      # good for points, for nothing else
SAME = {"array_equal", "allclose", "isclose"}
READS = {                                                 # methods that give what they were asked of, or a part of it
    "all", "any", "argmax", "argmin", "astype", "copy", "count", "get", "index", "item", "items", "keys", "max", "mean",
    "min", "numpy", "ravel", "reshape", "round", "std", "sum", "tolist", "transpose", "values", "var"}
OWN_LENGTH = ("enumerate", "list", "tuple", "sorted", "reversed")
Roots = frozenset[str]
OWN: Roots = frozenset()


class Taint:
    """The state of reading one test: what each name stands for, and what is known of it by now."""

    def __init__(self, student: Iterable[str]):
        self.student = frozenset(student)
        self.names: dict[str, Roots] = {}
        self.functions: dict[str, ast.FunctionDef] = {}
        self.reading: list[str] = []                      # own functions on the way, so that recursion ends
        self.called: set[str] = set()
        self.pinned: set[str] = set()                     # roots whose value was compared with an own value
        self.sized: set[str] = set()                      # names of what has a length that the test itself chose

    def roots(self, node: ast.AST | None) -> Roots:
        """The student's values that the value of an expression depends on."""
        match node:
            case None | ast.Constant():
                return OWN
            case ast.Name(id=name):
                return self.names.get(name, frozenset([STUDENT]) if name in self.student else OWN)
            case ast.NamedExpr(target=target, value=value):
                self.bind(target, value)
                return self.roots(target)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.of_comprehension(node)
            case ast.Lambda(args=args, body=body):
                outer = dict(self.names)
                self.names |= {arg.arg: OWN for arg in args.args}
                found = self.roots(body)
                self.names = outer
                return found
            case ast.Compare(left=left, comparators=others):
                return self.of_comparison([left, *others])
            case ast.Call(func=ast.Attribute(attr=name), args=[one, two, *_]) if name in SAME:
                return self.of_comparison([one, two])
            case ast.Call():
                return self.of_call(node)
        return OWN.union(*map(self.roots, ast.iter_child_nodes(node)))

    def of_comprehension(self, node: ast.AST) -> Roots:
        outer, found = dict(self.names), OWN
        for part in node.generators:
            self.bind(part.target, part.iter, iterated=True)
            found = found.union(self.roots(part.iter), *map(self.roots, part.ifs))
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        found = found.union(*map(self.roots, elements))
        self.names = outer
        return found

    def of_comparison(self, sides: list[ast.expr]) -> Roots:
        unknown = list(map(self.unknown, sides))
        return OWN.union(*unknown) if all(unknown) or not any(unknown) else frozenset([JUDGED])

    def of_call(self, node: ast.Call) -> Roots:
        given = OWN.union(*map(self.roots, [*node.args, *(keyword.value for keyword in node.keywords)]))
        match node.func:
            case ast.Name(id=name) if name in self.functions:
                return self.of_own_function(self.functions[name], node)
            case ast.Attribute(value=value, attr=attr):
                function = self.roots(value)
                return given | (function if attr in READS or not function else frozenset([STUDENT]))
        return given | (frozenset([STUDENT]) if self.roots(node.func) else OWN)

    def of_own_function(self, function: ast.FunctionDef, call: ast.Call) -> Roots:
        if function.name in self.reading:
            return frozenset([STUDENT])
        given = dict(zip([arg.arg for arg in function.args.args], call.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        return self.read_function(function, {name: self.renamed(name, self.roots(value), call)
                                             for name, value in given.items()})

    def read_function(self, function: ast.FunctionDef, arguments: dict[str, Roots]) -> Roots:
        """Read the body; what is returned has the roots that the function has not pinned."""
        outer, self.names = self.names, {**self.names, **arguments}
        self.reading.append(function.name)
        self.called.add(function.name)
        self.read(function.body)
        found = OWN.union(*(self.roots(node.value) for node in ast.walk(function) if isinstance(node, ast.Return)))
        self.reading.pop()
        self.names = outer
        known = OWN.union(*outer.values(), *arguments.values())
        return frozenset(root if root in known else STUDENT for root in found - self.pinned)

    def bind(self, target: ast.AST, value: ast.AST, iterated: bool = False) -> None:
        """Note where the names of an assignment, or of a loop over `value`, get their values from."""
        if isinstance(target, ast.Tuple) and (columns := columns_of(value, len(target.elts), iterated)):
            for part, given in zip(target.elts, columns, strict=True):
                self.bind(part, given, iterated)
            return
        sized = not iterated and self.has_own_length(value)
        found = self.roots(value)
        for name in [node for node in ast.walk(target) if isinstance(node, ast.Name)]:
            self.names[name.id] = self.renamed(name.id, found, name)
            (self.sized.add if sized else self.sized.discard)(name.id)
        if isinstance(target, (ast.Attribute, ast.Subscript)) and isinstance(target.value, ast.Name):
            self.names[target.value.id] = self.roots(target.value) | self.renamed(target.value.id, found, target)

    def renamed(self, name: str, found: Roots, place: ast.AST) -> Roots:
        """A value that came straight from student's code is a root of its own, by its name."""
        if STUDENT not in found:
            return found
        root = f"{name}, line {place.lineno}"
        self.pinned.discard(root)
        return frozenset([root])

    def has_own_length(self, node: ast.AST) -> bool:
        """Whether the test itself decides how often a loop over this runs."""
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return not any(isinstance(part, ast.Starred) and not self.has_own_length(part.value) for part in parts)
            case ast.Dict() | ast.Constant():
                return True
            case ast.Name(id=name) if name in self.sized:
                return True
            case ast.ListComp() | ast.GeneratorExp() | ast.DictComp():
                return not any(part.ifs for part in node.generators if self.roots(part.iter)) and \
                    all(self.has_own_length(part.iter) for part in node.generators)
            case ast.Call(func=ast.Name(id="zip"), args=parts, keywords=[ast.keyword(arg="strict")]):
                return any(map(self.has_own_length, parts))
            case ast.Call(func=ast.Name(id="zip"), args=parts):
                return all(map(self.has_own_length, parts))
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in OWN_LENGTH:
                return self.has_own_length(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="items" | "values" | "keys")):
                return self.has_own_length(inner)
        return not self.unknown(node)

    def unknown(self, node: ast.AST | None) -> Roots:
        """The roots of an expression that no assertion has pinned yet."""
        return self.roots(node) - self.pinned

    def pin(self, node: ast.AST) -> None:
        self.pinned |= self.roots(node) - {STUDENT, JUDGED}

    def read(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) if is_for_students_side(node):
                self.functions.pop(name, None)
                self.names[name] = frozenset([STUDENT])
            case ast.FunctionDef(name=name):
                self.functions[name] = node
                used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
                self.names[name] = OWN.union(*(self.roots(ast.Name(id=part)) for part in used - {name}))
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.bind(target, value)
            case ast.AugAssign(target=target, value=value):
                self.bind(target, ast.BinOp(target, ast.Add(), value))
            case ast.For(target=target, iter=iterable, body=body):
                for _ in range(2):                        # what the end of a loop made, its beginning may use
                    self.bind(target, iterable, iterated=True)
                    self.read(body)
                if not self.has_own_length(iterable):     # how often something was added
                    for part in [part.target for part in ast.walk(node) if isinstance(part, ast.AugAssign)]:
                        self.bind(part, ast.Tuple([part, iterable]))
            case ast.With(items=items, body=body):
                for item in items:
                    self.roots(item.context_expr)
                    if item.optional_vars:
                        self.bind(item.optional_vars, item.context_expr)
                self.read(body)
            case ast.If(test=test, body=body, orelse=other) | ast.While(test=test, body=body, orelse=other):
                self.roots(test)
                self.read(body + other)
            case ast.Try(body=body, handlers=handlers, orelse=other, finalbody=final):
                self.read([*body, *(line for handler in handlers for line in handler.body), *other, *final])
            case ast.Expr(value=value) | ast.Return(value=value):
                self.roots(value)


def columns_of(value: ast.AST, width: int, iterated: bool) -> list[ast.AST]:
    """What each name gets in `a, b = value`, or in `for a, b in value`, where that can be read; else nothing."""
    match value:
        case ast.Tuple(elts=parts) if not iterated and len(parts) == width:
            return parts
        case ast.List(elts=rows) | ast.Tuple(elts=rows) if iterated and rows and all(
                isinstance(row, ast.Tuple) and len(row.elts) == width for row in rows):
            return [ast.BoolOp(ast.Or(), [row.elts[place] for row in rows]) for place in range(width)]
        case ast.Call(func=ast.Name(id="zip"), args=parts) if iterated and len(parts) == width:
            return parts
    return []
