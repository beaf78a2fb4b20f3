"""The command line of the course, and the helpers its notebooks share."""
import tinytorch  # noqa: F401  (limits BLAS to one thread, before anything here imports NumPy)
