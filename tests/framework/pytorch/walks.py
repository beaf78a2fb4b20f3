"""Where PyTorch's optimizers take the same parameters by the same gradients, in a table of recipes."""
from collections.abc import Iterator

import numpy as np

SHAPES = [(5, 4), (7,), ()]
SNAPSHOTS = (1, 10, 100, 1000)
RECIPES = {                                            # name -> class, arguments
    "sgd": ("SGD", {"lr": 0.05}),
    "sgd decay": ("SGD", {"lr": 0.05, "weight_decay": 0.3}),
    "momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
    "momentum decay": ("SGD", {"lr": 0.02, "momentum": 0.8, "weight_decay": 0.2}),
    "nesterov": ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "nesterov decay": ("SGD", {"lr": 0.02, "momentum": 0.7, "nesterov": True, "weight_decay": 0.1}),
    "adam": ("Adam", {}),
    "adam decay": ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.5}),
    "adamw": ("AdamW", {"lr": 0.01}),
    "adamw decay": ("AdamW", {"lr": 0.01, "betas": (0.7, 0.99), "eps": 1e-4, "weight_decay": 0.5}),
}


def starts() -> list[np.ndarray]:
    rng = np.random.RandomState(0)
    return [np.asarray(rng.standard_normal(shape), np.float32) for shape in SHAPES]


def gradients(arrays: list[np.ndarray], step: int) -> Iterator[np.ndarray | None]:
    """Noisy slopes of a bowl, of sizes from 0.01 to 100; none for the last parameter in two of three steps."""
    rng = np.random.RandomState(step)
    for i, array in enumerate(arrays):
        noise = rng.standard_normal(array.shape) * 10.0 ** rng.randint(-2, 3)
        yield None if i == 2 and step % 3 else np.asarray(array + noise, np.float32)


def rate(first: float, step: int) -> float:
    """A schedule: the learning rate sinks to a tenth."""
    return first * (1 - 0.9 * step / SNAPSHOTS[-1])


def walk_arrays(name: str) -> dict[str, np.ndarray]:
    import torch

    kind, options = RECIPES[name]
    params = [torch.tensor(start, requires_grad=True) for start in starts()]
    optimizer, arrays = getattr(torch.optim, kind)(params, **options), {}
    group = optimizer.param_groups[0]
    first = group["lr"]
    for step in range(1, SNAPSHOTS[-1] + 1):
        group["lr"] = rate(first, step)
        for param, grad in zip(params, gradients([p.detach().numpy() for p in params], step), strict=True):
            param.grad = None if grad is None else torch.tensor(grad)
        optimizer.step()
        if step in SNAPSHOTS:
            arrays |= {f"{name}/{step}/{i}": p.detach().numpy().copy() for i, p in enumerate(params)}
    return arrays
