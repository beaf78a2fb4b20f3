"""Questions with known answers that several milestones put to the student's parts before an experiment begins."""
from collections.abc import Callable

import numpy as np


def two_steps(make_optimizer: Callable) -> np.ndarray:
    """Where an optimizer takes a weight of 5 in two steps with gradient 1; make_optimizer is given the list of it."""
    import tinytorch as tt

    w = tt.Tensor([5.0], requires_grad=True)
    optimizer = make_optimizer([w])
    for _ in range(2):
        optimizer.zero_grad()
        w.grad = np.float32([1.0])
        optimizer.step()
    return w.numpy()
