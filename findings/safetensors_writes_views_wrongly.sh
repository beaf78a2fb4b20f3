#!/usr/bin/env bash
# safetensors writes a transposed or strided NumPy array with its numbers in another order, and says nothing.
#
# Guessed: what is saved can be loaded, whatever the array's memory looks like; `.T` and `[::2]` are arrays as any other.
# Seen: since 0.8 `safetensors.numpy.save` takes the numbers as they lie in memory and the shape as it is. The file is
# valid, the shape is right, the values are not: a transposed weight comes back scrambled. 0.7 writes the same array right.
# np.ascontiguousarray before every save, and a test with a transposed array.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
for version in 0.7.0 0.8.0; do
    "$folder/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 safetensors==$version 2>&1 \
        | { grep -v '^WARNING' || true; }
    "$folder/bin/python" - <<'PY'
import numpy as np
from importlib.metadata import version
from safetensors.numpy import load, save

weight = np.arange(6, dtype=np.float32).reshape(2, 3)
cases = {"weight.T": weight.T, "weight[:, ::2]": weight[:, ::2], "a contiguous copy": np.ascontiguousarray(weight.T)}
right = {name: bool((load(save({"x": array}))["x"] == array).all()) for name, array in cases.items()}
print(f"safetensors {version('safetensors')}, loaded as saved: {right}")
old = version("safetensors") == "0.7.0"
assert list(right.values()) == [old, old, True]
PY
done
