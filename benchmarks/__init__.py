"""tinytorch beside PyTorch and `tokenizers`: the same work, one thread each. `python -m benchmarks --help`."""
import os

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
                  "RAYON_NUM_THREADS"):
    os.environ[_variable] = "1"                  # before NumPy or tokenizers is imported, which read them once
