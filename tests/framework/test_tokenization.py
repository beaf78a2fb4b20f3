"""Tokenizers bring back every text, learn the same everywhere, and say what is wrong with a text, ids or a file."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch as tt
from tests.framework.texts import mixed_text
from tinytorch import tokenization
from tinytorch.tokenization import BPETokenizer, CharTokenizer, learn, learn_slowly, pieces

ROOT = Path(__file__).resolve().parents[2]
MIXED = mixed_text(30_000)
unicode = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
words = st.dictionaries(st.text("abc", min_size=1, max_size=12), st.integers(1, 5), min_size=1, max_size=8)


@pytest.fixture(scope="module", params=[True, False], ids=["split", "whole"])
def tokenizer(request) -> BPETokenizer:
    return BPETokenizer(split=request.param).train(MIXED, 600)


@given(unicode)
def test_every_text_comes_back(tokenizer, text):
    ids = tokenizer.encode(text)
    assert ids.dtype == np.int64 and ids.ndim == 1
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode(ids.tolist()) == text


@given(unicode)
def test_pieces_are_the_text(text):
    assert "".join(pieces(text)) == text


def test_mixed_text_comes_back_and_gets_shorter(tokenizer):
    ids = tokenizer.encode(MIXED)
    assert tokenizer.decode(ids) == MIXED and len(ids) < 0.6 * len(MIXED.encode())


@given(unicode.filter(bool))
def test_characters_come_back(text):
    tokenizer = CharTokenizer().train(text)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text and ids.max() == tokenizer.vocab_size - 1 == len(set(text)) - 1


@given(words, st.integers(0, 40))
def test_learning_fast_is_learning_slowly(words, size):
    assert list(learn(words, size).items()) == list(learn_slowly(words, size).items())


@given(words, st.text("abc", max_size=40))
def test_asking_is_replaying(words, text):
    merges = learn(words, 40)
    assert tokenization.encode_word(text, merges) == tokenization.replay_merges(text, merges)


def test_another_run_learns_the_same():
    """Sets come in another order in every process."""
    code = ("from tests.framework.texts import mixed_text; from tinytorch import BPETokenizer; import hashlib\n"
            "tokenizer = BPETokenizer().train(mixed_text(20_000), 700)\n"
            "print(hashlib.sha256(repr(list(tokenizer.merges)).encode()).hexdigest())")
    printed = {subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}).stdout
               for seed in "012"}
    assert len(printed) == 1 and len(printed.pop()) == 65


def test_the_order_of_the_sentences_does_not_matter():
    lines = ["one two three\n", "two three four\n", "three four five six\n"] * 3
    one, two = [BPETokenizer().train("".join(text), 270) for text in (lines, lines[::-1])]
    assert one.tokens == two.tokens


def test_ties_go_to_the_smallest_pair():
    tokenizer = BPETokenizer().train("zy xw xw zy", 260)
    assert tokenizer.tokens[256:] == [b"xw", b"zy", b" xw", b" zy"]


def test_equal_neighbours_merge_from_the_left():
    tokenizer = BPETokenizer().train("aaaaa", 257)
    assert tokenizer.encode("aaaaa").tolist() == [256, 256, 64]


def test_training_again_starts_anew():
    tokenizer = BPETokenizer().train("low lower lowest", 262)
    assert tokenizer.train("abab", 257).tokens[256:] == [b"ab"]
    assert tokenizer.vocab_size == 257 and tokenizer.decode(tokenizer.encode("low abab")) == "low abab"


def test_a_vocabulary_beyond_the_surrogates_works():
    """New letters may be code points that are no characters: more tokens than 55,227."""
    spelled = [a + b for a in tokenization.LETTERS for b in tokenization.LETTERS]
    lines = [f"{pair[0]} {pair[1]}" for pair in spelled]
    tokenizer = BPETokenizer(split=False)
    tokenizer.use(tokenization.read_merges(lines))
    assert tokenizer.vocab_size == 256 + 65_536
    text = "".join(map(chr, range(32, 2000)))
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert max(tokenizer.encode("\x1f\x1f \xad\xad")) > 0xD800


def test_long_text_without_cuts_is_no_trap():
    """Seconds, not hours: the work grows with the length, not with its square."""
    text = MIXED * 5
    tokenizer = BPETokenizer(split=False).train(text, 400)
    start = time.process_time()
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert time.process_time() - start < 30


@pytest.mark.parametrize("text, first", [
    ("it's", ["it", "'s"]), ("we'LL", ["we", "'", "LL"]), ("a  b", ["a", " ", " b"]), ("a \n", ["a", " \n"]),
    (" x²½", [" x", "²½"]), ("snake_case", ["snake", "_", "case"]), ("e\u0301", ["e", "\u0301"]),
    ("a\x1cb", ["a", "\x1c", "b"]), ("a \x1c", ["a", " \x1c"]), ("a\x85\x85b", ["a", "\x85", "\x85", "b"]),
    ("१२ मन", ["१२", " मन"]), ("一二3", ["一二", "3"])])
def test_text_is_cut_as_gpt2_does(text, first):
    assert pieces(text) == first


# ---- errors

def told(error: type[Exception], f, *args) -> str:
    with pytest.raises(error) as caught:
        f(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


LOW = BPETokenizer().train("low lower", 258)
SMALL = CharTokenizer().train("abc")


@pytest.mark.parametrize("tokenizer, size", [(LOW, 258), (SMALL, 3)])
def test_ids_out_of_range_are_named(tokenizer, size):
    for wrong in (-1, size, 10 ** 12):
        said = told(ValueError, tokenizer.decode, [0, 1, wrong])
        assert f"token id {wrong} at place 2" in said and f"0 to {size - 1}" in said


@pytest.mark.parametrize("tokenizer", [LOW, SMALL])
@pytest.mark.parametrize("ids", [[0.5], [[0, 1]], 3, ["a"], None, [True, False]])
def test_what_is_no_row_of_ids_is_refused(tokenizer, ids):
    assert "one row of whole numbers" in told(TypeError, tokenizer.decode, ids)


@pytest.mark.parametrize("tokenizer", [LOW, SMALL])
@pytest.mark.parametrize("text", [b"abc", 5, None, ["a"]])
def test_what_is_no_text_is_refused(tokenizer, text):
    for f in (tokenizer.encode, tokenizer.train, lambda text: tokenizer.train(text, 300)):
        if f != tokenizer.train or tokenizer is SMALL:
            said = told(TypeError, f, text)
            assert type(text).__name__ in said or "positional" in said


@pytest.mark.parametrize("tokenizer", [LOW, SMALL])
def test_half_a_character_is_named_with_its_place(tokenizer):
    said = told(ValueError, tokenizer.encode, "abc \ud83d")
    assert r"'\ud83d' in position 4" in said


def test_unknown_characters_are_named_with_their_place():
    assert "'x' at place 2" in told(ValueError, SMALL.encode, "abxyz")
    assert "'\\n' at place 0" in told(ValueError, SMALL.encode, "\n")
    assert "'a' at place 0" in told(ValueError, CharTokenizer().encode, "a")


@pytest.mark.parametrize("train", [CharTokenizer().train, lambda text: BPETokenizer().train(text, 256),
                                   lambda text: BPETokenizer(split=False).train(text, 300)])
def test_an_empty_text_teaches_nothing(train):
    assert "this one is empty" in told(ValueError, train, "")


def test_an_empty_text_has_no_ids():
    for tokenizer in (LOW, SMALL, BPETokenizer(split=False)):
        assert tokenizer.encode("").shape == (0,) and tokenizer.encode("").dtype == np.int64
        assert tokenizer.decode([]) == tokenizer.decode(np.array([])) == ""


@pytest.mark.parametrize("size", [-1, 0, 255, 2 ** 21])
def test_an_impossible_vocabulary_size_is_named(size):
    assert f"it is {size}" in told(ValueError, BPETokenizer().train, "text", size)


def test_a_vocabulary_larger_than_the_text_allows_is_refused_with_the_size_that_works():
    tokenizer = BPETokenizer().train("ab", 257)
    said = told(ValueError, tokenizer.train, "banana", 1000)
    assert "vocab_size 1000 is too large" in said and "after 260 tokens" in said
    assert tokenizer.tokens[256:] == [b"ab"], "what was there before stays"
    assert tokenizer.train("banana", 260).encode("banana").tolist() == [259]


def test_half_characters_become_the_replacement_character():
    ids = BPETokenizer().encode("é中").tolist()
    assert BPETokenizer().decode(ids[:1]) == "�" and BPETokenizer().decode(ids[:4]) == "é�"


# ---- files

def test_a_saved_vocabulary_comes_back(tokenizer, tmp_path):
    path = tmp_path / "vocabulary.json"
    tokenizer.save(path)
    again = BPETokenizer.load(str(path))
    assert (again.split, again.tokens, list(again.merges.items())) == (
        tokenizer.split, tokenizer.tokens, list(tokenizer.merges.items()))
    assert (again.encode(MIXED) == tokenizer.encode(MIXED)).all()
    assert os.listdir(tmp_path) == ["vocabulary.json"]
    first = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == first


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "vocabulary.json"
    LOW.save(path)
    before = path.read_bytes()

    def full(self, *args, **options):
        with open(self, "w") as file:
            file.write("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        MIXED_TOKENIZER.save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["vocabulary.json"]


MIXED_TOKENIZER = BPETokenizer().train(MIXED, 300)


def damaged(tmp_path, change) -> str:
    """What load says when `change` has been at the content of a file, (dict or text) -> what is written instead."""
    path = tmp_path / "vocabulary.json"
    BPETokenizer().train("low lower lowest", 262).save(path)
    content = change(json.loads(path.read_text(encoding="utf-8")))
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    said = told(ValueError, BPETokenizer.load, path)
    assert str(path) in said
    return said


def without(key, index):
    return lambda content: {**content, key: content[key][:index] + content[key][index + 1:]}


@pytest.mark.parametrize("change, words", [
    (lambda content: json.dumps(content)[:1500], "damaged: Unterminated string"),
    (lambda content: "", "damaged: Expecting value: line 1"),
    (lambda content: [1, 2], "is no vocabulary"),
    (lambda content: {**content, "split": "yes"}, "is no vocabulary"),
    (lambda content: {key: content[key] for key in ("split", "tokens")}, "is no vocabulary"),
    (lambda content: {**content, "merges": [["l", "o"]]}, "is no vocabulary"),
    (without("merges", 0), "line 1: no line before makes 'lo', is one missing?"),
    (without("merges", 5), "no merge makes"),
    (without("tokens", 7), "the token '(' is missing"),
    (without("tokens", 257), "made by line 2 of the merges, is missing"),
    (lambda content: {**content, "tokens": content["tokens"] + ["A"]}, "'A' has the ids 32 and 262"),
    (lambda content: {**content, "merges": content["merges"] + ["l o"]}, "line 7 makes 'lo' a second time"),
    (lambda content: {**content, "merges": content["merges"] + ["a b"]}, "'ab', made by line 7"),
    (lambda content: {**content, "merges": content["merges"] + ["lo"]}, "line 7 should be two tokens"),
    (lambda content: {**content, "merges": ["a 中"]}, "line 1: no line before makes '中'"),
])
def test_a_damaged_vocabulary_is_named_and_explained(tmp_path, change, words):
    assert words in damaged(tmp_path, change)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00binary")
    assert "a.json is damaged: 'utf-8' codec" in told(ValueError, BPETokenizer.load, tmp_path / "a.json")


def test_a_missing_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.json"):
        BPETokenizer.load(tmp_path / "nothing.json")


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    """A small vocabulary in GPT-2's two files."""
    tokenizer = BPETokenizer().train("low lower lowest", 262)
    ids = {tokenization.letters_of(token): i for i, token in enumerate(tokenizer.tokens)} | {"<|endoftext|>": 262}
    tokenizer.save(tmp_path / "all.json")
    lines = ["#version: 0.2", *json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["merges"]]
    (tmp_path / "encoder.json").write_text(json.dumps(ids), encoding="utf-8")
    (tmp_path / "vocab.bpe").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "encoder.json", tmp_path / "vocab.bpe"


