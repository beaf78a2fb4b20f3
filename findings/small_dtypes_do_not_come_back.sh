#!/usr/bin/env bash
# Arrays of 4 and 8 bits (ml_dtypes) can be saved by np.save and not be read again, add up to nonsense, and turn nan into 0.
#
# Guessed: a dtype that NumPy accepts is written and read by np.save and np.load; np.sum of small integers takes a wider
# type, as it does for int8; a number too large is clipped; nan stays nan, or raises.
# Seen: float8_e4m3fn, int4 and bfloat16 come back as raw bytes (void) without a word. float8_e5m2 is written with a name
# that np.load then refuses: the file is complete and unreadable. The sum of 7, 7, 7 in int4 is 5, while that in NumPy's
# own int8 is an int64. 100 as int4 is 4. 500 becomes nan as float8_e4m3fn but 6 as float4_e2m1fn, whose nan is -0.
# Save the bytes as uint8 with the name of the dtype beside them, add up in int32, clip first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 ml_dtypes==0.6.0 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/python" -W ignore - <<'PY'
import io
from importlib.metadata import version

import ml_dtypes
import numpy as np


def loaded(array):
    file = io.BytesIO()
    np.save(file, array)
    file.seek(0)
    try:
        return str(np.load(file).dtype)
    except ValueError as error:
        return str(error)


came_back = {name: loaded(np.ones(3, getattr(ml_dtypes, name))) for name in ("float8_e4m3fn", "int4", "bfloat16", "float8_e5m2")}
sums = int(np.sum(np.full(3, 7, ml_dtypes.int4))), int(np.sum(np.full(3, 100, np.int8)))
large = {name: float(np.float32([value]).astype(getattr(ml_dtypes, name))[0])
         for name, value in (("int4", 100), ("float8_e4m3fn", 500), ("float4_e2m1fn", 500))}
no_number = float(np.float32([np.nan]).astype(ml_dtypes.float4_e2m1fn)[0])
print(f"ml_dtypes {version('ml_dtypes')}, NumPy {np.__version__}; loaded as {came_back}")
print(f"7 + 7 + 7 as int4 {sums[0]}, 100 + 100 + 100 as int8 {sums[1]}; too large: {large}; nan as float4: {no_number}")
assert came_back == {"float8_e4m3fn": "|V1", "int4": "|V1", "bfloat16": "|V2",
                     "float8_e5m2": "descr is not a valid dtype descriptor: '<f1'"}
assert sums == (5, 300) and large["int4"] == 4 and np.isnan(large["float8_e4m3fn"]) and large["float4_e2m1fn"] == 6
assert no_number == 0
PY
