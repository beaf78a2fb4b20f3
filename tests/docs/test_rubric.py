"""docs/rubric.md has its lines for every written question."""
import re

from tests.helpers import REPOSITORY
from tito.course import MODULES
from tito.notebooks import read_cells

TEXT = (REPOSITORY / "docs/rubric.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"\*\*(\w+)\*\*, (\d+) points\n- Full: .{40,}\n- Half: .{20,}\n")


def told() -> list[tuple[str, str, int]]:
    """Module, question and points of every entry."""
    parts = re.split(r"^## (\d\d \w+)\n", TEXT, flags=re.MULTILINE)[1:]
    return [(name.replace(" ", "_"), question, int(points)) for name, text in zip(parts[::2], parts[1::2])
            for question, points in ENTRY.findall(text)]


def test_every_written_question_has_its_lines_and_its_points():
    assert told() == [(module.id, cell.grade_id, cell.points) for module in MODULES
                      for cell in read_cells(module.notebook(REPOSITORY)) if cell.role == "written"]


def test_no_entry_is_written_in_another_form():
    assert len(told()) == TEXT.count("\n- Full:") == TEXT.count("\n- Half:")


def test_the_levels_hold_for_the_points_that_there_are():
    assert {points for _, _, points in told()} == {4, 8}


def test_the_share_of_written_answers_is_as_the_page_on_integrity_says():
    cells = [cell for module in MODULES for cell in read_cells(module.notebook(REPOSITORY))]
    written = sum(cell.points for cell in cells if cell.role == "written")
    told = f"{written:g} of {sum(cell.points for cell in cells):,.0f} points"
    assert told in (REPOSITORY / "docs/integrity.md").read_text(encoding="utf-8")
