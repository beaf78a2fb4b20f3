"""Learning a vocabulary from a megabyte of text: with tinytorch, with `tokenizers` (Rust), and in plain Python.

Every function makes something ready and returns `run`, which learns once and returns the merges as [array of id pairs].
"""
import json
import os
from collections import Counter
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

import tinytorch as tt
from benchmarks.ours import Run
from tinytorch.dataloader import data_folder
from tinytorch.tokenization import LETTER_OF, LETTERS, pieces


def text(size: int) -> str:
    """Tiny Shakespeare if it was fetched before, else Python's manual and library; the first `size` characters."""
    if (data_folder() / "tinyshakespeare" / "input.txt").is_file():
        return tt.load_shakespeare()[:size]
    library = sorted(Path(os.__file__).parent.glob("[a-z]*.py"))
    return "".join([*topics.values(), *(path.read_text(encoding="utf-8") for path in library)])[:size]


def learn(text: str, vocab_size: int) -> Run:
    def run() -> list:
        tokenizer = tt.BPETokenizer().train(text, vocab_size)
        return [np.array([[tokenizer.ids[letter] for letter in pair] for pair in tokenizer.merges])]

    return run


def learn_tokenizers(text: str, vocab_size: int) -> Run:
    """A new object each time: one that was trained before keeps the words of that training."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    def run() -> list:
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(vocab_size=vocab_size, show_progress=False,
                                      initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
        tokenizer.train_from_iterator([text], trainer)
        model = json.loads(tokenizer.to_str())["model"]
        return [np.array([[model["vocab"][token] for token in pair] for pair in model["merges"]])]

    return run


def learn_plain(text: str, vocab_size: int) -> Run:
    """As textbooks have it, after the paper of 2016: count all pairs of all words again for every merge."""
    ids = {byte: LETTERS.index(letter) for byte, letter in LETTER_OF.items()}

    def run() -> list:
        words = {tuple(ids[byte] for byte in word.encode("utf-8")): times
                 for word, times in Counter(pieces(text)).items()}
        merges = []
        for new in range(256, vocab_size):
            counts = Counter()
            for word, times in words.items():
                for pair in zip(word, word[1:]):
                    counts[pair] += times
            merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
            words = {merged(word, merges[-1], new): times for word, times in words.items()}
        return [np.array(merges)]

    return run


def learn_plain_whole(text: str, vocab_size: int) -> Run:
    """Still plainer: no words are counted, every merge reads the whole text."""
    ids = {byte: LETTERS.index(letter) for byte, letter in LETTER_OF.items()}

    def run() -> list:
        words = [tuple(ids[byte] for byte in word.encode("utf-8")) for word in pieces(text)]
        merges = []
        for new in range(256, vocab_size):
            counts = Counter(pair for word in words for pair in zip(word, word[1:]))
            merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
            words = [merged(word, merges[-1], new) for word in words]
        return [np.array(merges)]

    return run


def merged(word: tuple[int, ...], pair: tuple[int, int], new: int) -> tuple[int, ...]:
    """The word with `new` for every pair, from the left."""
    out, place = [], 0
    while place < len(word):
        if word[place:place + 2] == pair:
            out.append(new)
            place += 2
        else:
            out.append(word[place])
            place += 1
    return tuple(out)
