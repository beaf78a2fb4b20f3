"""tinytorch beside PyTorch: the same model, the same numbers, one thread each. `python -m benchmarks --help`."""
import os

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_variable] = "1"                  # before NumPy is imported, which reads them once
