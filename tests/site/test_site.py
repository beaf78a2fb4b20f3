"""What the website is checked for, each check tried on a page that must fail it; the journey's drawing; outputs."""
import shutil
import sys
import tempfile
from itertools import pairwise

import pytest
from nbformat.v4 import new_output

from tests.autograder.small_class import small_class
from tests.helpers import REPOSITORY

for module in ("sphinx", "playwright.sync_api", "axe_playwright_python"):
    pytest.importorskip(module)
sys.path.insert(0, str(REPOSITORY / "site"))

import browse  # noqa: E402  (found through the line above)
import excerpts  # noqa: E402
import figures  # noqa: E402
import outputs  # noqa: E402
import pages  # noqa: E402
from check import what_is_wrong  # noqa: E402
from journey import journey  # noqa: E402

needs_browser = pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
SECRET = "<span>self</span>.data = <b>np</b>.asarray(data, dtype=np.float32)"
HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Site</title>
<style>body { background: #fff; color: #000; margin: 0 }</style></head><body><main>"""
END = "</main></body></html>"
BOXES = """selector => [...document.querySelectorAll(selector)].map(e => {
    const box = e.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom] })"""
FAULTS = {            # what a page holds, and what the browser finds in it
    "<script>console.error('lost')</script>": "index.html: the console says: lost",
    "<script>lost()</script>": "index.html: a script fails: lost is not defined",
    '<img alt="x" src="http://elsewhere.invalid/a.png">': "index.html: asks http://elsewhere.invalid/a.png",
    '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">': "index.html: a picture without words, or not there",
    '<div style="width: 900px">wide</div>': "index.html: 900 pixels wide in a window of 390",
    '<p style="color: #ccc">pale</p>': "index.html, dark: color-contrast, serious",
    '<div tabindex="0" onkeydown="event.preventDefault()">trap</div><a href="#top">on</a>':
        'index.html: the keyboard does not reach <a href="#top">on',
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return small_class(tmp_path_factory.mktemp("course")).root


def site_with(folder, body: str = "", words: str = "backward"):
    """Two pages, one of which searches, and what the test puts into the first."""
    site = folder / "html"
    site.mkdir()
    (site / "index.html").write_text(
        f'{HEAD}<h1 id="top">Site</h1><article class="bd-article"><p>one step <b>backward</b></p></article>'
        f'<a href="search.html">search</a> <a href="#top">top</a>{body}{END}', "utf-8")
    (site / "search.html").write_text(
        f'{HEAD}<h1>Search</h1><ul id="search-results"></ul><script>if ("{words}" == location.search.slice(3)) '
        f'document.querySelector("ul").innerHTML = "<li><a href=index.html>found</a></li>"</script>'
        f'<script src="excerpts.js"></script>{END}', "utf-8")
    (site / "searchindex.js").write_text("Search.setIndex({})")
    shutil.copy(REPOSITORY / "site/static/excerpts.js", site)
    excerpts.write_texts(site)
    return site


@pytest.mark.parametrize("body, fault", [
    (f"<pre>{SECRET}</pre>", "a line that students must not see: index.txt"),
    ('<a href="gone.html">x</a>', "index.html: leads to gone.html, which is not there"),
    ('<a href="search.html#gone">x</a>', "index.html: leads to search.html#gone, a place that the page does not have"),
    ('<link rel="stylesheet" href="//fonts.example/a.css">', "index.html: fetches //fonts.example/a.css"),
    ('<script src="https://cdn.example/a.js"></script>', "index.html: fetches https://cdn.example/a.js"),
    (f"<pre>{tempfile.gettempdir()}/tmpabc/night.npz</pre>", "index.html: names a folder of this machine"),
])
def test_a_page_with_a_fault_fails(root, tmp_path, body, fault):
    found = what_is_wrong(site_with(tmp_path, body), root)
    assert len(found) == 1 and found[0].startswith(fault), found


def test_a_line_of_a_solution_in_the_search_index_fails(root, tmp_path):
    site = site_with(tmp_path)
    assert what_is_wrong(site, root) == []
    (site / "searchindex.js").write_text("self.data = np.asarray(data, dtype=np.float32)")
    assert "searchindex.js, line 1 holds a line of 01_tensor" in what_is_wrong(site, root)[0]


@needs_browser
def test_the_browser_finds_each_fault_of_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr(browse, "PATIENCE", 200)
    monkeypatch.setattr(browse, "LARGEST", 100)
    found = browse.browse(site_with(tmp_path, "".join(FAULTS), words="nothing"))
    for fault in [*FAULTS.values(), "the search shows nothing found", "index.html: 0.00 MB, more than 0.0001 MB"]:
        assert any(line.startswith(fault) for line in found), (fault, found)


@needs_browser
def test_a_sound_site_passes_in_the_browser_and_its_sizes_are_told(tmp_path, capsys):
    assert browse.browse(site_with(tmp_path)) == []
    assert "index.html: 0.00 MB in 1 files, first paint after" in capsys.readouterr().out


@needs_browser
def test_the_journey_is_whole_and_nothing_crosses_a_name():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        window = browser.new_page(viewport={"width": 1100, "height": 800})
        css = (REPOSITORY / "site" / "static" / "course.css").read_text(encoding="utf-8")
        window.set_content(f"<style>body {{font-family: DejaVu Sans}} {css}</style>{journey()}")
        frame, acts, titles, poles, flags, texts = (
            window.evaluate(BOXES, selector)
            for selector in ("svg", "rect", ".act", ".pole", ".flag, .year", "svg text"))
        browser.close()
    left, top, right, bottom = frame[0]
    assert all(box[0] >= left and box[1] >= top and box[2] <= right and box[3] <= bottom for box in texts)
    assert all(any(act[0] <= title[0] and title[2] <= act[2] for act in acts) for title in titles)
    assert all(one[2] <= other[0] for one, other in pairwise(acts))
    for pole in poles:
        assert not [flag for flag in flags if flag[0] < pole[0] < flag[2] and flag[3] > pole[1]]


def test_outputs_keep_no_folder_of_the_machine_no_html_and_no_source_line():
    folder = tempfile.mkdtemp()
    warning = f"{folder}/x.py:3: RuntimeWarning: divide by zero\n  secret = line\n"
    found = [new_output("stream", text=f"{folder}/night.npz: saved"),
               new_output("stream", name="stderr", text=warning),
               new_output("execute_result", {"text/plain": f"'{folder}'", "text/html": "<script></script>"})]
    saved, warned, shown = outputs.shown(found)
    assert (saved.text, warned.text) == ("somewhere/night.npz: saved", "RuntimeWarning: divide by zero")
    assert shown.data == {"text/plain": "'somewhere'"}


def test_the_texts_for_the_search_are_what_a_reader_sees_of_each_page(tmp_path):
    site = site_with(tmp_path)
    assert (site / "searchtexts.js").read_text("utf-8") == 'const pageTexts = {"index": "one step backward"};\n'


def test_a_figure_says_that_the_short_version_drew_it(tmp_path):
    for start, short in (("01_1957_perceptron/01", False), ("06_2018_mlperf/03", True)):
        script = next(path for path in figures.scripts(REPOSITORY) if start in path.as_posix())
        for name in figures.names(script):
            (tmp_path / f"{script.stem[:2]}_{name}.png").write_bytes(b"")
        parts = pages.write_figures("Title", script, tmp_path, tmp_path / "pages")
        assert len(parts) == len(figures.names(script)) > 0
        assert all(("--quick" in part) == short for part in parts)


def test_a_part_without_figures_says_why_and_which_the_run_draws():
    slow = figures.left_out(REPOSITORY / "milestones/04_1998_cnn/02_lecun_cifar10.py")
    assert "minutes of training" in slow and "confusion" in slow
    pretrained = figures.left_out(REPOSITORY / "milestones/05_2017_transformer/05_pretrained.py")
    assert "83 MB" in pretrained and "similarities" in pretrained


def test_figures_come_from_scripts_that_are_there_in_the_order_of_their_story():
    first = figures.scripts(REPOSITORY)[0]
    assert first.name == "01_rosenblatt_forward.py"
    assert figures.names(first)[:3] == ["machine", "data", "cards"]


def test_a_guide_links_to_pages_of_the_site_and_only_names_the_rest():
    text = "[a](docs/results.md#x) [b](../autograder/README.md) [c](https://c.example) [d](#d) [e](olympics.md)"
    assert pages.for_the_site(text) == "[a](results.md#x) b [c](https://c.example) [d](#d) [e](olympics.md)"
    assert pages.for_the_site("[a](docs/results.md) [b](LICENSE)", folder="guides/") == "[a](guides/results.md) b"


def test_the_notes_for_teachers_lead_to_the_modules_of_the_site_and_stand_in_a_list(tmp_path):
    notes, target = tmp_path / "notes", tmp_path / "site"
    for folder in (notes, target):
        folder.mkdir()
    (notes / "02_layers.md").write_text("[the notebook](../../notebooks/02_layers/02_layers.ipynb), [01](01_tensor.md)")
    (notes / "01_tensor.md").write_text("# 01")
    (target / "index.md").write_text("# Notes\n")
    pages.write_notes(notes, target)
    assert (target / "02_layers.md").read_text() == "[the notebook](../../modules/02_layers.ipynb), [01](01_tensor.md)"
    assert "# Notes\n\n```{toctree}\n:maxdepth: 1\n\n01_tensor\n02_layers\n```" in (target / "index.md").read_text()


def test_every_guide_is_in_the_contents_and_every_page_for_instructors_is_a_guide():
    contents = (REPOSITORY / "site/text/index.md").read_text(encoding="utf-8").splitlines()
    assert {f"guides/{name}" for name in pages.GUIDES} == {line for line in contents if line.startswith("guides/")}
    written = {path.stem for path in (REPOSITORY / "docs").glob("*.md")}
    for_graders = {"rubric"}                               # it says what a good answer says
    assert written - for_graders == {name for name in pages.GUIDES if "/" not in name}
