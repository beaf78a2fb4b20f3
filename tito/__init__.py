"""The command line of the course, and the helpers its notebooks share."""
import os

# Small matrices are 15 times slower on many BLAS threads than on one. NumPy reads this once, when it is first imported.
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(variable, "1")
