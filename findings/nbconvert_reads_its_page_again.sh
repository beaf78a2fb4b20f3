#!/usr/bin/env bash
# nbconvert's HTML exporter parses the page that it has just made, and most of the time of an export goes there.
#
# Guessed: an export costs the template and the highlighting of its cells.
# Seen: HTMLExporter.from_notebook_node gives the finished page to BeautifulSoup's html.parser, selects images without a
# description in it (there are none here) and writes it out once more. With highlighting cached, as for a class that
# hands in the same notebook, that is most of the time; calling the method of its base class leaves it out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check nbconvert==7.17.2 beautifulsoup4==4.14.3 2>&1 \
    | { grep -v '^WARNING' || true; }
"$folder/bin/python" - <<'PY'
import functools, time
from importlib.metadata import version
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import DataTypeFilter, Highlight2HTML
from nbformat.v4 import new_code_cell, new_notebook

notebook = new_notebook(cells=[new_code_cell("import numpy as np\nx = np.arange(10) * 2\nprint(x.sum())\n" * 5)
                               for _ in range(100)])
cached = functools.cache(Highlight2HTML(pygments_lexer="python"))

def highlight(source, **options):
    return cached(source)

class Once(HTMLExporter):
    def from_notebook_node(self, nb, resources=None, **kw):
        return super(HTMLExporter, self).from_notebook_node(nb, self._init_resources(resources or {}), **kw)

def best(kind):
    exporter = kind(template_name="classic")
    exporter.filters = {"highlight_code": highlight}
    exporter.register_filter("highlight_code", highlight)
    exporter.register_filter("filter_data_type", DataTypeFilter())
    seconds = []
    for _ in range(5):
        start = time.process_time()
        page, _ = exporter.from_notebook_node(notebook)
        seconds.append(time.process_time() - start)
    return min(seconds), page.count("np")

(twice, words), (once, same) = best(HTMLExporter), best(Once)
print(f"nbconvert {version('nbconvert')}, beautifulsoup4 {version('beautifulsoup4')}: a page of 100 cells takes "
      f"{twice:.2f} s, {once:.2f} s without the second look")
assert words == same and twice > 1.5 * once
PY
