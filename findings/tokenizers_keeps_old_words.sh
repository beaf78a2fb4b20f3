#!/usr/bin/env bash
# `tokenizers`: an object that is trained again reads known words with the ids of its first training.
#
# Guessed: training replaces the vocabulary, so decode(encode(text)) is the text, as with a new object.
# Seen: the vocabulary is the new one, but words that the object encoded before come from a cache with their old ids,
# which mean other tokens now: "the cat sat" comes back as other words, without an error.
# A new object for each training gives the text back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3
"$folder/bin/python" - <<'PY'
import tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

def new():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer

def train(tokenizer, text):
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=300, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))

first = "the cat sat on the mat and the rat " * 5
second = "under another sky nobody knows these others; zebras quietly graze " * 5
again, fresh = new(), new()
train(again, first)
again.encode(first)
train(again, second)
train(fresh, second)
text = "the cat sat"
came_back = again.decode(again.encode(text).ids)
print(f"tokenizers {tokenizers.__version__}: trained twice, {text!r} comes back as {came_back!r}; "
      f"from a new object as {fresh.decode(fresh.encode(text).ids)!r}")
assert again.get_vocab() == fresh.get_vocab()
assert came_back != text and fresh.decode(fresh.encode(text).ids) == text
PY
