"""The ranking and its page."""

import re
from html.parser import HTMLParser

from tests.tito.olympics.claims import changed, claim, write
from tests.tito.olympics.entries import entry
from tito.olympics.board import ranked, row_of, rows_in
from tito.olympics.page import page
from tito.olympics.plot import BOTTOM, LEFT, RIGHT, TOP, plot

KEY = b"k" * 32


def rows(*claims: dict) -> list:
    return [row_of(one, entry(), KEY) for one in claims]


def test_equal_scores_share_a_place_and_the_next_is_counted_on():
    board = ranked(
        rows(claim("a", latency=2), claim("b", latency=4), claim("c", latency=4), claim("d", latency=3)), "latency"
    )
    assert [(row.team, row.place) for row in board] == [("b", 1), ("c", 1), ("d", 3), ("a", 4)]


def test_a_team_stands_once_with_its_best():
    board = ranked(rows(claim("a", latency=2), claim("a", latency=5), claim("a", "size")), "latency")
    assert [(row.team, row.score) for row in board] == [("a", 5.0)]


def test_who_breaks_the_rules_is_shown_and_has_no_place():
    forged = changed(claim("eve", key=KEY), "score", to=1e6)
    board = ranked(rows(claim("weak", latency=9, correct=400), claim("ada", latency=2), forged), "latency")
    assert [(row.team, row.place) for row in board] == [("ada", 1), ("eve", None), ("weak", None)]
    assert "changed after signing" in board[1].fouls
    assert "points below" in board[2].fouls[0]


def test_a_forged_entry_does_not_displace_the_teams_honest_one():
    board = ranked(rows(claim("a", latency=2), changed(claim("a", latency=5), "score", to=1e6)), "latency")
    assert [(row.score, row.place) for row in board] == [(2.0, 1)]


def test_the_front_is_who_is_beaten_by_nobody_in_both():
    board = ranked(
        rows(
            claim("fast", latency=8, correct=478),
            claim("both", latency=4, correct=485),
            claim("best", latency=1, correct=490),
            claim("none", latency=3, correct=480),
            claim("same", latency=4, correct=485),
        ),
        "latency",
    )
    assert {row.team for row in board if row.front} == {"fast", "both", "best", "same"}


def test_a_folder_is_read_and_what_is_no_claim_is_told(tmp_path):
    folder = write(tmp_path, claim("ada"), claim("bob", "size"))
    (folder / "x.json").write_text("{}")
    (folder / "notes.txt").write_text("no claim, and none asked for")
    found, refused = rows_in(folder, None)
    assert [row.team for row in found] == ["ada", "bob"]
    assert len(refused) == 1 and "x.json" in refused[0]


class Tags(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attributes)


def test_nothing_that_an_entry_says_becomes_html():
    nasty = ["<script>alert(1)</script>", '"><img src=x onerror=a()>', "</svg><b>", "&lt;i&gt;"]
    plain = Tags(page(rows(*[claim(f"t{i}", latency=i + 1) for i in range(4)])))
    text = page(rows(*[claim(team, latency=i + 1) for i, team in enumerate(nasty)]))
    tags = Tags(text)
    assert tags.tags == plain.tags and tags.attributes == plain.attributes
    assert not tags.attributes & {"onerror", "src", "href"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "&amp;lt;i&amp;gt;" in text


def test_the_plot_shows_every_ranked_team_within_its_frame():
    text = page(rows(*[claim(f"t{i}", latency=10**i, correct=477 + i) for i in range(4)], claim("out", correct=1)))
    svg = text[text.index("<svg") : text.index("</svg>")]
    assert svg.count("<circle") == 4 and ">out<" not in svg
    for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg):
        assert LEFT <= float(x) <= RIGHT and TOP <= float(y) <= BOTTOM
    assert page(rows(claim("alone"))).count("<circle") == 1


def test_points_that_lie_together_share_a_label_and_every_place_has_one():
    entries = [claim(name, latency=3) for name in "ab"] + [claim("c", latency=9), claim("d", latency=2.99)]
    svg = plot(ranked(rows(*entries), "latency"))
    assert sorted(re.findall(r"<text class=number[^>]*>([^<]*)<", svg)) == ["1", "2, 4"]
    assert "<title>2: a</title>" in svg and "<title>2: b</title>" in svg


def test_a_page_without_entries_says_so():
    assert "No entry yet." in page([]) and page([]).endswith("</html>\n")
    assert "No entry yet." not in page(rows(claim("ada")))
