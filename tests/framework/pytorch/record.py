"""Record what PyTorch computes for every row of the tables, so that the tests need no PyTorch: recorded.npz.

Run it in an environment with PyTorch, from the course folder, after changing a table:
    python -m tests.framework.pytorch.record
"""
from pathlib import Path

import numpy as np

from tests.framework.pytorch.attention import ATTENTION, layer_arrays
from tests.framework.pytorch.case import Case
from tests.framework.pytorch.embeddings import EMBEDDINGS
from tests.framework.pytorch.gpt2 import gpt2_arrays
from tests.framework.pytorch.networks import language_arrays, model_arrays, network_arrays
from tests.framework.pytorch.operations import OPERATIONS
from tests.framework.pytorch.spatial import SPATIAL
from tests.framework.pytorch.transformers import TRANSFORMERS
from tests.framework.pytorch.walks import RECIPES, walk_arrays

CASES = [*OPERATIONS, *SPATIAL, *EMBEDDINGS, *ATTENTION, *TRANSFORMERS]
RECORDED = Path(__file__).with_name("recorded.npz")


def torch_arrays(case: Case, seed: int = 0) -> dict[str, np.ndarray]:
    """PyTorch's output in float32, as its users see it, and its gradients in float64, exact enough to judge by."""
    import torch

    inputs = [torch.from_numpy(array) for array in case.arrays(seed)]
    arrays = {f"{case.name}/output": case.run_theirs(torch, inputs).numpy()}
    leaves = [x.double().requires_grad_() for x in inputs]
    output = case.run_theirs(torch, leaves)
    output.backward(torch.from_numpy(np.asarray(case.cotangent(tuple(output.shape)))))
    return arrays | {f"{case.name}/gradient {i}": leaf.grad.numpy() for i, leaf in enumerate(leaves)}


def all_arrays() -> dict[str, np.ndarray]:
    """Everything that belongs in the file, by key."""
    arrays = model_arrays() | network_arrays() | language_arrays() | layer_arrays() | gpt2_arrays()
    for case in CASES:
        arrays |= torch_arrays(case)
    for name in RECIPES:
        arrays |= walk_arrays(name)
    return arrays


if __name__ == "__main__":
    np.savez_compressed(RECORDED, **all_arrays())
    print(f"{RECORDED}: {RECORDED.stat().st_size / 1e3:.0f} KB")
