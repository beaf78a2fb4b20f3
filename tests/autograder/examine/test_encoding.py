"""What the grader's decoder takes from a worker that may send anything."""
import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.examine import connection
from autograder.examine.proxies import StudentError, _error_class, error_class
from autograder.sandbox.inside import protocol
from autograder.sandbox.inside.encoding import KNOWN


def ends():
    ours, theirs = socket.socketpair()
    return connection.Connection(protocol.Channel(ours, 5)), protocol.Channel(theirs, 5)


@pytest.mark.parametrize("message, data", [
    (["array", "|O", [1]], b"\0" * 8), (["array", "|V8", [1]], b"\0" * 8), (["array", "<U0", [10 ** 12]], b""),
    (["array", "<f8", [-1, -1]], b"\0" * 8), (["array", "<f8", [2 ** 62, 4]], b""), (["array", "<f8", [2]], b"\0" * 8),
    (["array", "<f8", [1]], b"\0" * 9), (["array", "<f8", [True]], b"\0" * 8), (["array", "<f8", [1.0]], b"\0" * 8),
    (["array", "<U1", [1]], b"\xff" * 4), (["array", "<f8", [1] * 100], b"\0" * 8), (["array", "<f8", "1"], b"\0" * 8),
    (["known", "builtins.eval"], b""), (["known", ["a"]], b""), (["object", "1", "x"], b""), (["object"], b""),
    (["callback", 0], b""), (["callback", -1], b""), (["dict", [[["list", []], 1]]], b""), (["dict", [[1]]], b""),
    (["set", [["list", []]]], b""), (["range", [0, 10 ** 18, 1]], b""), (["range", [0, 10 ** 30, 1]], b""),
    (["int", "-"], b""), (["dtype", "O"], b""), ({"list": 1}, b""), ([], b""), ([1], b""), (["pickle", "x"], b""),
    (["set", [0] * 20_001], b""), (["dict", [["set", [0] * 10_000]] * 3], b""), (["int", "1" * 10_001], b""),
])
def test_nonsense_is_refused(message, data):
    ours, theirs = ends()
    theirs.send(["tuple", ["ok", message]], [data])
    with pytest.raises(protocol.Broken):
        ours.ask("get")


@pytest.mark.parametrize("frame", [
    b"\xff" * 8, protocol.HEADER.pack(3, 0) + b"[1,", protocol.HEADER.pack(2, 0) + b"\xff\xff",
    protocol.HEADER.pack(100_000, 0) + b"[" * 100_000, protocol.HEADER.pack(5000, 0) + b"1" * 5000,
    protocol.HEADER.pack(4, 0) + b"null",
])
def test_a_broken_frame_is_refused(frame):
    ours, theirs = ends()
    theirs.socket.sendall(frame)
    with pytest.raises(protocol.Broken):
        ours.ask("get")


def test_a_flood_is_refused(monkeypatch):
    monkeypatch.setattr(protocol, "MAX_TOTAL", 1000)
    ours, theirs = ends()
    for _ in range(3):
        theirs.send(["tuple", ["ok", "x" * 400]])
    assert ours.ask("get") == ours.ask("get") == "x" * 400
    with pytest.raises(protocol.Broken):
        ours.ask("get")


def test_silence_and_death_are_told_apart():
    ours, theirs = ends()
    ours.channel.set_deadline(0.05)
    with pytest.raises(protocol.TimedOut):
        ours.ask("get")
    ours.channel.set_deadline(5)
    theirs.close()
    with pytest.raises(protocol.Closed):
        ours.ask("get")


def test_a_bool_is_true_or_false_whatever_its_byte():
    ours, theirs = ends()
    theirs.send(["tuple", ["ok", ["array", "|b1", [2]]]], [b"\x07\x00"])
    assert ours.ask("get").view(np.uint8).tolist() == [1, 0]


@pytest.mark.parametrize("builtin", [name.partition(".")[2] for name in KNOWN if name.startswith("builtins.")])
def test_every_builtin_exception_can_arrive(builtin):
    error = error_class("Mine", builtin)("words")
    assert isinstance(error, StudentError) and str(error) == "words" and type(error).__name__ == "Mine"
    kind = KNOWN[f"builtins.{builtin}"]
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, BaseExceptionGroup):
        assert isinstance(error, kind)


@pytest.mark.parametrize("builtin", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "eval", ""])
def test_no_other_base_exception_arrives(builtin):
    assert error_class("Mine", builtin).__mro__[1:3] == (StudentError, Exception)


def test_a_long_name_of_a_class_is_not_kept():
    before = _error_class.cache_info().currsize
    classes = {error_class(f"E{number}" + "x" * 100_000, "ValueError") for number in range(20)}
    assert len(classes) == 1 and _error_class.cache_info().currsize <= before + 1


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers() | st.binary()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@settings(max_examples=30, deadline=None)
@given(VALUES)
def test_what_is_encoded_comes_back_the_same(value):
    codec = connection.Connection(None)
    message, arrays = codec.encode(value)
    assert repr(codec.decode(message, b"".join(arrays))) == repr(value)
