#!/usr/bin/env bash
# PyTorch gives a half-way number another code than ONNX Runtime, and than its own fake quantization, if the zero point is odd.
#
# Guessed: a code is round(x / scale) + zero_point, halves to even, as the standard of ONNX says; a model that was trained
# with fake quantization meets the same codes when it is really quantized, and again when it is exported.
# Seen: torch.quantize_per_tensor and quantize_per_channel round after the zero point is added. With scale 1 and an odd
# zero point 0.5 becomes the code of 1.0, elsewhere that of 0.0; with an even zero point all agree. Averages
# of two codes are such halves.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 2>&1 \
    | { grep -v '^WARNING' || true; }
"$folder/bin/python" -W ignore - <<'PY'
import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

x = np.float32([0.5, 1.5, 2.5, -0.5, -1.5])


def by_onnx_runtime(zero_point):
    node = helper.make_node("QuantizeLinear", ["x", "scale", "zero_point"], ["codes"])
    graph = helper.make_graph(
        [node], "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [5])],
        [helper.make_tensor_value_info("codes", TensorProto.INT8, [5])],
        [helper.make_tensor("scale", TensorProto.FLOAT, [], [1.0]),
         helper.make_tensor("zero_point", TensorProto.INT8, [], [zero_point])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


found = {}
for zero_point in (0, 1):
    real = torch.quantize_per_tensor(torch.from_numpy(x), 1.0, zero_point, torch.qint8).int_repr()
    fake = torch.fake_quantize_per_tensor_affine(torch.from_numpy(x), 1.0, zero_point, -128, 127)
    found[zero_point] = {"quantize_per_tensor": (real - zero_point).tolist(), "fake_quantize": fake.int().tolist(),
                         "ONNX Runtime": (by_onnx_runtime(zero_point) - zero_point).tolist()}
    print(f"zero point {zero_point}, {x.tolist()} become {found[zero_point]}")
print(f"PyTorch {torch.__version__}, ONNX Runtime {onnxruntime.__version__}, onnx {onnx.__version__}")
to_even = [0, 2, 2, 0, -2]
assert all(codes == to_even for codes in found[0].values())
assert list(found[1].values()) == [[1, 1, 3, -1, -1], to_even, to_even]
PY