def test_files_like_gpt2s_are_read(pair):
    tokenizer = BPETokenizer.from_gpt2(*map(str, pair))
    assert tokenizer.vocab_size == 263 and tokenizer.decode([262]) == "<|endoftext|>"
    assert (tokenizer.encode("low lowest") == BPETokenizer().train("low lower lowest", 262).encode("low lowest")).all()
    assert 262 not in tokenizer.encode("<|endoftext|>"), "a user who types it does not end the text"


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_ends_of_lines_do_not_matter(pair, end, break_):
    lines = pair[1].read_text(encoding="utf-8").splitlines()
    pair[1].write_bytes((break_.join(lines) + end.replace("\n", break_)).encode())
    assert BPETokenizer.from_gpt2(*pair).vocab_size == 263


def test_a_vocabulary_with_two_files_is_kept_in_one(pair, tmp_path):
    tokenizer = BPETokenizer.from_gpt2(*pair)
    tokenizer.save(tmp_path / "one.json")
    assert BPETokenizer.load(tmp_path / "one.json").tokens == tokenizer.tokens


def test_ids_in_another_order_are_kept(pair):
    ids = json.loads(pair[0].read_text(encoding="utf-8"))
    pair[0].write_text(json.dumps({token: 262 - i for token, i in ids.items()}), encoding="utf-8")
    tokenizer = BPETokenizer.from_gpt2(*pair)
    assert tokenizer.encode("!").tolist() == [262] and tokenizer.decode([0]) == "<|endoftext|>"
    assert tokenizer.decode(tokenizer.encode("low é lowest")) == "low é lowest"


