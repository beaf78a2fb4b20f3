"""Misuse of `tito.checks.students_side`: `tito audit` refuses it.

The student's code can read and replace a function that runs beside it. So no answer may stand in the function, no
verdict may be reached there, and what it needs comes as arguments, which the test draws afresh.
"""
import ast
import builtins
from collections.abc import Iterable

from autograder.examine.program import is_for_students_side
from tito.checks import students_side

PLAIN = (None, ..., 0, 1, 2)                              # what may stand in such a function; True equals 1
COMPARING = {"allclose", "array_equal", "isclose"}
MENDS = {
    "place": "students_side marks a function at the top level of a test, as its only decorator",
    "judges": "a comparison beside the student's code proves nothing: give the value back and compare it outside",
    "holds": "the student's code can read what stands here: give numbers and texts as arguments, drawn afresh",
    "outside": "a variable of the test is not there beside the student's code: give it as an argument",
}


def misuse(tree: ast.Module, student: Iterable[str]) -> set[tuple[int, str]]:
    """(line, key of MENDS) of every misuse in a test; student: the public names, which such a function may use."""
    found: set[tuple[int, str]] = set()
    known, marks = {*student, *vars(builtins), "np"}, set()
    for node in filter(is_for_students_side, tree.body):
        known.add(node.name)
        if isinstance(node, ast.FunctionDef):
            marks.add(node.decorator_list[0])
            found |= _in_function(node, known)
    return found | {(node.lineno, "place") for node in ast.walk(tree) if isinstance(node, ast.Name)
                    and node.id == students_side.__name__ and node not in marks}


def _in_function(function: ast.FunctionDef, known: set[str]) -> set[tuple[int, str]]:
    texts = {id(node.body[0].value) for node in ast.walk(function)
             if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None}
    parts = [part for child in (function.args, *function.body) for part in ast.walk(child)]
    own = {part.id for part in parts if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
    own |= {part.arg for part in parts if isinstance(part, ast.arg)}
    own |= {part.name for part in parts if isinstance(part, ast.FunctionDef)}
    found = set()
    for part in parts:
        match part:
            case ast.Compare():
                found.add((part.lineno, "judges"))
            case ast.Call(func=ast.Attribute(attr=name)) if name in COMPARING:
                found.add((part.lineno, "judges"))
            case ast.Constant(value=value) if value not in PLAIN and id(part) not in texts:
                found.add((part.lineno, "holds"))
            case ast.Name(id=name) if name not in known | own:
                found.add((part.lineno, "outside"))
    return found
