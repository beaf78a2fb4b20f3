"""`tito feedback`: one HTML page per graded submission, from nbgrader's own template.

Hidden tests are taken out, nothing that a student wrote can run in the page, and nothing is fetched from elsewhere.
At the top stands what the grade was computed from, and each test with its points and the reason for what was lost.
"""
import html
import logging
import re
from functools import cache
from pathlib import Path

import nbformat
import nbgrader
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import DataTypeFilter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader import preprocessors as pp
from traitlets.config import Config

from autograder.collect.roster import Roster
from autograder.grade.lateness import Lateness, how_late
from autograder.records.classroom import Classroom
from autograder.records.files import read_notebook
from autograder.records.gradebook import HTML_EXPORTER, gradebook, resources
from autograder.records.provenance import Provenance
from autograder.records.settings import read_settings
from autograder.records.submission import Submission
from autograder.release.leaks import normalised, split
from autograder.release.notebook import run
from tito import console
from tito.course import Module
from tito.errors import TitoError
from tito.files import write_whole
from tito.notebooks import cells_of
from tito.student_id import student_id

# Tells the browser to run no script and to fetch nothing, whatever the page holds.
POLICY = ('<meta http-equiv="Content-Security-Policy" '
          "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">")
FIGURE = "A figure of the student's own run"
STYLE = "<style>td, th { padding: 2px 12px 2px 0; vertical-align: top }</style>"


def write_feedback(classroom: Classroom, modules: list[Module], student: str | None = None) -> tuple[int, list[str]]:
    """Write the pages of everybody who has a grade. Returns how many, and a line for each that could not be made."""
    names = [student_id(student)] if student else classroom.students()
    every = [Submission(classroom, name, module) for name in names for module in modules]
    work = [submission for submission in every if submission.autograded.is_file()]
    if student and not work:
        raise TitoError(f"{student} has no grade in these modules: tito grade first.")
    failed, called, settings = [], Roster(classroom.folder / "roster.csv").called(), read_settings(classroom.folder)
    with console.progress(len(work), "feedback") as advance, gradebook(classroom):
        for submission in work:
            try:
                if submission.failure.is_file():
                    raise TitoError("its newest attempt could not be graded, and the grade is of an older one.")
                write_whole(submission.feedback, page(submission, called.get(submission.student, ""),
                                                      how_late(submission, settings)))
            except Exception as error:
                failed.append(f"{submission}: no feedback, {type(error).__name__}: {error}")
            advance(str(submission))
    return len(work) - len(failed), failed


def page(submission: Submission, name: str, late: Lateness) -> str:
    """The page of a student whom the class list calls `name`."""
    graded = submission.graded()
    if not graded:
        raise TitoError("it was not graded by tito grade.")
    notebook = read_notebook(submission.autograded)
    context = resources(submission.classroom, submission.module.id, submission.student)
    hidden = {normalised(line) for cell in cells_of(notebook) for line in split(cell)[1] if cell.role == "test"}
    without_hidden_lines(notebook, hidden)
    for cell in cells_of(notebook):
        if cell.role == "test":             # ours: in an answer the same marker is only a text
            pp.ClearHiddenTests().preprocess_cell(notebook.cells[cell.index], context, cell.index)
    notebook = run([pp.GetGrades()], notebook, context)
    top = student_line(submission.student, name) + summary(notebook, graded.provenance, hidden)
    top += settle_lateness(context["nbgrader"], late)
    notebook.cells[0] = nbformat.v4.new_markdown_cell(top, id="provenance")
    body, _ = exporter().from_notebook_node(notebook, context)
    body = re.sub(r"<script\b.*?</script>", "", body, flags=re.S)
    return body.replace("<head>", f"<head>\n{POLICY}", 1).replace("</head>", f"{STYLE}\n</head>", 1)


def without_hidden_lines(notebook: nbformat.NotebookNode, hidden: set[str]) -> None:
    """Reasons are plain text, but a test could quote itself in one."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [without(text, hidden) for text in output.traceback]


def without(text: str, hidden: set[str]) -> str:
    return "\n".join(line for line in text.splitlines() if normalised(line) not in hidden)


def summary(notebook: nbformat.NotebookNode, provenance: Provenance, hidden: set[str]) -> Markup:
    """The first cell of the page, as HTML: where the grade comes from, and what each point was lost for."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in provenance.lines())
    rows = "".join(row(cell, hidden) for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))
    return Markup(f"<ul>{lines}</ul>\n<table><thead><tr><th>test or question</th><th>points</th><th>of</th>"
                  f"<th>why points were lost</th></tr></thead><tbody>{rows}</tbody></table>")


def student_line(student: str, name: str) -> Markup:
    return Markup("<p><b>{}</b> ({})</p>").format(name, student) if name else Markup("<p><b>{}</b></p>").format(student)


def settle_lateness(told: dict, late: Lateness) -> Markup:
    """Take the penalty off the score that the page shows. Gives what the page says about it."""
    score = told["score"] + told["late_penalty"]             # the gradebook's penalty may be of an older rule
    told["late_penalty"] = late.penalty(score)
    told["score"] = score - told["late_penalty"]
    lost = f" The work got {score:g} points, {told['late_penalty']:g} of them are taken off." if late.share else ""
    says = late.says[:1].upper() + late.says[1:]
    return Markup("<p>{}.{}</p>").format(says, lost) if says else Markup("")


def row(cell: nbformat.NotebookNode, hidden: set[str]) -> str:
    info = cell.metadata.nbgrader
    reason = "read by a person" if info.solution else ""
    for output in cell.get("outputs", []):
        if output.output_type in ("error", "stream"):
            reason = without("\n".join(output.get("traceback", [output.get("text", "")])), hidden)
    reason = "<br>".join(map(html.escape, reason.strip().splitlines()))
    cells = html.escape(info.grade_id), f"{info.score:g}", f"{info.points:g}", reason
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


class PageExporter(HTMLExporter):
    """nbconvert's, without its second look at the whole page, for images without a description: most of the time."""

    def from_notebook_node(self, notebook: nbformat.NotebookNode, resources: dict, **options) -> tuple[str, dict]:
        resources = self._init_resources(resources)
        body, resources = super(HTMLExporter, self).from_notebook_node(notebook, resources, **options)
        return body.replace("<img", f'<img alt="{FIGURE}"'), resources


@cache
def exporter() -> HTMLExporter:
    """One exporter for the whole run: making it costs more than a page."""
    logging.getLogger("traitlets").setLevel(logging.ERROR)
    templates = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    config = Config()
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(templates / "templates")]
    config.HTMLExporter.extra_template_paths = [str(templates / "static/node_modules/bootstrap/dist/css")]
    config.HTMLExporter.mathjax_url = ""
    config.HTMLExporter.update(HTML_EXPORTER)
    made = PageExporter(config=config)
    made.register_filter("filter_data_type", DataTypeFilter(parent=made))
    made.register_preprocessor(CSSHTMLHeaderPreprocessor, enabled=True)
    return made
