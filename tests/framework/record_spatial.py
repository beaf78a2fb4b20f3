"""Record what PyTorch computes for the table of spatial layers: spatial.npz.

Run it in an environment with PyTorch, from the course folder, after changing the table:
    PYTHONPATH=. python tests/framework/record_spatial.py
"""
from pathlib import Path

import numpy as np
from record_reference import torch_arrays
from spatial_table import SPATIAL_CASES

REFERENCE = Path(__file__).with_name("spatial.npz")


def network_arrays() -> dict[str, np.ndarray]:
    """A small PyTorch network: its state before and after two training batches, its outputs and gradients."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=1), nn.BatchNorm2d(4, momentum=0.3),
                            nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1), nn.Conv2d(4, 3, 2, bias=False),
                            nn.BatchNorm2d(3), nn.AvgPool2d((1, 2)), nn.Flatten(), nn.Linear(6, 2))
    x = torch.randn(2, 5, 2, 9, 7)
    arrays = {"network/x": x.numpy()}
    arrays |= {f"network/before/{key}": value.numpy().copy() for key, value in network.state_dict().items()}
    arrays["network/train"] = np.stack([network(batch).detach().numpy() for batch in x])
    arrays |= {f"network/after/{key}": value.numpy().copy() for key, value in network.state_dict().items()}
    (network.train()(x[0]) ** 2).sum().backward()
    arrays |= {f"network/gradient/{key}": value.grad.numpy() for key, value in network.named_parameters()}
    network.load_state_dict({key: torch.from_numpy(arrays[f"network/after/{key}"]) for key in network.state_dict()})
    arrays["network/eval"] = network.eval()(x[0]).detach().numpy()
    return arrays


def all_arrays() -> dict[str, np.ndarray]:
    """Everything that belongs in the reference, by key."""
    arrays = network_arrays()
    for case in SPATIAL_CASES:
        arrays |= torch_arrays(case)
    return arrays


if __name__ == "__main__":
    np.savez_compressed(REFERENCE, **all_arrays())
    print(f"{REFERENCE}: {REFERENCE.stat().st_size / 1e3:.0f} KB")
