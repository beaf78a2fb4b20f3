"""The network of both parts, what a step of it costs, and what it says about a data set."""
from collections.abc import Sequence

import tinytorch as tt

import numpy as np


def mlp(sizes: Sequence[int], rng: np.random.Generator, activation=None) -> "tt.Sequential":
    """Flatten, then a Linear between each two of sizes, with the activation (relu, unless given) between layers."""
    layers = [tt.Flatten()]
    for inputs, outputs in zip(sizes, sizes[1:], strict=False):
        layers += [tt.Linear(inputs, outputs, rng=rng), activation or tt.relu]
    return tt.Sequential(*layers[:-1])


def parameters(model) -> int:
    """How many numbers it learns."""
    return sum(p.size for p in model.parameters())


def flops(sizes: Sequence[int], batch: int) -> int:
    """Operations of a training step, in its matrix products: 2 batch a b forward for a layer of a inputs and b outputs,
    as many for the gradient of its weights, and as many for that of its inputs, which the first layer does not need.
    """
    products = [2 * batch * inputs * outputs for inputs, outputs in zip(sizes, sizes[1:], strict=False)]
    return 3 * sum(products) - products[0]


def shifted(dataset, padding: int, rng: np.random.Generator):
    """The same digits, each moved by up to `padding` pixels, anew in every epoch; paper comes in at the edge."""
    crop = tt.RandomCrop(pixels(dataset).shape[-1], padding=padding, rng=rng)
    return tt.Transformed(dataset.dataset, tt.Compose([crop, dataset.transform]))


def part(dataset, n: int, rng: np.random.Generator):
    """n of its digits, drawn by lot."""
    chosen = rng.permutation(len(dataset))[:n]
    return tt.Transformed(tt.TensorDataset(*(array[chosen] for array in dataset.dataset.arrays)), dataset.transform)


def pixels(dataset) -> np.ndarray:
    """The pictures as they are stored, (N, height, width)."""
    return dataset.dataset.arrays[0][:, 0]


def answers(model, dataset) -> tuple[np.ndarray, np.ndarray]:
    """How probable the model finds each digit, (N, 10), and the labels, (N,)."""
    found, labels = [], []
    with tt.no_grad():
        for x, y in tt.DataLoader(dataset, 500):
            found.append(tt.softmax(model(x)).numpy())
            labels.append(y)
    return np.concatenate(found), np.concatenate(labels)
