"""One page of feedback as HTML, from nbgrader's own template: what a worker does.

Hidden tests are taken out, nothing that a student wrote can run in the page, and nothing is fetched from elsewhere.
At the top stands what the grade was computed from, and each test with its points and the reason for what was lost.
"""
import html
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import nbformat
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import DataTypeFilter
from nbconvert.preprocessors import CoalesceStreamsPreprocessor, CSSHTMLHeaderPreprocessor
from nbformat.v4.rwbase import rejoin_lines
from traitlets.config import Config

from autograder.grade.lateness import Lateness
from autograder.records.gradebook import HTML_EXPORTER
from autograder.records.provenance import Provenance, read_provenance
from autograder.release.leaks import normalised, split
from autograder.report.clean import OnlyPlain
from tito.errors import TitoError
from tito.notebooks import cells_of

# Tells the browser to run no script and to fetch nothing, whatever the page holds.
POLICY = ('<meta http-equiv="Content-Security-Policy" '
          "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">")
FIGURE = "A figure of the student's own run"
STYLE = ('<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>'
         + Path(__file__).with_name("feedback.css").read_text(encoding="utf-8") + "</style>")


@dataclass(frozen=True)
class Marks:
    """What the gradebook holds of one submission."""
    points: Mapping[str, tuple[float, float]]      # test or question -> points, maximum
    comments: Mapping[str, str | None]             # answer -> comment
    late: Lateness
    readings: Mapping[str, str]                    # test or question -> what to say of the points that people gave
    waiting: str                                   # tests and questions whose points are not final


@dataclass(frozen=True)
class Student:
    id: str
    name: str                 # by the class list; empty if it has none


@dataclass(frozen=True)
class PageJob:
    module: str               # 01_tensor
    student: Student
    graded: bytes             # the graded notebook
    marks: Marks


def page(job: PageJob) -> str:
    """The whole page. Raises TitoError for a notebook that tito did not grade."""
    notebook = rejoin_lines(nbformat.from_dict(json.loads(job.graded)))
    try:
        provenance = read_provenance(notebook)
    except (KeyError, TypeError):
        raise TitoError("it was not graded by tito grade.") from None
    hidden = take_out_hidden_tests(notebook)
    try:
        put_in_marks(notebook, job.marks)
    except KeyError as error:
        raise TitoError(f"the gradebook has no cell {error} any more: tito grade grades it again.") from None
    late, (score, most) = job.marks.late, (sum(numbers) for numbers in zip((0.0, 0.0), *job.marks.points.values()))
    top = student_line(job.student) + summary(notebook, provenance, hidden, job.marks) + late_line(late, score)
    notebook.cells[0] = nbformat.v4.new_markdown_cell(top, id="provenance")
    told = {"notebook": job.module, "score": score - late.penalty(score), "max_score": most,
            "late_penalty": late.penalty(score)}
    body = re.sub(r"<script\b.*?</script>", "", exporter().page(notebook, told), flags=re.S)
    return body.replace("<head>", f"<head>\n{POLICY}", 1).replace("</head>", f"{STYLE}\n</head>", 1)


def take_out_hidden_tests(notebook: nbformat.NotebookNode) -> set[str]:
    """Their lines, normalised. Reasons are plain text, but a test could quote itself in one: they go there, too."""
    hidden = set()
    for cell in cells_of(notebook):
        if cell.role == "test":             # ours: in an answer the same marker is only a text
            shown, withheld = split(cell)
            hidden.update(map(normalised, withheld))
            notebook.cells[cell.index].source = "\n".join(shown)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [without(text, hidden) for text in output.traceback]
    return hidden


def without(text: str, hidden: set[str]) -> str:
    return "\n".join(line for line in text.splitlines() if normalised(line) not in hidden)


def put_in_marks(notebook: nbformat.NotebookNode, marks: Marks) -> None:
    for cell in cells_of(notebook):
        info = notebook.cells[cell.index].metadata.get("nbgrader")
        if cell.role in ("answer", "written"):
            info.comment = marks.comments[cell.grade_id]
        if cell.role in ("test", "written"):
            info.score, info.points = marks.points[cell.grade_id]


def summary(notebook: nbformat.NotebookNode, provenance: Provenance, hidden: set[str], marks: Marks) -> Markup:
    """The first cell of the page, as HTML: where the grade comes from, and what each point was lost for."""
    unfinished = [f"This grade is not final: a person has still to read {marks.waiting}."] if marks.waiting else []
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in [*unfinished, *provenance.lines()])
    rows = "".join(row(cell, hidden, marks.readings.get(cell.metadata.nbgrader.grade_id, ""))
                   for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))
    commented = [cell.metadata.nbgrader.grade_id for cell in notebook.cells
                 if cell.metadata.get("nbgrader", {}).get("comment")]
    comments = "Comments: " + ", ".join(link(name, f"comment-{name}") for name in commented) if commented else ""
    return Markup(f'<ul>{lines}</ul>\n<table class="points"><thead><tr><th>test or question</th><th>points</th>'
                  f"<th>of</th><th>why points were lost</th></tr></thead><tbody>{rows}</tbody></table>"
                  f"<p>{comments}</p>")


