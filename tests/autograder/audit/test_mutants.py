"""Mutants: single changes within a solution, and the tests that let them pass."""
import ast

from autograder.audit import audit
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


def test_what_tests_notice_is_counted_and_what_they_do_not_is_listed(tmp_path, monkeypatch, capsys):
    classroom = small_class(tmp_path)
    find_survivors(classroom, TENSOR, SANDBOXED)
    assert capsys.readouterr().out == "01_tensor: 4 of 4 mutants caught (100.0%).\n"
    monkeypatch.setattr(audit, "tests_of", lambda cells: [])          # a module without tests notices nothing
    find_survivors(classroom, TENSOR, SANDBOXED)
    first, *survivors = capsys.readouterr().out.splitlines()
    assert first == "01_tensor: 0 of 4 mutants caught (0.0%)."
    assert len(survivors) == 4 and "  mul, line 5: Mult to Div" in survivors, survivors
