"""Layers for pictures on shapes that wrong implementations stumble over, in one table."""
import tinytorch as tt
from tests.framework.pytorch.case import Case, distinct, exactly, normal, uniform
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
    return [Case(name, ours, inputs, theirs, rtol=1e-4),
            Case(f"{name} bias", ours, (*inputs, normal(out)), theirs, rtol=1e-4)]


def pooling(shape: tuple, kernel: tuple, stride: tuple, padding: tuple, x=None, smooth=True) -> list[Case]:
    options, name = {"kernel": kernel, "stride": stride, "padding": padding}, f"{shape} {kernel} {stride} {padding}"
    inputs = (x or distinct(*shape),)
    return [Case(f"max_pool2d {name}", lambda x: MaxPool2dOp.apply(x, **options), inputs,
                 lambda torch, x: torch.nn.functional.max_pool2d(x, kernel, stride, padding), smooth),
            Case(f"avg_pool2d {name}", lambda x: AvgPool2dOp.apply(x, **options), inputs,
                 lambda torch, x: torch.nn.functional.avg_pool2d(x, kernel, stride, padding))]


def normalization(shape: tuple, training: bool) -> Case:
    def theirs(torch, x, weight, bias):
        mean, var = torch.zeros(shape[1], dtype=x.dtype), torch.ones(shape[1], dtype=x.dtype)
        return torch.nn.functional.batch_norm(x, mean, var, weight, bias, training)

    def ours(x, weight, bias):
        layer = tt.BatchNorm2d(shape[1]).train(training)
        vars(layer).update(weight=weight, bias=bias)          # these very Tensors, learned or not
        return layer(x)

    inputs = normal(*shape), uniform(0.5, 2, shape[1]), normal(shape[1])
    # in training the operation is told the mean and variance of x, and alone it has not the layer's derivative
    return Case(f"batch_norm {shape} {'train' if training else 'eval'}", ours, inputs, theirs, not training, rtol=1e-4)


TIES = [[[[1, 1, 0, 2], [1, 1, 2, 2], [0, 0, 0, 0]]]]
SPATIAL = [
    *[case for row in CONVOLUTIONS for case in convolution(*row)],
    *[case for row in POOLS for case in pooling(*row)],
    *pooling((1, 1, 3, 4), (2, 2), (1, 1), (0, 0), exactly(TIES), smooth=False),
    *pooling((1, 1, 2, 2), (3, 3), (2, 2), (1, 1), exactly([[[[-1, -2], [-3, -4]]]])),
    *[normalization((4, 3, 2, 5), training) for training in (True, False)],
]
