"""Claims: valid by the published schema, signed, and read as what anybody may have written."""

import base64

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
    with pytest.raises(TitoError, match=r"^[^\n]*$"):
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
        (("checksums", "data"), "0" * 64, "other photos"),
        (("measured", "entry", "correct"), 501, "more right answers than photos"),
    ],
)
def test_figures_that_contradict_each_other_are_told(path, value, words):
    assert any(words in line for line in inconsistent(changed(claim(), *path, to=value), entry()))


@pytest.mark.parametrize(
    "team, name",
    [("../../etc", "etc-size.json"), ("<b>", "b-size.json"), ("深層", "team-size.json"), ("a b", "a-b-size.json")],
)
def test_the_file_of_a_claim_has_a_plain_name(team, name):
    assert file_name(claim(team, "size")) == name
