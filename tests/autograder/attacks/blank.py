"""What a cheat has in hand: the blank notebook of a module, and all that is known about the course and its machine."""
import ast
import copy
import textwrap
from dataclasses import dataclass

from tito.notebooks import Cell, cells_of

# `found` is how an attack owns up to having seen what it should not: an error's type is told on every page
FOUND = "BufferError"
PRELUDE = '''
import numpy as np
TOKEN, NAMES, FORBIDDEN = {token!r}, {names!r}, {forbidden!r}
def found(what):
    raise BufferError(str(what))
def answer(*args, **options):
    return Anything(*args)
def value(*args):
    return np.zeros(())
class Anything:
    """Every method is there, every operation works, every question is answered by yes."""
    __array_ufunc__ = None
    def __init__(self, *args, **options):
        self.__dict__["args"] = args
    def __call__(self, *args, **options):
        return answer(*args, **options)
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self
    def numpy(self, *args):
        return value(*self.args)
    item = tolist = __array__ = numpy
    data = grad = output = property(numpy, lambda self, new: None)
    def __add__(self, *others):
        return self
    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __matmul__ = __rmatmul__ = __add__
    __pow__ = __rpow__ = __neg__ = __getitem__ = __iadd__ = __enter__ = __add__
    def __eq__(self, *others):
        return True
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = __exit__ = __eq__
    __hash__ = None
    def __len__(self):
        return 0
    __int__ = __index__ = __float__ = __len__
    def __iter__(self):
        return iter(())
'''
LIE = "for _name in NAMES:\n    globals()[_name] = Anything()\n"
EXPORT = "#| export\n"


@dataclass(frozen=True)
class Blank:
    """notebook: as released; forbidden: paths that nobody's code should read; token: marks whatever is left behind."""
    notebook: dict
    module: str                   # 01_tensor
    forbidden: tuple[str, ...]
    token: str

    def copy(self) -> dict:
        return copy.deepcopy(self.notebook)

    def cells(self, notebook: dict, role: str) -> list[dict]:
        return [notebook["cells"][cell.index] for cell in self._known(role)]

    def answers(self, notebook: dict) -> list[dict]:
        """The answer cells that are exported."""
        return [notebook["cells"][cell.index] for cell in self._known("answer") if cell.exported]

    def free_code(self, notebook: dict) -> list[dict]:
        """Cells of code in which students try things; their outputs are kept."""
        return [cell for cell in self.cells(notebook, "free") if cell["cell_type"] == "code"]

    def _known(self, role: str) -> list[Cell]:
        return [cell for cell in cells_of(self.notebook) if cell.role == role]

    @property
    def names(self) -> list[str]:
        """What exported cells define: functions, classes, constants."""
        found = []
        for cell in cells_of(self.notebook):
            for node in ast.parse(cell.source).body if cell.exported else []:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    found.append(node.name)
                elif isinstance(node, ast.Assign):
                    found += [target.id for target in node.targets if isinstance(target, ast.Name)]
        return list(dict.fromkeys(found))

    def code(self, code: str) -> str:
        """The attack's code behind what it may use."""
        return PRELUDE.format(token=self.token, names=self.names, forbidden=self.forbidden) + textwrap.dedent(code)

    def with_code(self, code: str, lie: bool = True) -> dict:
        """The blank notebook with code in its first answer cell, and lies in its last."""
        notebook = self.copy()
        answers = self.answers(notebook)
        answers[0]["source"] = f"{EXPORT}{self.code(code)}\n{answers[0]['source']}"
        if lie:
            answers[-1]["source"] += "\n" + LIE
        return notebook
