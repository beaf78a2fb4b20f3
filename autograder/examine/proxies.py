"""What a test holds in place of the student's objects and exceptions.

A test's text is the same in the student's kernel and here. Here every public name is a Proxy: what the test does to it
is done in the worker, and the answer comes back as a copied value or as another Proxy.
"""
import builtins
import contextlib
import functools
import itertools
import keyword
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from autograder.sandbox.inside.encoding import KNOWN

MAX_ITEMS = 10_000          # that `in` looks at


class Asks(Protocol):
    """What a proxy needs of the connection to the worker."""

    def ask(self, *request: Any) -> Any: ...


class StudentError(Exception):
    """An exception of the student's code; `error_class` makes its subclasses, which tests catch by builtin names."""

    builtin = "Exception"

    def __init__(self, message: str = "", place: tuple = ("", 0, "")):
        Exception.__init__(self, message)
        self.message, self.place = message, place         # place: cell id, line number, function

    def __str__(self) -> str:
        return self.message


def error_class(name: str, builtin: str) -> type[StudentError]:
    """The class of exceptions that the student's code calls `name`; `builtin` is the first builtin of its MRO."""
    kind = KNOWN.get(f"builtins.{builtin}", Exception)
    if not (isinstance(kind, type) and issubclass(kind, Exception)) or issubclass(kind, BaseExceptionGroup):
        kind = Exception                                  # a SystemExit must not end the grader
    return _error_class(type_name(name), kind)            # what the worker calls it is kept only if it is short


@functools.lru_cache(maxsize=256)
def _error_class(name: str, kind: type[Exception]) -> type[StudentError]:
    bases = (StudentError,) if kind is Exception else (StudentError, kind)
    return type(name, bases, {"builtin": kind.__name__})


def builtin_name(error: BaseException) -> str:
    """The first builtin of an exception's MRO."""
    return next(kind.__name__ for kind in type(error).__mro__ if vars(builtins).get(kind.__name__) is kind)


def type_name(name: str) -> str:
    """The name that the worker gives for a type, if it may be one."""
    plain = name.isascii() and name.isidentifier() and not keyword.iskeyword(name) and len(name) <= 60
    return name if plain else "object"


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


class Proxy:
    """An object that lives in the worker. One object has one proxy, so `is` and `in` mean what they say.

    It equals itself alone, has no order and no truth value: the student's object could say yes to everything.
    """

    __slots__ = ("_connection", "_handle")
    __array_ufunc__ = None                                # array + proxy asks the proxy's __radd__
    __hash__ = object.__hash__

    def __init__(self, connection: Asks, handle: int):
        object.__setattr__(self, "_connection", connection)
        object.__setattr__(self, "_handle", handle)

    def __getattr__(self, name: str) -> Any:
        if _is_dunder(name):                              # NumPy and copy look for these, and answers could be forged
            raise AttributeError(name)
        return self._connection.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if _is_dunder(name):
            raise AttributeError(name)
        self._connection.ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._connection.ask("delete", self, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._connection.ask("call", self, args, kwargs)

    def __eq__(self, other: Any) -> bool:
        return self is other

    def __contains__(self, value: Any) -> bool:
        return any(item is value or item == value for item in itertools.islice(self, MAX_ITEMS))

    def __iter__(self) -> Any:
        return self._connection.ask("builtin", "iter", self)

    def __next__(self) -> Any:
        match self._connection.ask("next", self):
            case (value,):
                return value
        raise StopIteration

    def __enter__(self) -> Any:
        return self._connection.ask("enter", self)

    def __exit__(self, kind: type | None, error: BaseException | None, trace: Any) -> None:
        """Leaves the context in the worker. It never swallows or replaces an exception: it might be a failed check."""
        if error is None:
            self._connection.ask("exit", self, "", "")
        elif isinstance(error, Exception):
            message = str(error) if isinstance(error, StudentError) else ""
            with contextlib.suppress(StudentError):
                self._connection.ask("exit", self, builtin_name(error), message)

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Proxy) and self._connection.ask("builtin", "isinstance", value, self) is True

    def __subclasscheck__(self, kind: Any) -> bool:
        return isinstance(kind, Proxy) and self._connection.ask("builtin", "issubclass", kind, self) is True

    def __bool__(self) -> bool:
        raise TypeError(f"a {type(self).__name__} has no truth value here: compare numbers, or ask if it `is None`")

    def __lt__(self, other: Any) -> bool:
        raise TypeError(f"a {type(self).__name__} has no order here: compare numbers, by .item() or .numpy()")

    __le__ = __gt__ = __ge__ = __lt__

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError(f"expected an array of numbers, got a {type(self).__name__}: is a .numpy() missing?")

    def __reduce_ex__(self, protocol: int) -> Any:
        raise TypeError("the student's objects cannot be copied or pickled by a test")


def _asks(request: str, name: str, reflected: bool = False) -> Callable:
    if reflected:
        return lambda self, other: self._connection.ask(request, name, other, self)
    return lambda self, *others: self._connection.ask(request, name, self, *others)


BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift")
for _name in BINARY:
    _function = f"{_name}_" if _name in ("and", "or") else _name
    setattr(Proxy, f"__{_name}__", _asks("operator", _function))
    setattr(Proxy, f"__r{_name}__", _asks("operator", _function, reflected=True))
    setattr(Proxy, f"__i{_name}__", _asks("operator", f"i{_name}"))
for _name in ("neg", "pos", "invert", "getitem", "setitem", "delitem", "index"):
    setattr(Proxy, f"__{_name}__", _asks("operator", _name))
for _name in ("len", "str", "repr", "abs", "round", "int", "float", "reversed"):
    setattr(Proxy, f"__{_name}__", _asks("builtin", _name))
