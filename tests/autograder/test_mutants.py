"""Mutants: single changes within a solution, and the tests that let them pass."""
import ast

from autograder.audit.audit import find_survivors
from autograder.audit.mutants import mutants
from tests.autograder.small_class import SANDBOXED, TENSOR, small_class

CELL = '''#| export
LIMIT = 3
def clip(x, low=0):
    """Between low and LIMIT."""
    ### BEGIN SOLUTION
    if x < low and not x > LIMIT:
        x = low - 1
    return x * 2
    ### END SOLUTION
'''


def test_every_mutant_is_one_change_within_the_solution():
    found = list(mutants(CELL))
    assert {mutant.change for mutant in found} == {
        "Lt to LtE", "Gt to GtE", "And to Or", "condition turned round", "Sub to Add", "Mult to Div", "1 to 2",
        "2 to 3", "without 'if x < low and (not x > LIMIT):'", "without 'x = low - 1'",
        "without 'return x * 2'"}
    assert all(6 <= mutant.line <= 8 for mutant in found)
    texts = {ast.unparse(ast.parse(mutant.source)) for mutant in found}
    assert len(texts) == len(found) and ast.unparse(ast.parse(CELL)) not in texts
    assert all("LIMIT = 3" in text and "low=0" in text for text in texts)


def test_survivors_are_listed(tmp_path, capsys):
    find_survivors(small_class(tmp_path), TENSOR, SANDBOXED)
    told = capsys.readouterr().out
    assert told.startswith("01_tensor: ") and "mutants caught" in told
