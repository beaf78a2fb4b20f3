"""Layers for pictures on shapes that wrong implementations stumble over, in one table."""
from case import Case, exactly, normal

from tinytorch.spatial import AvgPool2dOp, Conv2dOp, MaxPool2dOp

CONVOLUTIONS = [                       # x, (out channels, kernel), stride, padding
    ((2, 3, 6, 7), (4, 3, 3), (1, 1), (0, 0)), ((2, 3, 6, 7), (4, 3, 3), (1, 1), (1, 1)),
    ((1, 2, 9, 8), (3, 2, 4), (2, 3), (0, 0)), ((2, 2, 5, 8), (1, 3, 5), (1, 2), (1, 2)),
    ((2, 1, 4, 5), (2, 1, 1), (1, 1), (0, 0)), ((1, 2, 3, 4), (2, 1, 2), (1, 1), (2, 3)),
    ((2, 2, 7, 7), (3, 3, 3), (2, 2), (1, 1)), ((1, 1, 3, 3), (1, 5, 5), (1, 1), (1, 1))]
POOLS = [((2, 3, 4, 6), (2, 2), (2, 2), (0, 0)), ((2, 2, 7, 5), (2, 2), (2, 2), (0, 0)),
         ((1, 2, 7, 8), (3, 3), (2, 2), (1, 1)), ((2, 1, 5, 6), (2, 3), (1, 2), (0, 1)),
         ((1, 1, 6, 6), (2, 2), (3, 3), (1, 0))]


def convolution(shape: tuple, kernel: tuple, stride: tuple, padding: tuple) -> list[Case]:
    def theirs(torch, x, w, *bias):
        return torch.nn.functional.conv2d(x, w, *bias, stride=stride, padding=padding)

    def ours(*inputs):
        return Conv2dOp.apply(*inputs, stride=stride, padding=padding)

    out, kh, kw = kernel
    inputs = normal(*shape), normal(out, shape[1], kh, kw)
    name = f"conv2d {shape} {kernel} {stride} {padding}"
    return [Case(name, ours, inputs, theirs), Case(f"{name} bias", ours, (*inputs, normal(out)), theirs)]


def pooling(shape: tuple, kernel: tuple, stride: tuple, padding: tuple, x=None) -> list[Case]:
    options, name = {"kernel": kernel, "stride": stride, "padding": padding}, f"{shape} {kernel} {stride} {padding}"
    inputs = (x or normal(*shape),)
    return [Case(f"max_pool2d {name}", lambda x: MaxPool2dOp.apply(x, **options), inputs,
                 lambda torch, x: torch.nn.functional.max_pool2d(x, kernel, stride, padding)),
            Case(f"avg_pool2d {name}", lambda x: AvgPool2dOp.apply(x, **options), inputs,
                 lambda torch, x: torch.nn.functional.avg_pool2d(x, kernel, stride, padding))]


TIES = [[[[1, 1, 0, 2], [1, 1, 2, 2], [0, 0, 0, 0]]]]
SPATIAL_CASES = [case for row in CONVOLUTIONS for case in convolution(*row)]
SPATIAL_CASES += [case for row in POOLS for case in pooling(*row)]
SPATIAL_CASES += pooling((1, 1, 3, 4), (2, 2), (1, 1), (0, 0), exactly(TIES))
SPATIAL_CASES += pooling((1, 1, 2, 2), (3, 3), (2, 2), (1, 1), exactly([[[[-1, -2], [-3, -4]]]]))
