"""A small module of a student, and a way to grade changes to it."""
from autograder.examine.grader import Code, Result, Test, grade

CELLS = {
    "setup": "#| export\nimport numpy as np\n",
    "vec": '''#| export
class Vec:
    """Numbers in a row."""
    __array_ufunc__ = None
    def __init__(self, data):
        self.data = np.array(data, dtype=np.float32)
    def __add__(self, other):
        return Vec(self.data + (other.data if isinstance(other, Vec) else other))
    __radd__ = __add__
    def __iadd__(self, other):
        self.data += other
        return self
    def __getitem__(self, index):
        return self.data[index]
    def __len__(self):
        return len(self.data)
    def __repr__(self):
        return f"Vec({self.data.tolist()})"
    @property
    def shape(self):
        return self.data.shape
    def numpy(self):
        return self.data
''',
    "double": '''#| export
def double(v):
    if not isinstance(v, Vec):
        raise TypeError(f"double needs a Vec, got {type(v).__name__}")
    return Vec(v.data * 2)
''',
    "call": "#| export\ndef call(f, *args, **options):\n    return f(*args, **options)\n",
    "swallow": "#| export\ndef swallow(f):\n    try:\n        f(1)\n    except BaseException:\n        pass\n",
    "memory": "#| export\nmemory = []\ndef remember(x):\n    memory.append(x)\n    return len(memory)\n",
    "context": '''#| export
class Quiet:
    on = False
    def __enter__(self):
        Quiet.on = True
        return self
    def __exit__(self, *error):
        Quiet.on = False
        return True
''',
    "chain": "#| export\ndef chain(*parts):\n    return list(parts), parts[0]\n",
}
NAMES = ["Vec", "double", "call", "swallow", "remember", "Quiet", "chain", "probe", "missing"]
RIGHT = "assert_close(double(Vec([1, 2])).numpy(), [2, 4])"


def grade_case(tests: dict[str, str], sandboxed: bool = False, package: dict | None = None, points: float = 2.0,
               **changes: str) -> Result:
    """Grade the module with some cells changed or added; each test is worth `points`."""
    cells = [Code(name, source) for name, source in {**CELLS, **changes}.items()]
    tests = [Test(name, source, points) for name, source in tests.items()]
    return grade("vec", cells, tests, package or {}, NAMES, sandboxed=sandboxed)


def reasons(result: Result) -> dict[str, str]:
    return {verdict.test: verdict.reason for verdict in result.verdicts}


def reason(test: str, sandboxed: bool = False, **changes: str) -> str:
    """The reason for which one test fails; it must fail, and give nothing."""
    verdict, = grade_case({"test": test}, sandboxed, **changes).verdicts
    assert verdict.points == 0 and verdict.reason
    return verdict.reason
