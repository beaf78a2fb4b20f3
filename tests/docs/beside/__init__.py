"""What docs/pytorch.md says of each name: the same numbers, or a difference, seen on both sides."""
from importlib.util import find_spec

HOLDS = {}
if find_spec("torch"):
    from tests.docs.beside import learning, networks, tensors

    HOLDS = {**tensors.HOLDS, **learning.HOLDS, **networks.HOLDS}
NOT_COMPARED = {
    "save_checkpoint": "files of two formats: tests/framework/test_checkpoints.py proves ours",
    "load_checkpoint": "the same",
    "load_mnist": "needs torchvision and a download: tests/framework/test_data_sets.py reads published files",
    "load_cifar10": "the same",
    "Profiler": "two tools for one question",
    "measure_latency": "the same",
    "Benchmark": "the same",
    "measure_memory": "PyTorch's counts a GPU's memory",
}
