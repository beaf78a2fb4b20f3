#!/usr/bin/env bash
# PyTorch's counter of FLOPs counts nothing for a matrix times a vector, nor for a whole encoder layer in evaluation.
#
# Guessed: torch.utils.flop_counter.FlopCounterMode counts what is computed: all products, however they are written, and
# the same for the same layer with the same weights on the same numbers.
# Seen in 2.13 on the CPU: `W @ v` and `torch.dot` are 0 FLOPs, `W @ v[:, None]`, the same products, are all counted.
# nn.TransformerEncoderLayer in eval mode is 1,966,080 FLOPs while gradients are recorded (its attention is missing: the
# CPU's fused kernel has no formula) and 0 under no_grad, where the layer becomes one fused operation that has none either.
# No warning in any of them. A count by formula should stand beside every count by a tool.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 torch==2.13.0 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/python" - <<'PY'
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def counted(compute):
    with FlopCounterMode(display=False) as counter:
        compute()
    return counter.get_total_flops()


matrix, vector = torch.randn(64, 64), torch.randn(64)
products = {"W @ v": lambda: matrix @ vector, "dot": lambda: torch.dot(vector, vector),
            "W @ v[:, None]": lambda: matrix @ vector[:, None]}
found = {name: counted(compute) for name, compute in products.items()}

layer, x = nn.TransformerEncoderLayer(64, 4, 256, batch_first=True).eval(), torch.randn(2, 10, 64)
found["encoder layer, eval"] = counted(lambda: layer(x))
with torch.no_grad():
    found["encoder layer, eval, no_grad"] = counted(lambda: layer(x))
by_formula = 2 * 20 * (4 * 64 * 64 + 2 * 64 * 256) + 2 * 2 * 2 * 4 * 10 * 10 * 16
print(f"PyTorch {torch.__version__}: {found}; the encoder layer by formula: {by_formula}")
assert list(found.values()) == [0, 0, 8192, 1966080, 0] and by_formula == 2017280
PY
