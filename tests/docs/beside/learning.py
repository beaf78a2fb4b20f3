"""Modules 03, 04, 06, 07 and 08: layers, losses, steps and batches."""
import numpy as np
import pytest

import tinytorch as tt
from tests.docs.beside.compare import (
    BATCH,
    IMAGES,
    LABELS,
    SHARES,
    A,
    B,
    Check,
    F,
    array,
    both,
    layers,
    optimizers,
    refused,
    same,
    schedules,
    torch,
)


class Parts(tt.Module):
    def __init__(self):
        self.layers, self.mean = [tt.Linear(2, 2), {"last": tt.Linear(2, 2)}], np.zeros(3)


class TheirParts(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [torch.nn.Linear(2, 2)]


def modules():
    assert [name for name, _ in Parts().named_parameters()] == \
        ["layers.0.weight", "layers.0.bias", "layers.1.last.weight", "layers.1.last.bias"]
    assert "mean" in Parts().state_dict() and list(TheirParts().parameters()) == []


def dropouts():
    refused(lambda: tt.Dropout(1), ValueError)
    same(torch.nn.Dropout(1)(torch.tensor(A)), 0 * A)
    for out in (tt.Dropout(0.5, rng=0)(tt.Tensor(A)), torch.nn.Dropout(0.5)(torch.tensor(A))):
        kept = array(out) != 0
        same(array(out)[kept], 2 * A[kept])


def flat_layer():
    same(tt.Flatten()(tt.Tensor(BATCH)), torch.nn.Flatten()(torch.tensor(BATCH)))
    refused(lambda: tt.Flatten(1, 2), TypeError)


def sequential():
    ours, theirs = tt.Sequential(tt.Linear(3, 4), tt.relu, tt.Linear(4, 2)), torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    layers(lambda: ours, lambda: theirs, A)()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    refused(lambda: torch.nn.Sequential(torch.relu), TypeError)


def squared_error():
    both(tt.mse_loss, A, B, theirs=F.mse_loss)()
    refused(lambda: tt.mse_loss(tt.ones(4, 1), tt.ones(4)), ValueError)
    with pytest.warns(UserWarning, match="broadcast"):
        F.mse_loss(torch.ones(4, 1), torch.ones(4))


def cross_entropies():
    labels = torch.tensor(LABELS)
    both(lambda x: tt.cross_entropy(x, LABELS), theirs=lambda t: F.cross_entropy(t, labels))()
    both(lambda x: tt.cross_entropy(x, LABELS.reshape(2, 2)), A.reshape(2, 2, 3),
         theirs=lambda t: F.cross_entropy(t.movedim(-1, 1), labels.reshape(2, 2)))()


def binary_cross_entropies():
    both(lambda p: tt.binary_cross_entropy(p, SHARES), SHARES[::-1].copy(),
         theirs=lambda p: F.binary_cross_entropy(p, torch.tensor(SHARES)))()
    assert tt.binary_cross_entropy(tt.zeros(1), np.ones(1)).item() == pytest.approx(27.6, abs=0.05)
    assert F.binary_cross_entropy(torch.zeros(1), torch.ones(1)).item() == 100


def one_group():
    here, there = tt.SGD([tt.ones(1, requires_grad=True)], lr=0.5), torch.optim.SGD([torch.ones(1)], lr=0.5)
    assert here.lr == there.param_groups[0]["lr"] and not hasattr(here, "param_groups")


def clipped():
    here, there = tt.Tensor(A, requires_grad=True), torch.tensor(A, requires_grad=True)
    here.grad, there.grad = 3 * B, torch.tensor(3 * B)
    same(tt.clip_grad_norm([here], 1.0), torch.nn.utils.clip_grad_norm_([there], 1.0))
    same(here.grad, there.grad)
    assert np.linalg.norm(here.grad) > np.linalg.norm(there.grad)


def datasets():
    here, there = tt.TensorDataset(A, LABELS), torch.utils.data.TensorDataset(*map(torch.tensor, (A, LABELS)))
    assert len(here) == len(there) and here[2][1] == there[2][1]
    same(here[2][0], there[2][0])
    same(here.batch(np.array([3, 0]))[0], A[[3, 0]])
    assert tt.TensorDataset(np.zeros(2, np.uint8)).arrays[0].dtype == np.uint8
    refused(lambda: torch.utils.data.TensorDataset(A), (TypeError, AssertionError))


def loaders():
    here = list(tt.DataLoader(tt.TensorDataset(A, LABELS), 3))
    there = list(torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*map(torch.tensor, (A, LABELS))), 3))
    for (x, y), (t, u) in zip(here, there, strict=True):
        same(x, t), same(y, u)
        assert type(x) is tt.Tensor and type(y) is np.ndarray
    refused(lambda: tt.DataLoader([1], 1, num_workers=2), TypeError)


def splits():
    for lengths in ([3, 7], [0.5, 0.25, 0.25]):
        assert [len(part) for part in tt.random_split(list(range(10)), lengths, rng=0)] == \
            [len(part) for part in torch.utils.data.random_split(list(range(10)), lengths)]


def batches_of_images():
    assert tt.RandomHorizontalFlip(1.0)(IMAGES).tolist() == IMAGES[..., ::-1].tolist()
    cut = tt.Compose([tt.RandomHorizontalFlip(rng=0), tt.RandomCrop(8, padding=2, rng=0)])(IMAGES)
    assert cut.shape == IMAGES.shape


HOLDS: dict[str, Check] = {
    "Module": modules, "Linear": layers(lambda: tt.Linear(3, 2), lambda: torch.nn.Linear(3, 2), A),
    "Dropout": dropouts, "Flatten": flat_layer, "Sequential": sequential,
    "mse_loss": squared_error, "cross_entropy": cross_entropies, "binary_cross_entropy": binary_cross_entropies,
    "binary_cross_entropy_with_logits": both(
        lambda x: tt.binary_cross_entropy_with_logits(x, SHARES),
        theirs=lambda t: F.binary_cross_entropy_with_logits(t, torch.tensor(SHARES))),
    "Optimizer": one_group, "SGD": optimizers("SGD", lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "Adam": optimizers("Adam", lr=0.1, weight_decay=0.1), "AdamW": optimizers("AdamW", lr=0.1),
    "StepLR": schedules(lambda o: tt.StepLR(o, 3), lambda o: torch.optim.lr_scheduler.StepLR(o, 3)),
    "CosineLR": schedules(lambda o: tt.CosineLR(o, 10), lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)),
    "OneCycleLR": schedules(lambda o: tt.OneCycleLR(o, 0.8, 10),
                            lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.8, total_steps=10)),
    "clip_grad_norm": clipped,
    "Dataset": datasets, "TensorDataset": datasets, "DataLoader": loaders, "random_split": splits,
    "RandomHorizontalFlip": batches_of_images, "RandomCrop": batches_of_images, "Compose": batches_of_images,
}
