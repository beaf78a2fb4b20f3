"""Which names a cell of code defines and which it uses, without running it."""
import ast
import re
import symtable

from tito.plain import THERE


def transformed(source: str) -> str:
    """The cell as IPython runs it: magics and shell lines turned into calls."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(source)


def parses(source: str) -> bool:
    try:
        ast.parse(transformed(source))
    except SyntaxError:
        return False
    return True


def defined(source: str) -> set[str]:
    """Names that the cell binds at its top level; none if it does not parse."""
    try:
        table = symtable.symtable(transformed(source), "cell", "exec")
    except SyntaxError:
        return set()
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def method_line(source: str, owner: str, method: str) -> int | None:
    """The line in which class `owner` begins to define `method`; None if the cell has no such class."""
    nodes = ast.parse(transformed(source)).body if parses(source) else []
    return next((part.lineno for node in nodes if isinstance(node, ast.ClassDef) and node.name == owner
                 for part in node.body if isinstance(part, ast.FunctionDef) and part.name == method), None)


def code_below(source: str, line: int) -> bool:
    """Whether the statement that begins in this line has others behind it in its block."""
    nodes = ast.walk(ast.parse(transformed(source))) if parses(source) else []
    blocks = (block for node in nodes for _, block in ast.iter_fields(node) if isinstance(block, list))
    return any(getattr(statement, "lineno", 0) == line and isinstance(statement, ast.Raise)
               for block in blocks for statement in block[:-1])


def words(source: str) -> set[str]:
    """Every name that the cell uses or binds anywhere, arguments of its functions too."""
    nodes = ast.walk(ast.parse(transformed(source))) if parses(source) else []
    return {name for node in nodes if (name := getattr(node, "id", None) or getattr(node, "arg", None))}


def imported(source: str) -> set[str]:
    """Those of them that it imports."""
    try:
        table = symtable.symtable(transformed(source), "cell", "exec")
    except SyntaxError:
        return set()
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}


def foreign(source: str) -> list[str]:
    """Packages that the cell imports anywhere, and that only this machine has for certain."""
    try:
        nodes = list(ast.walk(ast.parse(transformed(source))))
    except SyntaxError:
        return []
    names = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return sorted(names - THERE)


def used(source: str) -> set[str]:
    """Global names that the cell reads anywhere, inside its functions and classes too."""
    def walk(table: symtable.SymbolTable, top: bool) -> set[str]:
        names = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
        return names.union(*(walk(child, False) for child in table.get_children()))

    try:
        return walk(symtable.symtable(transformed(source), "cell", "exec"), True)
    except SyntaxError:
        return set()


def has_code(source: str) -> bool:
    """Whether anything is left when comments and blank lines are taken away."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in source.splitlines())


def same_code(one: str, other: str) -> bool:
    """Equal but for comments and layout."""
    if not parses(one) or not parses(other):
        return one.split() == other.split()
    return ast.dump(ast.parse(transformed(one))) == ast.dump(ast.parse(transformed(other)))


def commented_out(name: str, source: str) -> bool:
    """Whether the definition of `name` stands in a comment."""
    name = re.escape(name)
    return bool(re.search(rf"^\s*#.*\b(?:def|class)\s+{name}\b|^\s*#\s*{name}\s*=[^=]", source, re.MULTILINE))


def has_commented_code(source: str) -> bool:
    return bool(re.search(r"^\s*#\s*(?:def|class|return|import|from)\s+\w+", source, re.MULTILINE))
