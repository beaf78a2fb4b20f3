"""Claims: valid by the published schema, signed, and read as what anybody may have written."""

import base64
import re

import pytest

from tests.tito.olympics.claims import changed, claim, write_raw
from tests.tito.olympics.entries import entry
from tito.errors import TitoError
from tito.olympics.claim import MOST_BYTES, file_name, inconsistent, read_claim, text_of
from tito.olympics.signature import find_key, state

KEY = b"k" * 32


def test_a_claim_comes_back_with_its_files(tmp_path):
    one = claim(files=entry(w_DOT_bin=b"\x00\xff"))
    found, files = read_claim(write_raw(tmp_path / "a.json", text_of(one)))
    assert found == one
    assert files == entry(w_DOT_bin=b"\x00\xff")
    assert inconsistent(found, files) == []


def test_the_signature_tells_who_has_the_key_and_what_was_changed():
    one = claim(key=KEY)
    assert state(one, KEY) == "signed"
    assert state(claim(), KEY) == "unsigned"
    assert state(one, None) == "signed, by a key that is not here"
    assert state(one, b"x" * 32) == "signed by another key"
    for path, value in (
        (("team",), "eve"),
        (("measured", "ratios", "latency", "ratio"), 99.0),
        (("files", "entry.py"), ""),
        (("signature", "value"), "0" * 64),
        (("score",), 99.0),
    ):
        assert state(changed(one, *path, to=value), KEY) == "CHANGED after signing"


def test_a_key_comes_from_a_file_and_is_long(tmp_path):
    assert find_key(tmp_path, None) is None
    (tmp_path / "olympics.key").write_text("short")
    with pytest.raises(TitoError, match="could be guessed"):
        find_key(tmp_path, None)
    (tmp_path / "other").write_bytes(KEY + b"\n")
    assert find_key(tmp_path, tmp_path / "other") == KEY
    with pytest.raises(TitoError, match="cannot be read"):
        find_key(tmp_path, tmp_path / "none")


FORGED = [
    ("event", "sprint"),
    ("team", ""),
    ("team", "a\nb"),
    ("team", "a" * 41),
    ("team", "\x1b[2J"),
    ("team", " ada"),
    ("team", "ada "),
    ("team", "ada  l"),
    ("team", " "),
    ("team", "ad\u200ba"),
    ("team", "ada\u00a0"),
    ("team", "ada\u202e"),
    ("team", "ade\u0301"),  # looks as if it were one letter
    ("score", float("nan")),
    ("score", -1),
    ("score", "9"),
    ("format", "tinytorch-olympics-0"),
    ("made", "yesterday"),
    ("fouls", ["x" * 201]),
    ("environment", {"python": 3}),
    ("files", {}),
    ("signature", {"algorithm": "none"}),
    ("more", 1),
    ("team", "\ud800"),
]


@pytest.mark.parametrize("name, value", FORGED)
def test_a_claim_that_the_schema_does_not_allow_is_refused_in_one_line(tmp_path, name, value):
    with pytest.raises(TitoError, match=r"^[^\n]*a\.json[^\n]*$"):
        read_claim(write_raw(tmp_path / "a.json", changed(claim(), name, to=value)))


@pytest.mark.parametrize(
    "path, value",
    [
        (("entry", "correct"), True),
        (("entry", "asked"), 0),
        (("entry", "latency_s"), float("inf")),
        (("entry", "bytes"), -1),
        (("ratios", "latency", "ratio"), 0),
        (("ratios", "latency"), None),
        (("loadgen",), {"single_stream": {}}),
        (("entry", "bytes"), 10**400),
    ],
)
def test_figures_that_are_none_are_refused(tmp_path, path, value):
    with pytest.raises(TitoError, match="no claim|not valid"):
        read_claim(write_raw(tmp_path / "a.json", changed(claim(), "measured", *path, to=value)))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"score": NaN}', "\x00", '{"a": ' + "9" * 5000 + "}"]
)
def test_what_is_no_json_or_no_claim_is_refused(tmp_path, text):
    with pytest.raises(TitoError, match="no claim|not valid"):
        read_claim(write_raw(tmp_path / "a.json", text))


