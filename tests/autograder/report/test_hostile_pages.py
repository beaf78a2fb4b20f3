"""Pages of feedback and of Formgrader, whatever a student wrote. The markup is harmless: it would change a title."""
import base64
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader.handlers import template_path
from traitlets.config import Config, PyFileConfigLoader

from autograder.records.gradebook import gradebook
from autograder.records.submission import Submission
from autograder.report import clean
from autograder.report.clean import clean_html, highlight_code
from autograder.report.feedback import write_feedback
from autograder.report.formgrader_server import NONCE, submission_exporter
from tests.autograder.small_class import TENSOR, grade, hand_in, small_class, submission
from tito.files import write_whole

RUN = "document.title='changed'"
MARKUP = f"""<script>{RUN}</script> <img src=x onerror="{RUN}"> <svg onload="{RUN}"></svg>
<a href="javascript:{RUN}">a</a> <iframe srcdoc="<script>parent.{RUN}</script>"></iframe>
<b onclick="{RUN}">b</b> ![i](x" onerror="{RUN})"""
RESOURCES = {"notebook_id": "n", "submission_id": "s", "assignment_id": "a", "base_url": "", "index": 0, "total": 1,
             "notebook_path": "n", "student": MARKUP, "last_name": MARKUP, "first_name": MARKUP}
DANGEROUS = re.compile(rf"<(script|iframe|img|svg)[^>]*>|<[^>]*\s(on\w+|href)=.?[^>]*{re.escape(RUN)}[^>]*>", re.I)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1").decode()


def hostile_notebook() -> nbformat.NotebookNode:
    data = {kind: MARKUP for kind in ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml",
                                      "application/javascript", "image/png")}
    outputs = [new_output("display_data", data, metadata={"image/png": {"alt": MARKUP}}),
               new_output("stream", name=MARKUP, text=MARKUP),
               new_output("error", ename=MARKUP, evalue=MARKUP, traceback=[MARKUP])]
    return new_notebook(cells=[
        new_markdown_cell(MARKUP, attachments={"x": {"image/svg+xml": MARKUP}}, metadata={"tags": [MARKUP]}),
        new_code_cell(f"1  # </pre>{MARKUP}", outputs=outputs, metadata={"tags": [MARKUP], "magics_language": MARKUP})])


def found_in(html: str) -> list[str]:
    """What could run or fetch, but for nbgrader's own scripts and event handlers."""
    return [tag.group(0) for tag in DANGEROUS.finditer(html)
            if not tag.group(0).startswith("<script") or RUN in html[tag.end():tag.end() + 40]]


def test_formgrader_shows_a_submission_cleaned_and_only_its_own_scripts_have_the_nonce():
    exporter = submission_exporter()
    for nonce in ("first", "second"):                              # a new one for every page
        NONCE.set(nonce)
        html, _ = exporter.from_notebook_node(hostile_notebook(), dict(RESOURCES))
        assert found_in(html) == []
        scripts = re.findall(r"<script[^>]*>", html)
        assert len(scripts) > 5 and all(f'nonce="{nonce}"' in script for script in scripts)
        assert "x-mathjax-config" not in html and "AuthorInit" in html


def test_so_does_a_formgrader_that_was_started_by_hand_in_the_course_folder(tmp_path):
    classroom = small_class(tmp_path)
    config = PyFileConfigLoader("nbgrader_config.py", str(classroom.folder)).load_config()
    config.HTMLExporter.merge(Config(template_name="formgrade", extra_template_basedirs=[template_path]))
    html, _ = HTMLExporter(config=config).from_notebook_node(hostile_notebook(), dict(RESOURCES))
    assert found_in(html) == []


def test_outputs_are_text_and_figures():
    figure = new_output("display_data", {"image/png": PNG, "text/plain": "a figure", "text/html": "<b>"})
    notebook = hostile_notebook()
    notebook.cells[1].outputs.append(figure)
    cleaned, _ = clean.OnlyPlain().preprocess(notebook, {})
    first, *_, last = cleaned.cells[1].outputs
    assert set(first.data) == {"text/plain"} and set(last.data) == {"image/png", "text/plain"}


@pytest.mark.parametrize("markup, kept", [
    ('<a href="https://example.org/a?b=c">x</a>', True), ('<a href="#part">x</a>', True),
    ('<a href="../02_activations/02_activations.ipynb">x</a>', False), ('<a href="mailto:a@example.org">x</a>', True),
    ('<a href="/formgrader/?path=x">x</a>', False), ('<a href="../../formgrader?path=x">x</a>', False),
    ('<a href="next">x</a>', False), ('<a href="//example.org">x</a>', False),
    ('<a href="java&#115;cript:1">x</a>', False), ('<span class="kn">x</span>', True),
    ('<span class="full-credit">x</span>', False), ('<span class="kn score">x</span>', False),
    ('<p id="test_mul">x</p>', False), ('<p style="position: fixed">x</p>', False)])
def test_links_lead_elsewhere_and_nothing_passes_for_a_part_of_the_page(markup, kept):
    attribute = re.search(r'\w+="', markup).group(0)
    assert (attribute in clean_html(markup).replace('<div style="contain: paint">', '')) is kept


LONG = clean.MAX_RENDERED + 1


