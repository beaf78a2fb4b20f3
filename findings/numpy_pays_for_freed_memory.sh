#!/usr/bin/env bash
# Telling malloc to keep more freed memory makes NumPy slower, unless it is told two things.
#
# Guessed: MALLOC_TRIM_THRESHOLD_ (or mallopt's M_TRIM_THRESHOLD) says when glibc gives freed memory back to the system,
# so a high value saves the page faults that every new temporary array costs.
# Seen: with that setting alone there are many more. glibc adapts its limit for arrays that get a mapping of their own
# (128 kB at first, up to 32 MB) to what the program frees, and any such setting switches that off: each array above
# 128 kB is then mapped, filled with zeros page by page, and unmapped at once. With M_MMAP_THRESHOLD set as well, the
# faults are gone. NumPy's own small cache holds no arrays of that size. Linux with glibc only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6
cat > "$folder/temporaries.py" <<'PY'
import resource
import numpy as np

x = np.random.default_rng(0).random((768, 512), dtype=np.float32)      # 1.5 MB: a hidden layer's output

def layer(x):
    """Several arrays alive at a time, as in a forward and backward pass."""
    kept = [x]
    for _ in range(8):
        kept.append(np.tanh(kept[-1]) * 0.5)
    return sum(kept)

layer(x)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    layer(x)
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 50)
PY
faults() { env "$@" OPENBLAS_NUM_THREADS=1 "$folder/bin/python" "$folder/temporaries.py"; }
plain=$(faults A=1)
trim=$(faults MALLOC_TRIM_THRESHOLD_=1073741824)
both=$(faults MALLOC_TRIM_THRESHOLD_=1073741824 MALLOC_MMAP_THRESHOLD_=1073741824)
"$folder/bin/python" -c "import numpy, platform; print('NumPy', numpy.__version__, *platform.libc_ver())"
echo "page faults a pass over 8 layers: $plain as it is, $trim with the trim threshold raised, $both with the mmap threshold raised too"
[ "$trim" -gt 1000 ] && [ "$trim" -gt "$((10 * plain))" ] && [ "$both" -lt 100 ]
