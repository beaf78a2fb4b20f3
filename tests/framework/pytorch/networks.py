"""Small PyTorch networks, what they compute and how two batches of training change them."""
import numpy as np


def model_arrays() -> dict[str, np.ndarray]:
    """A small PyTorch network, an input and its output; the state_dict under its own keys."""
    import torch
    from torch.nn import Linear, ReLU, Sequential

    torch.manual_seed(0)
    model, x = Sequential(Linear(5, 7), ReLU(), Linear(7, 3)), torch.randn(4, 5)
    arrays = {f"model/state_dict/{key}": value for key, value in model.state_dict().items()}
    arrays |= {"model/input": x, "model/output": model(x)}
    return {key: value.detach().numpy() for key, value in arrays.items()}


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


def language_arrays() -> dict[str, np.ndarray]:
    """A small PyTorch language model, its output tied to its words: what three steps of SGD make of it."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    words, positions, hidden = nn.Embedding(11, 6), nn.Embedding(5, 6), nn.Linear(6, 6)
    model = nn.ModuleDict({"words": words, "positions": positions, "hidden": hidden})
    ids, targets = torch.randint(11, (2, 4, 5))
    arrays = {"language/ids": ids.numpy(), "language/targets": targets.numpy()}
    arrays |= {f"language/before/{key}": value.numpy().copy() for key, value in model.state_dict().items()}
    optimizer, losses = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9), []
    for _ in range(3):
        scores = torch.relu(hidden(words(ids) + positions(torch.arange(5)))) @ words.weight.T
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    arrays |= {f"language/after/{key}": value.numpy().copy() for key, value in model.state_dict().items()}
    return arrays | {"language/losses": np.array(losses)}
