"""The ranking's page in a real browser, in a narrow and a wide window, light and dark."""

import shutil
from itertools import combinations

import pytest

from tito.olympics.board import Row
from tito.olympics.page import page

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


def row(team: str, score: float, accuracy: float, event: str = "size", fouls: tuple = ()) -> Row:
    return Row(team, event, score, accuracy, 12_345, {}, "signed, by a key that is not here", fouls)


CROWD = [row(f"team {n}", 1 + (n * 37 % 23) / 9, 95 + (n * 17 % 11) / 4) for n in range(30)]
LONG = [row("W" * 40, 900.0, 97.6, "latency"), row("ada", 3.2, 96.6, "latency"), row("bob", 3.2, 96.6, "latency"),
        row("eve", 3.21, 96.6, "latency"), row("fay", 1.01, 96.2, "latency", ("accuracy " + "far below " * 9,))]
ALONE, NEAR = [row("solo", 1.0, 96.2, "memory")], [row(f"t{n}", 1 + n / 999, 96 + n / 10, "accuracy") for n in range(3)]
TEXTS = """[...document.querySelectorAll('svg')].map(svg => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].map(text => {
        const box = text.getBoundingClientRect();
        return [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top,
                frame.width, frame.height, text.textContent] }) })"""


@pytest.fixture(scope="module")
def window():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM)
        window = browser.new_page()
        window.set_content(page([*CROWD, *LONG, *ALONE, *NEAR]))
        yield window
        browser.close()


@pytest.fixture(params=[360, 1200])
def width(request, window) -> int:
    window.set_viewport_size({"width": request.param, "height": 800})
    return request.param


def test_nothing_is_wider_than_the_window_and_tables_scroll_in_their_own_boxes(window, width):
    assert window.evaluate("document.documentElement.scrollWidth") == width
    boxes = window.evaluate("[...document.querySelectorAll('.scroll')].map(box => box.scrollWidth > box.clientWidth)")
    assert boxes == [width == 360] * 4


def test_the_words_of_a_plot_are_whole_and_do_not_cover_each_other(window, width):
    plots = window.evaluate(TEXTS)
    assert len(plots) == 4
    for texts in plots:
        for left, top, right, bottom, wide, high, word in texts:
            assert left >= 0 and top >= 0 and right <= wide and bottom <= high, word
        for one, other in combinations(texts, 2):
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            assert across <= 0 or down <= 0.3 * (one[3] - one[1]), (one[6], other[6])  # a box is higher than digits


def test_the_page_is_dark_where_the_reader_wants_it(window):
    script = """['backgroundColor', 'color'].map(
        name => getComputedStyle(document.body)[name].match(/\\d+/g).reduce((sum, part) => sum + Number(part), 0))"""
    found = []
    for scheme in ("light", "dark"):
        window.emulate_media(color_scheme=scheme)
        found.append(window.evaluate(script))
    (back, text), (dark_back, light_text) = found
    assert back > text + 400 and light_text > dark_back + 400
