"""The questions with known answers that both parts begin with: convolution, and all that trains it."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tinytorch as tt
from tito.experiment import Stage
from tito.known_answers import rates_of_a_cycle, two_steps

import numpy as np

PICTURE = np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3)
KERNEL = [[[[1, 2], [3, 4]]]]


def convolve() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Your Conv2d on the picture 0 ... 8: its answer, and the slopes of its sum at the kernel and at the picture."""
    layer, x = tt.Conv2d(1, 1, 2, bias=False), tt.Tensor(PICTURE, requires_grad=True)
    layer.weight.data = np.array(KERNEL, np.float32)
    out = layer(x)
    out.sum().backward()
    return out.numpy()[0, 0], layer.weight.grad[0, 0], x.grad[0, 0]


def pool_slope() -> np.ndarray:
    """Where your MaxPool2d sends the slope of its sum."""
    x = tt.Tensor(np.float32([[[[1, 2], [4, 3]]]]), requires_grad=True)
    tt.MaxPool2d(2)(x).sum().backward()
    return x.grad[0, 0]


def normalize(layer: tt.BatchNorm2d, values: list[float]) -> np.ndarray:
    """What your BatchNorm2d makes of these numbers, a batch of pictures of one pixel each."""
    return layer(tt.Tensor(np.float32(values).reshape(-1, 1, 1, 1))).numpy().reshape(-1)


def judge(values: list[float]) -> np.ndarray:
    """The same in eval mode, after it has seen the batch [1, 3] once in training."""
    layer = tt.BatchNorm2d(1)
    normalize(layer, [1, 3])
    layer.eval()
    return normalize(layer, values)


def trained() -> np.ndarray:
    """Where your Trainer takes a weight of 5 in three epochs of one batch, whose loss is the score."""
    model = tt.Linear(1, 1, bias=False)
    model.weight.data = np.float32([[5]])
    trainer = tt.Trainer(model, tt.SGD(model.parameters(), lr=0.1), lambda scores, y: scores.sum())
    trainer.fit([(tt.Tensor([[1.0]]), np.array([0]))], epochs=3, watch=None)
    return model.weight.numpy()


def check_parts(stage: Stage) -> None:
    """Stop with one line that names the notebook of the first part that is wrong."""
    answer, at_kernel, at_picture = [lambda i=i: convolve()[i] for i in range(3)]
    stage.check("Conv2d", "the kernel [[1, 2], [3, 4]] on the picture 0 ... 8", answer, [[27, 37], [57, 67]])
    stage.check("Conv2d", "the gradient at its kernel", at_kernel, [[8, 12], [20, 24]])
    stage.check("Conv2d", "the gradient at its picture", at_picture, [[1, 3, 2], [4, 10, 6], [3, 7, 4]])
    stage.check("MaxPool2d", "on [[1, 2], [4, 3]] its gradient", pool_slope, [[0, 0], [1, 0]])
    stage.check("BatchNorm2d", "for the batch [1, 3] in training it", lambda: normalize(tt.BatchNorm2d(1), [1, 3]),
                [-1, 1])
    stage.check("BatchNorm2d", "after one batch [1, 3], asked in eval mode about 0.2 and 1.2, it",
                lambda: judge([0.2, 1.2]), [0, 0.9535])
    stage.check("cross_entropy", "for scores [[0, 0]] and label 0 it",
                lambda: tt.cross_entropy(tt.Tensor([[0.0, 0.0]]), np.array([0])).item(), 0.6931)
    stage.check("SGD", "two steps with gradient 1, lr 0.1, momentum 0.9, nesterov",
                lambda: two_steps(lambda p: tt.SGD(p, lr=0.1, momentum=0.9, nesterov=True)), [4.539])
    stage.check("AdamW", "two steps with gradient 1, lr 0.1",
                lambda: two_steps(lambda p: tt.AdamW(p, lr=0.1)), [4.7901])
    stage.check("OneCycleLR", "a cycle of four steps up to 1", rates_of_a_cycle, [0.04, 1, 0.5, 0])
    stage.check("accuracy", "for scores [[0, 1], [1, 0]] and labels [1, 1] it",
                lambda: tt.accuracy(tt.Tensor([[0.0, 1.0], [1.0, 0.0]]), np.array([1, 1])), 0.5)
    stage.check("Trainer", "three epochs of one step with gradient 1, lr 0.1", trained, [[4.7]])
    stage.check("DataLoader", "the batches of 5 examples, 2 at a time, have the sizes", lambda: [
        len(batch[0]) for batch in tt.DataLoader(tt.TensorDataset(np.arange(5)), 2)], [2, 2, 1])
    stage.check("RandomCrop", "the shape of 4 crops of 24 pixels", lambda: tt.RandomCrop(24, rng=0)(
        np.zeros((4, 3, 32, 32), np.uint8)).shape, (4, 3, 24, 24))
    stage.check("RandomHorizontalFlip", "[[1, 2]] mirrored for certain", lambda: tt.RandomHorizontalFlip(p=1.0)(
        np.array([[[[1, 2]]]]))[0, 0], [[2, 1]])
    print("Conv2d, MaxPool2d, BatchNorm2d, the optimizers, Trainer, DataLoader and the distortions work.")
