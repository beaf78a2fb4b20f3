"""Cells as plain Python: what only a notebook can run is left out, everything else stays to the letter."""
from pathlib import Path

import pytest

from tests.helpers import REPOSITORY
from tito.plain import plain


@pytest.mark.parametrize("path", sorted((REPOSITORY / "tinytorch").glob("*.py")), ids=lambda path: path.name)
def test_what_the_course_exports_stays_to_the_letter(path: Path):
    text = path.read_text(encoding="utf-8")
    assert plain(text) == (text, [])


@pytest.mark.parametrize(("line", "kept"), [
    ("%matplotlib inline", "pass"), ("%timeit f(2)", "pass"), ("!pip install x", "pass"), ("np.dot?", "pass"),
    ("?np.dot", "pass"), ("np.dot??", "pass"), ("display(1)", "pass"), ("x = 1; display(x)", "x = 1; pass"),
    ("get_ipython().run_line_magic('time', '')", "pass"), ("%%time", "pass")])
@pytest.mark.parametrize("indent", ["", "    "], ids=["top", "in a function"])
def test_a_line_for_notebooks_only_is_left_out_and_counted(line, kept, indent):
    head = "def f(x):\n" if indent else "x = 0\n"
    text, lines = plain(f"{head}{indent}{line}\n{indent}y = 5  % 3")
    assert text == f"{head}{indent}{kept}\n{indent}y = 5  % 3" and lines == [2]


@pytest.mark.parametrize("source", [
    "x = (7\n     % 4)", 'text = """\n%timeit\n!ls\nwhat?\n"""', "# %timeit\nx = 1  # really?",
    "def display(x):\n    return x\ndisplay(3)", "x = display", "import json, numpy as np\nfrom . import tensor"])
def test_what_only_looks_like_it_stays(source):
    assert plain(source) == (source, [])


def test_a_timed_statement_stays_without_the_clock():
    assert plain("def f():\n    %time x = 3 % 2\n    return x") == ("def f():\n    x = 3 % 2\n    return x", [])


@pytest.mark.parametrize(("source", "line"), [
    ("x = 1\nfiles = !ls", 2), ("await f()", 1), ("x = %time 3", 1), ("def f(:", 1), ("x = 1\nreturn x", 2)])
def test_what_cannot_be_plain_python_is_refused_with_its_line(source, line):
    with pytest.raises(SyntaxError) as error:
        plain(source)
    assert error.value.lineno == line


@pytest.mark.parametrize(("source", "names"), [
    ("import nowhere.deep as n", ["n"]), ("import nowhere.deep", ["nowhere"]),
    ("import nowhere, math", ["nowhere", "math"]), ("from nowhere import (a,\n    b as c)", ["a", "c"])])
def test_a_package_that_is_not_there_complains_only_when_it_is_used(source, names):
    text, lines = plain(f"{source}\nlast = 1")
    space: dict = {}
    exec(text, space)
    assert lines == [] and text.split("\n").index("last = 1") == source.count("\n") + 1
    for name in names:
        assert name in space
    missing = space[names[0]]
    for use in (lambda: missing(), lambda: missing.plot, lambda: missing[0], lambda: list(missing),
                lambda: bool(missing)):
        with pytest.raises(ImportError, match="nowhere is not there"):
            use()


def test_a_package_that_is_there_is_that_package():
    space: dict = {}
    exec(plain("import rich.console as c, rich\nfrom rich import table, print as show")[0], space)
    import rich.console
    import rich.table
    assert space["c"] is rich.console and space["rich"] is rich
    assert space["table"] is rich.table and space["show"] is rich.print


@pytest.mark.parametrize("text", [
    "import numpy as np, nowhere", "import numpy \\\n    , nowhere", "import numpy; import nowhere",
    "import numpy\nx = 1; import nowhere", "from math import (pi,\n    e); from nowhere import a",
    "import json\n\\\nimport nowhere", "import numpy.linalg\nif True: pass\nfrom nowhere.math import a",
    "def f():\n    pass\nimport numpy as np\nimport nowhere as numpy"])
def test_no_way_to_write_an_import_is_overlooked(text):
    assert "_optional('nowhere" in plain(text)[0]


@pytest.mark.parametrize("inner", ["try:\n    import nowhere\nexcept ImportError:\n    nowhere = None",
                                   "def f():\n    import nowhere"])
def test_imports_that_are_not_at_the_top_stay_as_they_are(inner):
    assert plain(inner) == (inner, [])


@pytest.mark.parametrize("head", ["", "# a comment\n", '"""A docstring."""\n', '"""Of two\nlines."""\n'])
def test_future_imports_move_to_the_top_and_the_docstring_stays(head):
    text, _ = plain(f"{head}x = 1\nfrom __future__ import annotations\ndef f(a: nowhere):\n    return a")
    space: dict = {}
    exec(text, space)
    assert space["f"].__annotations__ == {"a": "nowhere"} and space["x"] == 1
    assert (space.get("__doc__") or "") == head.strip('"\n').replace("# a comment", "")
