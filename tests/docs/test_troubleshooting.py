"""Every message of docs/troubleshooting.md is really said: provoked here, or found in the program that says it."""
import re

import pytest

from tests import helpers
from tests.docs.pages import code, rows, text_of
from tests.docs.provoked import SAID as PROVOKED

MESSAGES = [code(row[0]) for row in rows(text_of("docs/troubleshooting.md"))]


def pattern(message: str) -> str:
    return ".+?".join(map(re.escape, message.split("…")))


def message_with(words: str) -> str:
    [message] = [message for message in MESSAGES if words in message]
    return message


@pytest.mark.long
@pytest.mark.parametrize("words", PROVOKED)
def test_the_message_is_what_is_said(words, tmp_path):
    said = PROVOKED[words](helpers.make_student_folder(tmp_path / "course"))
    assert re.search(pattern(message_with(words)), " ".join(said.split())), said[-2000:]


def test_every_message_of_the_page_is_provoked_once():
    assert [message for message in MESSAGES if sum(words in message for words in PROVOKED) != 1] == []


def test_a_message_that_nobody_says_is_noticed():
    assert not re.search(pattern("exercise `…` is not solved"), "exercise `mul` is nearly solved")
    assert re.search(pattern("exercise `…` is not solved"), "exercise `mul` is not solved yet")
