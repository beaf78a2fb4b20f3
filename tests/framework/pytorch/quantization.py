"""Random tensors that are hard to round, and the codes that PyTorch gives them; some are recorded in quantization.npz.

Run it in an environment with PyTorch, from the course folder, after changing the cases:
    python -m tests.framework.pytorch.quantization
"""
import warnings
from pathlib import Path

import numpy as np

import tinytorch as tt
from tinytorch.quantization import in_groups, out_of_groups

RECORDED = Path(__file__).with_name("quantization.npz")
SEEDS = range(1000)                                        # the first 24 are recorded


def case(seed: int) -> tuple[np.ndarray, dict]:
    """x of any shape and size, and options for quantize. Every third x lies on edges between codes."""
    rng = np.random.RandomState(seed)
    x = rng.standard_normal(rng.randint(1, 9, size=rng.randint(1, 5))) * 10 ** rng.uniform(-4, 4)
    x = x + rng.choice([0, 1]) * np.abs(x).max()
    bits, axis = (8, 4)[seed % 2], int(rng.randint(-x.ndim, x.ndim))
    if seed % 3 == 0:
        x = (rng.randint(-2 ** bits, 2 ** bits, size=x.shape) + 0.5) * 2.0 ** rng.randint(-3, 3)
    x.flat[rng.randint(x.size)] *= rng.choice([0, 1, 30])
    where = {"axis": axis} if rng.rand() < 0.5 else {"group_size": int(rng.randint(1, 7))}
    return x.astype(np.float32), {"bits": bits, "symmetric": bool(rng.rand() < 0.5), **where}


def their_codes(torch, x: np.ndarray, q: tt.Quantized) -> np.ndarray:
    """quantize_per_channel of x with the scales and zero points of q. What has 4 bits is clipped from its 8."""
    parts, axis = (x, q.axis) if q.group_size is None else (in_groups(x, q.group_size), 0)
    shape = parts.shape
    parts = parts if q.group_size is None else parts.reshape(-1, q.group_size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                    # PyTorch moves such functions to torchao
        codes = torch.quantize_per_channel(
            torch.from_numpy(parts), torch.from_numpy(q.scale.ravel().astype(np.float64)),
            torch.from_numpy(q.zero_point.ravel().astype(np.int64)), axis % parts.ndim, torch.qint8)
    codes = codes.int_repr().numpy().clip(-2 ** (q.bits - 1), 2 ** (q.bits - 1) - 1)
    return codes if q.group_size is None else out_of_groups(codes.reshape(shape), x.shape)


def recorded() -> dict[str, np.ndarray]:
    import torch

    cases = {str(seed): case(seed) for seed in SEEDS[:24]}
    return {seed: their_codes(torch, x, tt.quantize(x, **options)) for seed, (x, options) in cases.items()}


if __name__ == "__main__":
    np.savez_compressed(RECORDED, **recorded())
    print(f"{RECORDED}: {RECORDED.stat().st_size / 1e3:.0f} KB")