@pytest.mark.parametrize("name", ["../../x.py", "/tmp/x.py", "a/b.py", "..", "", "x.py\n"])
def test_a_file_of_a_claim_cannot_leave_its_folder(tmp_path, name):
    one = claim()
    bad = changed(one, "files", to={**one["files"], name: ""})
    with pytest.raises(TitoError, match="no name for a file|more than one line"):
        read_claim(write_raw(tmp_path / "a.json", bad))


def test_files_that_are_not_those_that_were_measured_are_refused(tmp_path):
    other = base64.b64encode(entry("return None")["entry.py"]).decode()
    with pytest.raises(TitoError, match="changed after the measurement"):
        read_claim(write_raw(tmp_path / "a.json", changed(claim(), "files", "entry.py", to=other)))
    with pytest.raises(TitoError, match="Base64"):
        read_claim(write_raw(tmp_path / "a.json", changed(claim(), "files", "entry.py", to="?")))


def test_links_pipes_and_huge_files_are_no_claims(tmp_path):
    import os

    (tmp_path / "link.json").symlink_to(write_raw(tmp_path / "a.json", claim()))
    os.mkfifo(tmp_path / "pipe.json")
    with open(tmp_path / "huge.json", "wb") as file:
        file.truncate(MOST_BYTES + 1)
    for name in ("link.json", "pipe.json", "huge.json", "none.json"):
        with pytest.raises(TitoError, match="cannot be read|no plain file|larger"):
            read_claim(tmp_path / name)


@pytest.mark.parametrize(
    "path, value, words",
    [
        (("score",), 99.0, "its score"),
        (("fouls",), ["made up"], "its score"),
        (("measured", "entry", "bytes"), 5, "bytes, it claims 5"),
        (("measured", "entry", "correct"), 500, "ratio of accuracy"),
        (("measured", "ratios", "size", "ratio"), 1e6, "ratio of size"),
        (("measured", "baseline", "bytes"), 10**9, "another baseline"),
        (("measured", "ratios", "size", "high"), 1e6, "ratio of size"),
        (("measured", "entry", "peak_bytes"), 1_400_000, "ratio of memory"),
        (("measured", "entry", "peak_bytes"), None, "ratio of memory"),
        (("measured", "ratios", "memory"), None, "ratio of memory"),
        (("measured", "entry", "latency_s"), 1e-5, "ratio of latency"),
        (("measured", "entry", "latency_s"), 0, "ratio of latency"),
        (("measured", "ratios", "latency", "low"), 2.1, "ratio of latency"),
        (("measured", "entry", "photos_per_s"), 9e4, "ratio of throughput"),
        (("checksums", "data"), "0" * 64, "other photos"),
        (("measured", "entry", "correct"), 501, "more right answers than photos"),
    ],
)
def test_figures_that_contradict_each_other_are_told(path, value, words):
    assert any(words in line for line in inconsistent(changed(claim(), *path, to=value), entry()))


def test_the_ratio_of_figures_may_lie_in_the_interval_and_a_peak_below_the_floor():
    """Times are medians, of which the ratio is none; 1 MiB of memory is Python's own."""
    one = changed(claim(), "measured", "ratios", "latency", to={"ratio": 2.0, "low": 1.0, "high": 9.0})
    one = changed(one, "measured", "entry", "latency_s", to=2.5e-5)
    one = changed(one, "measured", "entry", "peak_bytes", to=0)
    one = changed(one, "measured", "ratios", "memory", to=dict.fromkeys(("ratio", "low", "high"), 14e6 / 2**20))
    assert inconsistent(one, entry()) == []


@pytest.mark.parametrize(
    "team, name",
    [
        ("ada-1", "ada-1-size.json"),
        ("../../etc", "etc-[0-9a-f]{6}-size.json"),
        ("<b>", "b-[0-9a-f]{6}-size.json"),
        ("深層", "team-[0-9a-f]{6}-size.json"),
        ("a b", "a-b-[0-9a-f]{6}-size.json"),
    ],
)
def test_the_file_of_a_claim_has_a_plain_name(team, name):
    assert re.fullmatch(name, file_name(claim(team, "size")))


def test_teams_of_other_scripts_do_not_share_a_file():
    teams = ("深層", "学習", "a b", "a  b".replace("  ", "+"), "a-b", "команда")
    assert len({file_name(claim(team, "size")) for team in teams}) == len(teams)
