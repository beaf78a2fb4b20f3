#!/usr/bin/env bash
# GGUF's Q4_0, a 4-bit format without a zero point, keeps the largest weight of a block and takes an eighth off its opposite.
#
# Guessed: without a zero point a format is symmetric: what -w becomes is the negative of what w becomes.
# Seen: the scale of a block of 32 has a sign. It is chosen so that the weight of largest size is exactly -8 steps, and
# the other end is cut at 7. In a block with 1.0 and -1.0 the one that stands first is kept, the other becomes 0.875 in
# size; in the block turned round it is the other way. Q8_0 is symmetric. A layer whose weights come in pairs, w and -w,
# such as an edge filter, comes out of Q4_0 and Q5_0 with unequal pairs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 gguf==0.19.0 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/python" - <<'PY'
from importlib.metadata import version

import numpy as np
from gguf import GGMLQuantizationType, quants

block = np.zeros((1, 32), np.float32)
block[0, :4] = 1.0, 0.5, -0.5, -1.0


def back(array, kind):
    return quants.dequantize(quants.quantize(np.ascontiguousarray(array), kind), kind)


ends = {}
for name in ("Q4_0", "Q5_0", "Q8_0"):
    kind = GGMLQuantizationType[name]
    straight, turned = back(block, kind), back(block[:, ::-1], kind)[:, ::-1]
    ends[name] = [[round(float(numbers[0, place]), 3) for place in (0, 3)] for numbers in (straight, turned)]
print(f"gguf {version('gguf')}: 1.0 and -1.0 become, in this order of the block and in the other, {ends}")
assert ends == {"Q4_0": [[1.0, -0.875], [0.875, -1.0]], "Q5_0": [[1.0, -0.938], [0.938, -1.0]],
                "Q8_0": [[1.0, -1.0], [1.0, -1.0]]}
PY