@pytest.mark.parametrize("source", ["<div>" * LONG, "> " * LONG, "[" * LONG, "<ul><li>" * LONG, "a" * LONG])
def test_a_text_too_long_to_lay_out_is_shown_as_typed_and_never_parsed(source, monkeypatch):
    monkeypatch.setattr(clean, "MarkdownWithMath", None)
    monkeypatch.setattr(clean.bleach, "clean", None)
    assert clean_html(source) == clean.as_typed(source)
    assert "<div>" not in clean_html(source)


@pytest.mark.parametrize("source", ["a." * LONG, "a." * 300, "\t\n \n" * 100, "x = 1\n" * LONG])
def test_code_that_takes_long_to_colour_is_shown_as_typed(source, monkeypatch):
    monkeypatch.setattr(clean, "Highlight2HTML", None)
    assert highlight_code(source) == clean.as_typed(source)


def test_what_cannot_be_laid_out_is_shown_as_typed(monkeypatch):
    def too_deep(*arguments):
        raise RecursionError
    monkeypatch.setattr(clean.MarkdownWithMath, "render", too_deep)
    assert clean_html("<b>text</b>") == clean.as_typed("<b>text</b>")


def test_what_is_not_long_is_laid_out():
    assert "<em>so</em>" in clean_html("*so* " * 500)
    assert "<span" in highlight_code("x = 1\n" * 500)
    table = Markup("<table>" + "<tr><td>ours</td></tr>" * LONG + "</table>")
    assert clean_html(table) == table                              # the summary of a page: made and escaped by us


def test_a_text_does_not_choose_its_lexer(monkeypatch):
    asked = []
    monkeypatch.setattr("nbconvert.filters.markdown_mistune.get_lexer_by_name",
                        lambda name, **options: asked.append(name))
    assert "<b" not in clean_html("```ruby\n<b>x</b>\n```\n```mermaid\n<b>x</b>\n```")
    assert asked == []


@pytest.mark.parametrize("text", [
    "### BEGIN HIDDEN TESTS\nmine", "### BEGIN HIDDEN TESTS\nmine\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS",
    "### BEGIN SOLUTION\nmine", "### END SOLUTION\n### END HIDDEN TESTS\nmine", "=== BEGIN MARK SCHEME ===\nmine",
    "![mine](attachment:figure.png)", "> " * 1000 + "mine", "<b>" * 1600 + "mine", "mine \ud800 \x00 \x1b[31m"])
def test_no_text_costs_its_author_the_page(tmp_path, text):
    classroom = small_class(tmp_path)
    code = "#| export\ndef mul(a, b):\n    return a\n" + "".join(f"# {line}\n" for line in text.splitlines())
    hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, why_float32=text, mul=code))
    assert grade(classroom).failed == []
    assert write_feedback(classroom, [TENSOR], "ada") == (1, [])
    html = Submission(classroom, "ada", TENSOR).feedback.read_text(encoding="utf-8")
    assert html.count("mine") >= 1 and "== 7.5" not in re.sub(r"<[^>]+>", "", html)


@pytest.mark.parametrize("command", ["autograde", "generate_feedback", "generate_assignment", "collect",
                                     "release_feedback"])
def test_nbgraders_own_commands_are_refused_in_the_course_folder(tmp_path, command):
    classroom = small_class(tmp_path)
    with gradebook(classroom):                                     # as every command of tito does
        code = f"#| export\nopen({str(tmp_path / 'ran')!r}, 'w')"
        hand_in(classroom, "ada", TENSOR, submission(classroom, TENSOR, mul=code))
    write_whole(Submission(classroom, "ada", TENSOR).autograded, "graded")
    before = {path: path.read_bytes() for path in classroom.folder.rglob("*") if path.is_file()}
    force = ["--force"] if command in ("autograde", "generate_feedback", "generate_assignment") else []
    run = subprocess.run([Path(sys.executable).with_name("nbgrader"), command, TENSOR.id, *force], cwd=classroom.folder,
                         capture_output=True, text=True, timeout=120)
    assert run.returncode == 1 and "tito " in run.stderr and "Traceback" not in run.stderr
    assert {path: path.read_bytes() for path in classroom.folder.rglob("*") if path.is_file()} == before
    assert not (tmp_path / "ran").exists()


def test_a_text_that_reads_like_a_page_of_ours_is_still_cleaned():
    ours = Markup("<script>ours()</script>")
    assert clean_html(ours) == ours and "<script>" not in clean_html(str(ours))


def test_grading_compiles_no_grammar_at_its_start():
    code = "import sys, autograder.records.files; print('lark' in sys.modules, 'jsonschema' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.split() == ["False", "True"], run.stderr


def test_a_link_is_no_command_to_the_server():
    assert "href" not in clean_html("[out](../../../logout) [x](../../nbconvert/html/x)")
    assert 'href="https://example.org"' in clean_html("[next](https://example.org)")


def test_what_is_laid_out_stays_in_its_cell():
    assert clean_html("$x$").startswith('<div style="contain: paint">')


def test_colours_of_a_terminal_are_left_out():
    output = clean.plain_output(new_output("stream", text="\x1b[31mred\x1b[0m and \x1b"))
    assert output.text == "red and "
