"""A cell as plain Python, in which what only a notebook can do is left out, line by line.

Here it makes a package of a notebook; in grading the sandbox runs the very same text on the cells of a submission. So
it imports nothing of tito's, and what it does to a text never depends on where it runs.
"""
import ast
import re
import sys

MAGIC = re.compile(r"\s*(%|!|\?|.*\?\s*$)")                # a magic, a shell command, help before or behind
TIMED = re.compile(r"(\s*)%time\s+(\S.*)")               # runs the statement behind it, whose names stay
# A line that imports from one package, whose name is the first or second group, and nothing else
IMPORT = re.compile(r"import +(\w+)(?:\.[\w.]*)?(?: +as +\w+)? *|from +(\w+)(?:\.[\w.]*)? +import [^;\\]*")
FUTURE = re.compile(r"\s*from\s+__future__\s+import\b")
NOTEBOOK = ("display", "get_ipython")                      # there without an import
THERE = {*sys.stdlib_module_names, "numpy", "tinytorch"}   # what every place has that runs this code


def plain(source: str) -> tuple[str, list[int]]:
    """The source without its notebook-only lines, and the numbers of these. No other line changes its number.

    Lines `from __future__ import` go to the top. What imports a package that may be missing gets, where it is, an
    object that complains only when it is used. Raises SyntaxError for what is no Python even so.
    """
    lines, left_out, futures = source.split("\n"), [], []
    while True:
        try:
            compile("\n".join(lines), "cell", "exec", dont_inherit=True)
            break
        except SyntaxError as error:
            number = error.lineno or 0
            line = lines[number - 1] if 0 < number <= len(lines) else ""
            if FUTURE.match(line):
                futures.append(line.strip())
                lines[number - 1] = ""
            elif timed := TIMED.match(line):
                lines[number - 1] = timed[1] + timed[2]
            elif MAGIC.match(line):
                lines[number - 1] = re.match(r"\s*", line)[0] + "pass"
                left_out.append(number)
            else:
                raise
    text, calls = _without_calls("\n".join(lines))
    text = _with_futures(_with_optional_imports(text), list(dict.fromkeys(futures)))
    return text, sorted({*left_out, *calls})


def _without_calls(text: str) -> tuple[str, list[int]]:
    """Without statements that only call display or get_ipython, unless these are the student's own."""
    if not any(name in text for name in NOTEBOOK):        # parsing takes longer than looking
        return text, []
    nodes = list(ast.walk(ast.parse(text)))
    own = {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    calls = [node for node in nodes if isinstance(node, ast.Expr) and _called(node.value) in {*NOTEBOOK} - own]
    for node in reversed(sorted(calls, key=lambda node: (node.lineno, node.col_offset))):
        text = _replaced(text, node, "pass")
    return text, [node.lineno for node in calls]


def _called(node: ast.expr) -> str:
    """The name at the root of a call such as get_ipython().run_line_magic("time", "")."""
    name = ""
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
        name = node.id if isinstance(node, ast.Name) else ""
    return name


def _with_optional_imports(text: str) -> str:
    if _imports_what_is_there(text):                      # parsing takes longer than looking
        return text
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.Import):
            found = [_optional_import(alias) for alias in node.names if alias.name.split(".")[0] not in THERE]
            kept = [f"import {_spelled(alias)}" for alias in node.names if alias.name.split(".")[0] in THERE]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] not in THERE:
            names = [alias for alias in node.names if alias.name != "*"]
            found = [f"{alias.asname or alias.name} = _optional({node.module!r}, {alias.name!r})" for alias in names]
            kept = []
        else:
            continue
        if found:
            text = _replaced(text, node, "; ".join([*kept, "from tinytorch import _optional", *found]))
    return text


def _imports_what_is_there(text: str) -> bool:
    """Whether this can be seen line by line. An import at the top level begins its line, or stands behind a ;"""
    found = map(IMPORT.fullmatch, re.findall(r"^(?:import|from)\b.*", text, re.MULTILINE))
    return all(line and (line[1] or line[2]) in THERE for line in found) and not re.search(r";\s*(import|from)\b", text)


def _optional_import(alias: ast.alias) -> str:
    if alias.asname:
        return f"{alias.asname} = _optional({alias.name!r})"
    return f"{alias.name.split('.')[0]} = _optional({alias.name!r}, top=True)"


def _with_futures(text: str, futures: list[str]) -> str:
    """Such imports may stand behind nothing but comments and the docstring."""
    if not futures:
        return text
    first = ast.parse(text).body[:1]
    if first and isinstance(first[0], ast.Expr) and isinstance(first[0].value, ast.Constant):
        docstring = ast.get_source_segment(text, first[0])
        return _replaced(text, first[0], "; ".join([docstring, *futures]))
    return "\n".join([*futures, text])


def _spelled(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _replaced(text: str, node: ast.stmt, new: str) -> str:
    """The text with `new` in the place of a statement. The lines behind it keep their numbers."""
    lines = text.encode("utf-8").split(b"\n")             # columns count bytes
    first, last = node.lineno - 1, node.end_lineno - 1
    line = lines[first][:node.col_offset] + new.encode("utf-8") + lines[last][node.end_col_offset:]
    lines[first:last + 1] = [line, *[b""] * (last - first - new.count("\n"))]
    return b"\n".join(lines).decode("utf-8")