def student_line(student: Student) -> Markup:
    more = Markup(" ({})").format(student.id) if student.name else ""
    return Markup("<p><b>{}</b>{}</p>").format(student.name or student.id, more)


def late_line(late: Lateness, score: float) -> Markup:
    """score: of the work, before anything is taken off."""
    lost = f" The work got {score:g} points, {late.penalty(score):g} of them are taken off." if late.share else ""
    return Markup("<p>{}.{}</p>").format(late.says[:1].upper() + late.says[1:], lost) if late.says else Markup("")


def row(cell: nbformat.NotebookNode, hidden: set[str], reading: str) -> str:
    info, reason = cell.metadata.nbgrader, ""
    for output in cell.get("outputs", []):
        if output.output_type in ("error", "stream"):
            reason = without("\n".join(output.get("traceback", [output.get("text", "")])), hidden)
    reason = "<br>".join(html.escape(line) for line in [reading, *reason.strip().splitlines()] if line)
    cells = link(info.grade_id, info.grade_id), f"{info.score:g}", f"{info.points:g}", reason
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def link(name: str, place: str) -> str:
    return f'<a href="#{html.escape(place)}">{html.escape(name)}</a>'


class PageExporter(HTMLExporter):
    """nbconvert's template, and of its steps those that change one of our notebooks: the others take most of the time.

    Left out are a validation after each of 14 steps, and a second look at the whole page for images without a
    description.
    """

    def page(self, notebook: nbformat.NotebookNode, told: dict) -> str:
        resources = self._init_resources({"nbgrader": told})
        for step in (CoalesceStreamsPreprocessor(), OnlyPlain(), css()):
            notebook, resources = step.preprocess(notebook, resources)
        shown = dict.fromkeys(("include_code", "include_markdown", "include_raw", "include_unknown", "include_input",
                               "include_output", "include_output_stdin", "include_input_prompt",
                               "include_output_prompt"), True)
        resources["global_content_filter"] = {**shown, "no_prompt": False}
        body = self.template.render(nb=notebook, resources=resources)
        return body.lstrip("\r\n").replace("<img", f'<img alt="{FIGURE}"')


@cache
def css() -> CSSHTMLHeaderPreprocessor:
    return CSSHTMLHeaderPreprocessor(enabled=True)


@cache
def exporter() -> PageExporter:
    """One exporter a process: making it costs more than a page."""
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    # where nbgrader lies, without importing it: that takes seconds
    templates = Path(find_spec("nbgrader").origin).parent / "server_extensions" / "formgrader"
    config = Config()
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(templates / "templates")]
    config.HTMLExporter.extra_template_paths = [str(templates / "static/node_modules/bootstrap/dist/css")]
    config.HTMLExporter.mathjax_url = ""
    config.HTMLExporter.filters = HTML_EXPORTER["filters"]
    made = PageExporter(config=config)
    made.register_filter("filter_data_type", DataTypeFilter(parent=made))
    return made
