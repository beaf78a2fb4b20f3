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


def rates_of_a_cycle() -> list[float]:
    """The learning rates that OneCycleLR sets for the four steps of a cycle up to 1."""
    import tinytorch as tt

    optimizer = tt.SGD([tt.Tensor([0.0], requires_grad=True)], lr=1)
    schedule, found = tt.OneCycleLR(optimizer, max_lr=1, total_steps=4, pct_start=0.5), []
    for _ in range(4):
        found.append(optimizer.lr)
        schedule.step()
    return found
