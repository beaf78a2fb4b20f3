"""What the students' guides name is there."""
import re

import pytest
from typer.main import get_command

from tests.docs.pages import GUIDES, text_of
from tito.main import app


def is_command(words: list[str]) -> bool:
    """Whether these words, up to the first that could be an argument, lead to a command of tito's."""
    node = get_command(app)
    for word in words:
        if not hasattr(node, "commands"):
            return True
        if word not in node.commands:
            return False
        node = node.commands[word]
    return True


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_that_a_guide_names_exists(guide):
    named = re.findall(r"(?:`|^    )tito((?: [a-z]+)+)", text_of(guide), re.MULTILINE)
    assert [words for words in named if not is_command(words.split())] == []
    assert named or guide in ("docs/pytorch.md", "site/text/faq.md")


def test_a_command_that_is_not_there_is_noticed():
    assert is_command(["module", "test"]) and is_command(["setup"])
    assert not is_command(["module", "check"]) and not is_command(["install"])
