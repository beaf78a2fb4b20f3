"""Attention on shapes and masks that wrong implementations stumble over: rows of the table, and a layer of PyTorch's.

Masks are given to PyTorch explicitly: its is_causal counts from the first key, ours from the last.
"""
import numpy as np

import tinytorch as tt
from tests.framework.pytorch.case import Case, exactly, normal
from tinytorch.attention import attention_steps

PADDING = np.array([True, True, False, True, False]), np.array([False, True, True, True, True])
NOTHING_FOR_ONE = np.array([[1, 1, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 1, 0], [1, 1, 1, 1, 1]]) == 1
MASKS = {                                              # for 4 queries and 5 keys, in stacks (2, 3)
    "no mask": None,
    "causal, aligned at the last key": tt.causal_mask(4, 5),
    "padding, for all heads and queries": np.stack(PADDING)[:, None, None, :],
    "a mask for each head": np.random.RandomState(0).rand(3, 4, 5) < 0.8,
    "causal and padding": tt.causal_mask(4, 5) & np.stack(PADDING)[:, None, None, :],
    "floats, falling with distance": -np.abs(np.arange(4)[:, None] - np.arange(5)).astype(np.float32),
    "floats and -inf": np.where(tt.causal_mask(4, 5), np.float32(0.5), np.float32(-np.inf)),
    "a query that may look at nothing": NOTHING_FOR_ONE,
    "floats, a query that may look at nothing": np.where(NOTHING_FOR_ONE, np.float32(0), np.float32(-np.inf)),
    "nobody may look at anything": np.zeros((4, 5), bool),
}
SHAPES = {                                             # query, key, value
    "one matrix": ((4, 3), (5, 3), (5, 6)), "a stack": ((2, 4, 3), (2, 5, 3), (2, 5, 6)),
    "square": ((2, 3, 4, 4), (2, 3, 4, 4), (2, 3, 4, 4)), "one query": ((2, 3, 1, 4), (2, 3, 5, 4), (2, 3, 5, 4)),
    "one key": ((2, 4, 3), (2, 1, 3), (2, 1, 3)), "one number each": ((3, 1), (4, 1), (4, 1)),
    "one key and value for all heads": ((2, 3, 4, 4), (2, 1, 5, 4), (2, 1, 5, 2)),
}


def theirs(torch, query, key, value, mask=None):
    mask = None if mask is None else torch.from_numpy(mask)
    mask = mask if mask is None or mask.dtype == torch.bool else mask.to(query.dtype)
    return torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def attention(name: str, shapes: tuple, mask=None) -> Case:
    return Case(f"attention, {name}", lambda *x: tt.scaled_dot_product_attention(*x, attn_mask=mask),
                tuple(normal(*shape) for shape in shapes), lambda torch, *x: theirs(torch, *x, mask=mask), rtol=1e-4)


LARGE = tuple(exactly(np.random.RandomState(i).choice([-size, 0, size], size=(3, 4)))
              for i, size in enumerate((30, 30, 1)))       # scores up to 1,800
ATTENTION = [
    *[attention(name, shapes) for name, shapes in SHAPES.items()],
    *[attention(name, ((2, 3, 4, 4), (2, 3, 5, 4), (2, 3, 5, 2)), mask) for name, mask in MASKS.items()],
    Case("attention of large scores", lambda *x: tt.scaled_dot_product_attention(*x), LARGE, theirs, smooth=False),
    Case("attention step by step", lambda *x: attention_steps(*x, bias=np.float32([0, 1, 2, 3, -np.inf])),
         (normal(2, 4, 3), normal(2, 5, 3), normal(2, 5, 6)),
         lambda torch, *x: theirs(torch, *x, mask=np.float32([[0, 1, 2, 3, -np.inf]])), rtol=1e-4),
]


def layer_arrays() -> dict[str, np.ndarray]:
    """A MultiheadAttention of PyTorch's: its state, what it gives with masks, and its gradients."""
    import torch

    torch.manual_seed(0)
    layer, x, grad = torch.nn.MultiheadAttention(12, 3, batch_first=True), torch.randn(2, 5, 12), torch.randn(2, 5, 12)
    torch.nn.init.normal_(layer.in_proj_bias)
    torch.nn.init.normal_(layer.out_proj.bias)
    arrays = {"mha/x": x, "mha/grad": grad} | {f"mha/state/{key}": value for key, value in layer.state_dict().items()}
    x.requires_grad_()
    may_not = ~torch.from_numpy(tt.causal_mask(5))           # there True is what may not be looked at
    arrays["mha/all"] = layer(x, x, x, need_weights=False)[0]
    arrays["mha/causal"] = layer(x, x, x, attn_mask=may_not, need_weights=False)[0]
    arrays["mha/causal"].backward(grad)
    arrays |= {"mha/gradient/x": x.grad}
    arrays |= {f"mha/gradient/{key}": value.grad for key, value in layer.named_parameters()}
    return {key: value.detach().numpy().copy() for key, value in arrays.items()}
