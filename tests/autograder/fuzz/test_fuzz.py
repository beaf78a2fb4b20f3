"""A few thousand damaged frames, and messages of every structure."""
import json
import random
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.examine.connection import Connection
from autograder.examine.proxies import StudentError
from autograder.sandbox.inside.encoding import _Reader
from autograder.sandbox.inside.protocol import Channel, ChannelError
from tests.autograder.fuzz import mutations
from tests.autograder.fuzz.conversations import record
from tests.autograder.fuzz.driver import callbacks, converse, fuzz, say

TAGS = st.sampled_from([
    "list", "tuple", "set", "frozenset", "dict", "array", "scalar", "int", "complex", "bytes", "slice", "range",
    "ellipsis", "dtype", "known", "object", "callback", "ok", "error", "call", "<f4", "<U3"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | TAGS | \
    st.sampled_from(mutations.PIECES)
MESSAGES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TAGS, inner, max_size=2) |
                        st.tuples(TAGS, inner).map(list) | st.tuples(TAGS, inner, inner).map(list), max_leaves=12)


@pytest.fixture(scope="module")
def conversations():
    return record()


def test_what_was_recorded_passes_as_it_is(conversations):
    outcomes = {converse(one, one.frames, False)[0] for one in conversations}
    assert outcomes == {"passed or answered", "loaded"}


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_frames_are_no_fault_of_the_graders(conversations, seed):
    report = fuzz(conversations, 3_000, seed)
    assert report.faults == []
    assert {"Broken", "Closed", "passed or answered", "an error of the student's"} <= report.outcomes.keys()


def test_a_conversation_that_goes_silent_is_ended_by_its_limit(conversations):
    last = conversations[-1]
    assert converse(last, last.frames[:-1], True)[0] == "TimedOut"


@pytest.mark.parametrize("mutation", mutations.OF_ONE)
def test_a_mutation_changes_something(mutation):
    one = mutations.frame(json.dumps(["tuple", ["ok", ["array", "<f4", [2]]]]).encode(), bytes(8))
    assert any(mutation(random.Random(seed), one) != one for seed in range(5))


def test_a_fault_would_be_seen(conversations, monkeypatch):
    """A decoder that crashes, and an exception that would end the grader."""
    for error in (ZeroDivisionError, SystemExit):
        def broken(self, node, error=error):
            raise error
        monkeypatch.setattr(_Reader, "read", broken)
        monkeypatch.setattr(Connection, "_hear", lambda self: self.decode(*self.channel.receive()))
        assert fuzz(conversations, 10, 1).faults


@settings(max_examples=200, deadline=None)
@given(MESSAGES, st.binary(max_size=16))
def test_a_message_of_any_structure_is_an_answer_or_broken(message, data):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        say(theirs, [mutations.frame(json.dumps(message).encode(), data)], False)
        connection = Connection(Channel(ours, 5))
        connection.callbacks = callbacks()[:1]
        with pytest.raises((ChannelError, StudentError)):
            while True:
                connection.ask("get")
