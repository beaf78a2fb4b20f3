"""Layer normalization, on shapes and sizes of numbers that wrong implementations stumble over: rows of the table."""
import numpy as np

from tests.framework.pytorch.case import Case, exactly, normal
from tinytorch.transformers import LayerNormOp


def layer_norm(name: str, x, width: int, eps: float = 1e-5) -> Case:
    def theirs(torch, x, weight, bias):
        return torch.nn.functional.layer_norm(x, (width,), weight, bias, eps)

    return Case(f"layer norm, {name}", lambda x, weight, bias: LayerNormOp.apply(x, weight, bias, eps=eps),
                (x, normal(width), normal(width)), theirs, rtol=1e-4)


FAR = exactly(np.random.RandomState(0).standard_normal((3, 5)) * 8 + 100)
TRANSFORMERS = [
    layer_norm("one vector", normal(5), 5), layer_norm("square", normal(4, 4), 4),
    layer_norm("a stack", normal(2, 3, 6), 6),
    layer_norm("a large eps", normal(3, 5), 5, eps=0.5), layer_norm("far from 0", FAR, 5),
]
