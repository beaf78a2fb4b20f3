"""Single-change mutants of a solution: what tests should notice, whether or not somebody has made that mistake yet."""
import ast
from collections.abc import Iterator
from dataclasses import dataclass

SWAPPED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
           ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
           ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
           ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And, ast.USub: ast.UAdd}


@dataclass(frozen=True)
class Mutant:
    line: int                 # of the cell
    change: str               # in a few words
    source: str               # of the whole cell


def mutants(source: str) -> Iterator[Mutant]:
    """Every single change within the solution region of an answer cell."""
    lines = source.splitlines()
    marks = [number for number, line in enumerate(lines, 1) if line.strip().startswith("### ") and "SOLUTION" in line]
    regions = list(zip(marks[::2], marks[1::2]))
    tree = ast.parse(source)
    for parent in ast.walk(tree):
        line = getattr(parent, "lineno", 0)
        for owner, place, new, words in changes(parent):
            at = getattr(new, "lineno", 0) or line
            if not any(begin < at < end for begin, end in regions):
                continue
            old = get(owner, place)
            put(owner, place, new)
            yield Mutant(at, words, ast.unparse(tree))
            put(owner, place, old)


def get(owner, place):
    return owner[place] if isinstance(owner, list) else getattr(owner, place)


def put(owner, place, value) -> None:
    if isinstance(owner, list):
        owner[place] = value
    else:
        setattr(owner, place, value)


def changes(node: ast.AST) -> Iterator[tuple]:
    """What may be changed about a node: (owner, attribute or index, new value, in words)."""
    match node:
        case ast.BinOp(op=op) | ast.AugAssign(op=op) | ast.BoolOp(op=op) | ast.UnaryOp(op=op) if type(op) in SWAPPED:
            new = SWAPPED[type(op)]()
            yield node, "op", new, f"{type(op).__name__} to {type(new).__name__}"
        case ast.Compare(ops=ops):
            for index, op in enumerate(ops):
                if type(op) in SWAPPED:
                    new = SWAPPED[type(op)]()
                    yield ops, index, new, f"{type(op).__name__} to {type(new).__name__}"
        case ast.Constant(value=bool(value)):
            yield node, "value", not value, f"{value} to {not value}"
        case ast.Constant(value=int(value) | float(value)):
            yield node, "value", value + 1, f"{value} to {value + 1}"
        case ast.If(test=test) | ast.IfExp(test=test):
            yield node, "test", ast.UnaryOp(ast.Not(), test), "condition turned round"
    for body in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
        for index, statement in enumerate(body if isinstance(body, list) else []):
            if not isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.Pass)) and not is_text(statement):
                yield body, index, ast.copy_location(ast.Pass(), statement), f"without {first_line(statement)!r}"


def is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def first_line(statement: ast.stmt) -> str:
    return ast.unparse(statement).splitlines()[0][:60]
