"""Values as JSON and array bytes: what crosses the boundary by value, and nothing else.

Only objects of exactly the types below are copied. Everything else, subclasses included, stays where it is and crosses
as a reference, which `Codec.refer` makes and `Codec.resolve` understands: an ndarray subclass with an `__eq__` that
always says yes must not reach the grader as an array. Runs on both sides: standard library and NumPy only.
"""
import builtins
import math
import re
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np

MAX_KEYS = 20_000           # of dicts and sets in one message
MAX_CHOSEN_KEYS = 2_000     # of these, keys that are no text: Python salts the hashes of text alone, others can collide
MAX_KEY_PARTS = 8           # of a tuple as a key
MAX_BITS = 10_000           # of an integer: what a test computes from it stays quick
MAX_RANGE = 1_000_000       # a test that iterates a range asks nobody, so no deadline would stop it
MAX_ARRAY = 64 << 20        # bytes; looked at before the bytes: a broadcast view can be larger than memory
CODES = "?bBhHiIlLqQefdFD"
DTYPES = {np.dtype(code).str for code in CODES}
SCALARS = {np.dtype(code).type for code in CODES}
CONTAINERS = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
DICTS = (dict, OrderedDict, defaultdict)
BUILT = {name: kind for kind, name in CONTAINERS.items()}

# Types and functions that exist on both sides and cross by name
BUILTINS = (bool, int, float, complex, str, bytes, list, tuple, dict, set, range, slice, abs, len, max, min, sum, round)
EXCEPTIONS = [kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, Exception)]
ABSTRACT = (np.ndarray, np.generic, np.number, np.integer, np.floating)
KNOWN = {f"builtins.{value.__name__}": value for value in (*BUILTINS, *EXCEPTIONS)}
KNOWN |= {f"np.{kind.__name__}": kind for kind in (*SCALARS, *ABSTRACT)}
KNOWN |= {f"np.{name}": function for name, function in vars(np).items() if isinstance(function, np.ufunc)}
NAMES = {id(value): name for name, value in KNOWN.items()}


class Codec:
    """Encodes and decodes one side's values. Subclasses say what a reference is."""

    arrays_writeable = True     # whether those that arrive may be written to; they are copies

    def refer(self, value: Any) -> list:
        """The JSON that stands for an object which stays here."""
        raise NotImplementedError

    def resolve(self, reference: list) -> Any:
        """The object that the JSON made by the other side's `refer` stands for."""
        raise NotImplementedError

    def encode(self, value: Any) -> tuple[Any, list[bytes]]:
        arrays: list[bytes] = []
        return self._encode(value, arrays), arrays

    def decode(self, message: Any, data: bytes) -> Any:
        """Raises any Exception when the message is not one that `encode` makes."""
        reader = _Reader(self, data)
        value = reader.read(message)
        if reader.offset != len(data):
            raise ValueError("array bytes left over")
        return value

    def _encode(self, value: Any, arrays: list[bytes]) -> Any:
        kind = type(value)
        if value is None or kind in (bool, float, str):
            return value
        if kind is int:
            return value if abs(value) < 1 << 63 else ["int", self._digits(value)]
        if kind in CONTAINERS:
            return [CONTAINERS[kind], [self._encode(item, arrays) for item in value]]
        if kind in DICTS:
            return ["dict", [[self._encode(k, arrays), self._encode(v, arrays)] for k, v in value.items()]]
        if kind is np.ndarray and (value.dtype.str in DTYPES or value.dtype.kind == "U") or kind in SCALARS:
            return self._encode_array(value, "array" if kind is np.ndarray else "scalar", arrays)
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind is np.str_:
            return str(value)
        if kind is bytes:
            return ["bytes", value.decode("latin-1")]
        if kind is slice:
            return ["slice", [self._encode(part, arrays) for part in (value.start, value.stop, value.step)]]
        if kind is range:
            return ["range", [self._encode(part, arrays) for part in (value.start, value.stop, value.step)]]
        if value is Ellipsis:
            return ["ellipsis"]
        if isinstance(value, np.dtype) and value.str in DTYPES:
            return ["dtype", value.str]
        if id(value) in NAMES:
            return ["known", NAMES[id(value)]]
        return self.refer(value)

    def _digits(self, value: int) -> str:
        if value.bit_length() > MAX_BITS:
            raise ValueError(f"an integer of {value.bit_length()} bits is too large to be graded")
        return hex(value)

    def _encode_array(self, value: Any, tag: str, arrays: list[bytes]) -> list:
        if value.nbytes > MAX_ARRAY:
            raise ValueError(f"an array of {value.nbytes / 1e6:.0f} MB is too large to be graded")
        arrays.append(value.tobytes())
        return [tag, value.dtype.str, list(value.shape)]


