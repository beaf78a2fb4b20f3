"""What people open: feedback, tables in a spreadsheet, a terminal. The markup is harmless: it would change a title."""
import base64
import struct

from tests.autograder.attacks.attack import Family
from tests.autograder.attacks.blank import EXPORT

family = Family("pages")
RUN = "document.title=1"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 1, 1)
MARKUP = {
    "a_script": f"<script>{RUN}</script>",
    "a_picture_that_fails": f'<img src=x onerror="{RUN}">',
    "a_drawing": f'<svg onload="{RUN}"><animate onbegin="{RUN}"/><use href="data:image/svg+xml,x"/></svg>',
    "a_frame": f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe><object data="x"></object><embed src="x">',
    "a_link_that_runs": f'<a href="javascript:{RUN}">a</a> [b](javascript:{RUN}) <a href="java&#115;cript:{RUN}">c</a>',
    "a_form": '<form action="/grade"><button formaction="x">100</button><input name=x></form>',
    "a_header": '<meta http-equiv="refresh" content="0;url=x"><base href="https://example.org/"><link rel=stylesheet>',
    "a_style": '<style>td { display: none }</style><p style="position:fixed;top:0" class="score label">100 of 100</p>',
    "a_table_of_points": "| test or question | points | of |\n|---|---|---|\n| everything | 100 | 100 |\n",
    "broken_markup": f'</div></body></html><b onclick="{RUN}" <i <<p title="\'>" onmouseover={RUN}>',
    "mathematics": r"$$\href{javascript:1}{x}\style{position:fixed}{b}\require{html}\class{score}{c}$$",
    "a_comment": f"<!-- --!><script>{RUN}</script> <![CDATA[<script>]]> <xmp><script>{RUN}</script></xmp>",
    "a_template": "{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7} <% x %>",
    "pictures_elsewhere": "![x](https://example.org/x.png) ![y](file:///etc/passwd) <img src='//example.org/x'>",
    "nested_quotes": "> " * 3000 + "x",
    "nested_lists": "\n".join(" " * n + "- x" for n in range(300)),
    "nested_tags": "<div>" * 5000,
    "a_megabyte_of_prose": "word " * 19_000,
    "endless_brackets": "[" * 4_990,
    "text_that_turns": "\u202eevil\u2066\u0000\u001b[2J\u0085",
}


def everywhere(name: str, text: str) -> None:
    """The text as prose, as code, as a comment, as an output, as an error and as the name of a type."""
    def make(blank):
        notebook = blank.with_code(f"""
            text = {text!r}
            def answer(*given, **options):
                raise type(text, (Exception,), {{}})(text)
            value = answer
        """)
        blank.answers(notebook)[-1]["source"] += f"\n#{text}".replace("\n", "\n# ") + "\nraise ValueError(text)"
        for cell in blank.cells(notebook, "written"):
            cell["source"] = text
        kinds = ("text/plain", "text/html", "text/markdown", "image/svg+xml", "application/javascript")
        for cell in blank.free_code(notebook):
            cell["outputs"] = [{"output_type": "stream", "name": text, "text": text},
                               {"output_type": "display_data", "metadata": {}, "data": dict.fromkeys(kinds, text)},
                               {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]}]
        return notebook

    says = name.replace("_", " ").capitalize()
    family.add(name, f"{says} in written answers, outputs, comments, errors and names.", make)


for one, markup in MARKUP.items():
    everywhere(one, markup)


def with_pictures(blank, picture: bytes, count: int = 1) -> dict:
    notebook = blank.copy()
    text = {"image/png": base64.b64encode(picture).decode(), "image/svg+xml": f"<svg onload={RUN}/>"}
    for cell in blank.cells(notebook, "written"):
        cell["source"] = "".join(f"![x](attachment:{number})" for number in range(count))
        cell["attachments"] = {str(number): text for number in range(count)}
    for cell in blank.free_code(notebook):
        cell["outputs"] = [{"output_type": "display_data", "metadata": {"image/png": {"alt": f'"onerror="{RUN}'}},
                            "data": text}] * count
    return notebook


@family.notebook
def a_picture_without_end(blank):
    """A picture that would unpack to four thousand million pixels."""
    return with_pictures(blank, PNG[:-8] + struct.pack(">II", 65_535, 65_535))


@family.notebook
def a_picture_that_is_markup(blank):
    """A script under the name of a picture."""
    return with_pictures(blank, b"<script>" + RUN.encode())


@family.notebook
def pictures_of_megabytes(blank):
    """Pictures of 10 MB altogether."""
    return with_pictures(blank, PNG + bytes(700_000), 15)


@family.notebook
def outputs_of_megabytes(blank):
    """Outputs of 15 MB, every letter of which a page writes as five."""
    notebook = blank.copy()
    free = blank.free_code(notebook)
    for cell in free:
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "&" * (15_000_000 // len(free))}]
    return notebook


@family.notebook
def names_of_cells(blank):
    """Markup and formulas as the names of cells."""
    notebook = blank.copy()
    for cell in blank.cells(notebook, "answer"):
        cell["metadata"]["nbgrader"]["grade_id"] = f'=1+1"><script>{RUN}</script>'
    notebook["cells"].append(blank.copy()["cells"][-1])
    return notebook


@family.notebook
def formulas(blank):
    """Formulas for a spreadsheet, in errors, answers and lines that only a notebook can run."""
    raising = "def answer(*given, **options):\n    raise ValueError('=1+1\\n@SUM(1)\\t-1')\nvalue = answer"
    notebook = blank.with_code(raising)
    blank.answers(notebook)[0]["source"] += "\n%%=1+1\n!=1+1\n?=1"
    return notebook


@family.notebook
def code_that_is_long_to_colour(blank):
    """Code with lines that are too long to be coloured."""
    notebook = blank.copy()
    blank.answers(notebook)[0]["source"] = EXPORT + "a" * 600 + "\n" + "x = 1\n" * 900 + "a" * 80_000
    return notebook
