"""What else the pages of docs/ claim: links lead somewhere, equal notebooks are found, the example of rules is read."""
import re

import pytest

from autograder.records.settings import read_settings
from tests.autograder.small_class import TENSOR, blank, hand_in, small_class
from tests.docs.walk import Terminal, sections
from tests.helpers import REPOSITORY

PAGES = [*(REPOSITORY / "docs").rglob("*.md"), *REPOSITORY.glob("*.md"), REPOSITORY / "autograder/README.md"]
LINK = re.compile(r"\[[^\]]+\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    links = [(page.parent / name, heading[1:]) for name, heading in LINK.findall(page.read_text(encoding="utf-8"))]
    assert [str(path.relative_to(page.parent)) for path, _ in links if not path.exists()] == []
    assert [heading for path, heading in links if heading and heading not in anchors(path)] == []


def anchors(page) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_notebooks_that_are_equal_to_the_last_byte_are_listed(tmp_path):
    classroom = small_class(tmp_path)
    for student in ("ada", "copy"):
        hand_in(classroom, student, TENSOR)
    hand_in(classroom, "blaise", TENSOR, blank(classroom, TENSOR))
    (block,), = sections("integrity.md").values()
    listed = Terminal(tmp_path, classroom.root).run(block)
    assert re.findall(r"submitted/(\w+)/", listed) == ["ada", "copy"]


def test_the_example_of_late_work_is_a_course_toml(tmp_path):
    text = (REPOSITORY / "docs/late_work.md").read_text(encoding="utf-8")
    (tmp_path / "course.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    rule = read_settings(tmp_path).rule("ada", TENSOR)
    assert rule.extended and rule.percent == 10 and rule.attempts == 6
