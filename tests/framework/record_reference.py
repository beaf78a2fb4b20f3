"""Record what PyTorch computes for every row of the table, so that the tests need no PyTorch: reference.npz.

Run it in an environment with PyTorch, from the course folder, after changing a table:
    PYTHONPATH=. python tests/framework/record_reference.py
"""
from pathlib import Path

import numpy as np
from case import Case
from operation_table import CASES

REFERENCE = Path(__file__).with_name("reference.npz")


def torch_arrays(case: Case, seed: int = 0) -> dict[str, np.ndarray]:
    """PyTorch's output in float32, as its users see it, and its gradients in float64, exact enough to judge by."""
    import torch

    inputs = [torch.from_numpy(array) for array in case.arrays(seed)]
    arrays = {f"{case.name}/output": case.run_theirs(torch, inputs).numpy()}
    if case.smooth:
        leaves = [x.double().requires_grad_() for x in inputs]
        output = case.run_theirs(torch, leaves)
        output.backward(torch.from_numpy(np.asarray(case.cotangent(tuple(output.shape)))))
        arrays |= {f"{case.name}/gradient {i}": leaf.grad.numpy() for i, leaf in enumerate(leaves)}
    return arrays


def model_arrays() -> dict[str, np.ndarray]:
    """A small PyTorch network, an input and its output; the state_dict under its own keys."""
    import torch
    from torch.nn import Linear, ReLU, Sequential

    torch.manual_seed(0)
    model, x = Sequential(Linear(5, 7), ReLU(), Linear(7, 3)), torch.randn(4, 5)
    arrays = {f"model/state_dict/{key}": value for key, value in model.state_dict().items()}
    arrays |= {"model/input": x, "model/output": model(x)}
    return {key: value.detach().numpy() for key, value in arrays.items()}


def all_arrays() -> dict[str, np.ndarray]:
    """Everything that belongs in the reference, by key."""
    arrays = model_arrays()
    for case in CASES:
        arrays |= torch_arrays(case)
    return arrays


if __name__ == "__main__":
    np.savez_compressed(REFERENCE, **all_arrays())
    print(f"{REFERENCE}: {REFERENCE.stat().st_size / 1e3:.0f} KB")