class _Reader:
    """Decodes one message; arrays take their bytes from `data` in the order in which they come."""

    def __init__(self, codec: Codec, data: bytes):
        self.codec, self.data, self.offset, self.keys, self.chosen = codec, data, 0, 0, 0

    def read(self, node: Any) -> Any:
        if node is None or type(node) in (bool, int, float, str):
            return node
        tag, *rest = node
        match tag:
            case "list" | "tuple":
                return BUILT[tag](map(self.read, rest[0]))
            case "set" | "frozenset":
                self._count(rest[0])
                return BUILT[tag](map(self._key, rest[0]))
            case "dict":
                self._count(rest[0])
                return {self._key(key): self.read(value) for key, value in rest[0]}
            case "array":
                return self._array(*rest)
            case "scalar":
                return self._array(*rest)[()]
            case "int" if len(rest[0]) <= MAX_BITS:
                return int(rest[0], 16)
            case "complex":
                return complex(*rest)
            case "bytes":
                return rest[0].encode("latin-1")
            case "slice":
                return slice(*map(self.read, rest[0]))
            case "range":
                numbers = range(*map(self.read, rest[0]))
                if len(numbers) > MAX_RANGE:
                    raise ValueError("a range without end")
                return numbers
            case "ellipsis":
                return Ellipsis
            case "dtype" if rest[0] in DTYPES:
                return np.dtype(rest[0])
            case "known":
                return KNOWN[rest[0]]
        return self.codec.resolve(node)

    def _count(self, items: list) -> None:
        self.keys += len(items)
        if self.keys > MAX_KEYS:
            raise ValueError("too many keys")

    def _key(self, node: Any) -> Any:
        """A key, which must be quick to compare: those that are no text may all have the same hash."""
        key = self.read(node)
        if type(key) is not str:
            self.chosen += 1
            if self.chosen > MAX_CHOSEN_KEYS or not _is_short(key):
                raise ValueError("too many keys, or too long ones")
        return key

    def _array(self, name: str, shape: list[int]) -> np.ndarray:
        if name not in DTYPES and not re.fullmatch(r"<U[1-9]\d{0,4}", name):
            raise ValueError(f"no array of {name}")
        if not all(type(n) is int and n >= 0 for n in shape):
            raise ValueError("not a shape")
        dtype = np.dtype(name)
        size = math.prod(shape) * dtype.itemsize
        raw = np.array(memoryview(self.data)[self.offset:self.offset + size], dtype=np.uint8)
        if raw.size != size:
            raise ValueError("array bytes missing")
        self.offset += size
        if dtype.kind == "b":
            raw = (raw != 0).view(np.uint8)               # a bool of byte value 2 is neither True nor False
        elif dtype.kind == "U" and size and raw.view("<u4").max() > 0x10FFFF:
            raise ValueError("not a character")
        array = raw.view(dtype).reshape(shape)
        array.flags.writeable = self.codec.arrays_writeable
        return array


def _is_short(key: Any) -> bool:
    if type(key) is tuple:
        return len(key) <= MAX_KEY_PARTS and all(type(part) is not tuple and _is_short(part) for part in key)
    return type(key) not in (int, frozenset, range, slice) or type(key) is int and key.bit_length() <= 64