@pytest.mark.parametrize("change, words", [
    (lambda lines: lines[:2] + lines[3:], ["vocab.bpe", "line 3: no line before makes 'low'"]),
    (lambda lines: lines[:-1], ["encoder.json", "no merge makes", "a line after line 6"]),
    (lambda lines: [*lines[:3], "l", *lines[3:]], ["vocab.bpe", "line 4 should be two tokens"]),
    (lambda lines: [*lines[:3], "l o w", *lines[3:]], ["vocab.bpe", "line 4 should be two tokens"]),
    (lambda lines: [*lines[:3], "", *lines[3:]], ["vocab.bpe", "line 4 should be two tokens"]),
    (lambda lines: [*lines, lines[1]], ["vocab.bpe", "line 8 makes 'lo' a second time"]),
    (lambda lines: [*lines, "x y"], ["encoder.json", "'xy', made by line 8 of the merges, is missing"]),
])
def test_damaged_merges_name_the_line(pair, change, words):
    lines = change(pair[1].read_text(encoding="utf-8").splitlines())
    pair[1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = told(ValueError, BPETokenizer.from_gpt2, *pair)
    assert all(word in said for word in words), said


@pytest.mark.parametrize("change, words", [
    (lambda ids: list(ids), "an id, a whole number, for each token"),
    (lambda ids: {**ids, "a": "64"}, "an id, a whole number"),
    (lambda ids: {**ids, "a": 64.0}, "an id, a whole number"),
    (lambda ids: {**ids, "a": True}, "an id, a whole number"),
    (lambda ids: {**ids, "a": 300}, "no token has the id 64"),
    (lambda ids: {**ids, "a": 65}, "no token has the id 64"),
    (lambda ids: {**ids, "twice": 65}, "has the id 65"),
    (lambda ids: {**ids, "<a b>": 263}, "no merge makes '<a b>', id 263"),
    (lambda ids: {**ids, "z": 5, "<|endoftext|>": 89}, "a second token, 'z', has the id 5"),
])
def test_a_damaged_encoder_says_what_is_wrong(pair, change, words):
    pair[0].write_text(json.dumps(change(json.loads(pair[0].read_text(encoding="utf-8")))), encoding="utf-8")
    said = told(ValueError, BPETokenizer.from_gpt2, *pair)
    assert "encoder.json is damaged" in said and words in said


def test_files_that_are_no_files_like_gpt2s_are_refused(pair):
    encoder, merges = pair
    assert "encoder.json is damaged: line 1 should be" in told(ValueError, BPETokenizer.from_gpt2, encoder, encoder)
    assert "vocab.bpe is damaged: Expecting value: line 1" in told(ValueError, BPETokenizer.from_gpt2, merges, merges)


def test_the_names_are_public():
    assert tt.BPETokenizer is BPETokenizer and tt.CharTokenizer is CharTokenizer


