"""What a student wrote, as a page may show it: one rule for feedback and for Formgrader.

Written answers are Markdown cut down to an allow-list of tags, with the pictures pasted into them below; code is
highlighted, outputs are plain text and PNG.
What would take long to render (nesting, endless lines) or cannot be rendered is shown as it was typed.
"""
import html
import re
from functools import lru_cache

import bleach
from markupsafe import Markup
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_output
from pygments.token import STANDARD_TYPES

from autograder.collect.figures import is_png

TAGS = {*bleach.ALLOWED_TAGS, "p", "br", "hr", "pre", "span", "div", "details", "summary", "h1", "h2", "h3", "h4", "h5",
        "h6", "table", "thead", "tbody", "tr", "th", "td", "sub", "sup", "del"}
# Only what rendering itself writes: with a class of nbgrader's page a text could pass for one of its buttons.
CLASSES = {*STANDARD_TYPES.values(), "highlight", "anchor-link"}
MAX_RENDERED = 5_000          # characters of one cell: Markdown and highlighting take the square of it, or worse
ENDLESS = re.compile(r"[^\n]{500}|\s{200}")     # what Python's lexer takes long for
ESCAPES = re.compile("\x1b(\\[[0-9;:?]*[A-Za-z]?)?")
PLAIN = "<p><em>Too long or too deeply nested to be laid out, so shown as it was typed:</em></p>"
TRUSTED = ("nbgrader",)       # metadata of a cell: from the release


def keep_attribute(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return set(value.split()) <= CLASSES
    if name == "href":        # no command to the server that shows the page; other notebooks do not lie beside it
        return tag == "a" and value.startswith(("https://", "http://", "mailto:", "#"))
    return (tag, name) in {("a", "title"), ("th", "align"), ("td", "align")}


class Renderer(IPythonRenderer):
    """nbconvert's, but nothing in a text makes it fail, and no text chooses among the lexers of 500 languages."""

    def block_code(self, code: str, info: str | None = None) -> str:
        python = (info or "").split()[:1] == ["python"] and not ENDLESS.search(code)
        return super().block_code(code, "python" if python else None)

    def _embed_image_or_attachment(self, source: str) -> str:
        return source         # images are not shown


@lru_cache(maxsize=2000, typed=True)      # most cells are the release's, the same for all; Markup is no str here
def clean_html(source: str) -> str:
    """Markdown as HTML in which nothing runs and nothing is fetched. Markup, which is ours, stays as it is."""
    if isinstance(source, Markup):
        return source
    if len(source) > MAX_RENDERED:
        return as_typed(source)
    try:
        rendered = MarkdownWithMath(renderer=Renderer(escape=False)).render(source)
        cleaned = bleach.clean(rendered, tags=TAGS, attributes=keep_attribute, strip=True)
        return f'<div style="contain: paint">{cleaned}</div>'      # math is laid out in the page and can move anywhere
    except Exception:         # no text may cost its author the page; too much nesting ends in a RecursionError
        return as_typed(source)


def highlight_code(source: str, language: str | None = None, metadata: dict | None = None) -> str:
    """Python with colours, whatever language the text says it is."""
    return highlighted(source)


@lru_cache(maxsize=2000)
def highlighted(source: str) -> str:
    if len(source) > MAX_RENDERED or ENDLESS.search(source):
        return as_typed(source)
    return Highlight2HTML(pygments_lexer="python")(source)


def as_typed(source: str) -> str:
    return f"{PLAIN}<pre>{html.escape(source)}</pre>"


class OnlyPlain(Preprocessor):
    """Leaves of a graded notebook what pages show: sources, places of the release, outputs as plain text and PNG."""

    enabled = True

    def preprocess(self, notebook: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        for cell in notebook.cells:
            question = cell.metadata.get("tinytorch", {}).get("question", "")
            cell.metadata = NotebookNode({name: cell.metadata[name] for name in TRUSTED if name in cell.metadata})
            if cell.cell_type == "markdown":
                above, below = gone(question), pasted(cell.pop("attachments", {}))
                if above or below:
                    cell.source = Markup(above + clean_html(cell.source) + below)
            if cell.cell_type == "code":
                cell.outputs = [output for output in map(plain_output, cell.outputs) if output]
        for name in ("student", "first_name", "last_name"):       # nbgrader's template writes them as they are
            if isinstance(resources.get(name), str):
                resources[name] = html.escape(resources[name])
        return notebook, resources


def gone(question: str) -> str:
    """The question over which an answer was written, as HTML; nothing where it still stands there."""
    said = "<p><em>The question, which is gone from this cell:</em></p>"
    return f"{said}<blockquote>{clean_html(question)}</blockquote>" if question else ""


def pasted(attachments: dict) -> str:
    """The PNG pictures that were pasted into a cell, as HTML."""
    pictures = [data["image/png"] for data in attachments.values() if is_png(data.get("image/png", ""))]
    return "".join(f'<p><img alt="A pasted picture" src="data:image/png;base64,{"".join(png.split())}"></p>'
                   for png in pictures)


def plain_output(output: NotebookNode) -> NotebookNode | None:
    """The same output made anew, text as text (nbconvert escapes it), or None."""
    if output.output_type == "stream":
        return new_output("stream", name="stdout", text=without_escapes(output.text))
    if output.output_type == "error":
        return new_output("error", ename=output.ename, evalue=output.evalue, traceback=output.traceback)
    data = {kind: text if kind == "image/png" else without_escapes(text)
            for kind, text in output.get("data", {}).items()
            if kind == "text/plain" or kind == "image/png" and is_png(text)}
    return new_output("display_data", data=data) if data else None


def without_escapes(text: str) -> str:
    """Colours of a terminal would become a tag each, and laying those out takes half a minute."""
    return ESCAPES.sub("", text)
