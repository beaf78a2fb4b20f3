"""Teaching notes: one a module, true to its notebook and wrong answers; each demo prints what its note shows."""
import contextlib
import io
import re
import warnings
from importlib import import_module

import pytest

from autograder.records.classroom import Classroom
from autograder.release.edition import lay_out
from autograder.release.leaks import find_leaks, normalised, secrets, tells
from tests.helpers import REPOSITORY
from tito.course import MODULES
from tito.notebooks import read_cells

NOTES = REPOSITORY / "docs" / "teaching"
HEADINGS = ["The idea", "Time", "Common mistakes", "Ten-minute demo", "Discussion questions"]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"^## Time\n\n\*\*(.+?)\*\*, (\d+) minutes of them for the (\d+) exercises", re.MULTILINE)
HOURS = re.compile(r"^(\d.*? hours) ·", re.MULTILINE)
MINUTES = re.compile(r"^### Exercise \d+ · .*? · (\d+) minutes", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)`: (.+?) \| `(\w+)`: (.+?) \| (.+) \|$", re.MULTILINE)
QUOTED = re.compile(r'"([^"]+)"')
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
SHORTEST_PIECE = 25                                   # characters: shorter pieces of wrong answers say nothing
MOST_WORDS, MOST_LINES, WIDEST = 530, 30, 100         # of a note without its code and the messages; of the code

each_module = pytest.mark.parametrize("module", MODULES, ids=[module.id for module in MODULES])


def note_of(module) -> str:
    return (NOTES / f"{module.id}.md").read_text(encoding="utf-8")


def notebook_of(module) -> str:
    return "\n".join(cell.source for cell in read_cells(module.notebook(REPOSITORY)))


def wrong_answers(module) -> list:
    return import_module(f"autograder.audit.wrong_answers.{module.name}").WRONG


def demo_of(module) -> tuple[str, str]:
    (_, code), (_, printed) = FENCE.findall(note_of(module))
    return code, printed


@each_module
def test_a_note_has_its_parts_in_order_and_is_short(module):
    note = note_of(module)
    prose = FENCE.sub("", note)
    title = notebook_of(module).split("\n", 1)[0].removeprefix("# ")
    assert note.startswith(f"# {module.number:02} {title}: teaching notes\n")
    assert re.findall(r"^## (.*)$", prose, re.MULTILINE) == HEADINGS
    assert "**On the board:**" in prose
    assert len(re.findall(r"\S*\w\S*", QUOTED.sub("", prose))) <= MOST_WORDS
    assert [language for language, _ in FENCE.findall(note)] == ["python", "text"]


@each_module
def test_the_times_are_those_of_the_notebook(module):
    notebook, told = notebook_of(module), TIME.search(note_of(module))
    minutes = [int(figure) for figure in MINUTES.findall(notebook)]
    assert told and told.groups() == (HOURS.search(notebook)[1], str(sum(minutes)), str(len(minutes)))


@each_module
def test_every_mistake_is_a_wrong_answer_of_the_audit_with_its_test_and_message(module):
    table = note_of(module).split("## Common mistakes")[1].split("\n## ")[0]
    rows = ROW.findall(table)
    assert 4 <= len(rows) == table.count("\n| `")
    known = {(wrong.cell, wrong.mistake): wrong for wrong in wrong_answers(module)}
    for cell, mistake, fails, shown, ask in rows:
        wrong = known[cell, mistake.replace("\\|", "|")]
        assert fails == wrong.fails, mistake
        assert "?" in ask, mistake
        for words in QUOTED.findall(shown):
            assert words in wrong.because or words in notebook_of(module), words


@each_module
def test_a_demo_is_short_and_prints_what_its_note_shows(module, tmp_path, monkeypatch):
    code, expected = demo_of(module)
    lines = code.splitlines()
    assert len(lines) <= MOST_LINES and max(map(len, lines)) <= WIDEST
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(code, f"{module.id}.md", "exec"), {"__name__": "demo"})
    assert printed.getvalue() == expected
    assert list(tmp_path.iterdir()) == []


def test_there_is_a_note_for_every_module_and_nothing_else():
    assert {path.stem for path in NOTES.iterdir()} == {"index", *(module.id for module in MODULES)}


@pytest.mark.parametrize("path", sorted(NOTES.glob("*.md")), ids=lambda path: path.stem)
def test_links_lead_to_files(path):
    for place in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / place).is_file(), place


def given_away() -> dict[str, tuple[str, str]]:
    """What no note may show: lines of solutions, of hidden tests, and of the wrong answers."""
    wrong = {line: (line, f"a wrong answer of {module.id}") for module in MODULES for answer in wrong_answers(module)
             for line in map(normalised, answer.change[1].split("\n")) if tells(line) and len(line) >= SHORTEST_PIECE}
    return wrong | secrets(REPOSITORY)


def test_no_note_gives_a_line_of_code_away(tmp_path):
    hidden = given_away()
    assert find_leaks(NOTES, hidden) == []
    for line, origin in [next(iter(hidden.values())), list(hidden.values())[-1]]:
        (tmp_path / "note.md").write_text(f"Look:\n\n    {line.strip()}\n", encoding="utf-8")
        assert origin in str(find_leaks(tmp_path, hidden))


def test_students_do_not_get_the_notes(tmp_path):
    lay_out(Classroom.at(REPOSITORY, None, None), MODULES[-1:], tmp_path)
    assert (tmp_path / "docs" / "olympics.md").is_file()
    assert not list(tmp_path.rglob("teaching")) and not list(tmp_path.rglob("01_tensor.md"))
