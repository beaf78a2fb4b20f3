"""What is measured, written with PyTorch as its documentation does; ours.py is the same in tinytorch."""
from collections import deque
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import BatchSampler, DataLoader, Dataset, RandomSampler, SequentialSampler, TensorDataset

from benchmarks.gpt_in_pytorch import GPT
from benchmarks.ours import Run, State

torch.set_num_threads(1)


def matmul(a: np.ndarray, b: np.ndarray) -> Run:
    a, b = torch.tensor(a), torch.tensor(b)
    return lambda: [a @ b]


def forward(a: np.ndarray, b: np.ndarray) -> Run:
    a, b = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
    return lambda: [a * b]


def forward_backward(a: np.ndarray, b: np.ndarray, grad: np.ndarray) -> Run:
    a, b, grad = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True), torch.tensor(grad)

    def run() -> Sequence:
        a.grad = b.grad = None
        out = a * b
        out.backward(grad)
        return out, a.grad, b.grad

    return run


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def cnn(widths: Sequence[int]) -> nn.Module:
    layers = []
    for i, o in zip((3, *widths), widths):
        layers += [nn.Conv2d(i, o, 3, padding=1), nn.MaxPool2d(2), nn.BatchNorm2d(o), nn.ReLU()]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * 16, 10))


def mlp_step(state: State, images: np.ndarray, labels: np.ndarray) -> Run:
    model = mlp()
    return _step(model, torch.optim.AdamW(model.parameters(), lr=1e-3), state, torch.tensor(images), labels)


def cnn_step(widths: Sequence[int], state: State, images: np.ndarray, labels: np.ndarray,
             memory_format: torch.memory_format = torch.contiguous_format) -> Run:
    model = cnn(widths).to(memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    return _step(model, optimizer, state, torch.tensor(images).to(memory_format=memory_format), labels)


def gpt_step(sizes: dict[str, int], state: State, ids: np.ndarray, following: np.ndarray) -> Run:
    model = GPT(**sizes)
    return _step(model, torch.optim.AdamW(model.parameters(), lr=1e-3), state, torch.tensor(ids), following)


def gpt_training(sizes: dict[str, int], state: State, ids: np.ndarray, starts: np.ndarray) -> Run:
    model, ids = GPT(**sizes), torch.tensor(ids)
    named = dict(model.named_parameters())
    length = sizes["max_seq_len"] + 1

    def run() -> Sequence:
        _load(model, state)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, len(starts), cycle_momentum=False)
        for places in starts:
            rows = torch.stack([ids[place:place + length] for place in places])
            optimizer.zero_grad()
            loss = F.cross_entropy(model(rows[:, :-1]).flatten(0, -2), rows[:, 1:].flatten())
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        return [named[name] for name in state]

    return run


def generation(sizes: dict[str, int], state: State, prompt: np.ndarray, more: int) -> Run:
    model = GPT(**sizes)
    _load(model, state)

    @torch.inference_mode()
    def run() -> Sequence:
        ids = torch.tensor(prompt)[None]
        for _ in range(more):
            ids = torch.cat([ids, model(ids)[:, -1].argmax(dim=-1, keepdim=True)], dim=1)
        return ids

    return run


def generation_cached(sizes: dict[str, int], state: State, prompts: np.ndarray, more: int) -> Run:
    model = GPT(**sizes)
    _load(model, state)

    @torch.inference_mode()
    def run() -> Sequence:
        new = ids = torch.tensor(prompts)
        caches = model.caches(len(ids))
        for _ in range(more):
            new = model(new, caches)[:, -1].argmax(dim=-1, keepdim=True)
            ids = torch.cat([ids, new], dim=1)
        return [ids]

    return run


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, state: State, x: torch.Tensor, labels: np.ndarray) -> Run:
    _load(model, state)
    labels, named = torch.tensor(labels).flatten(), dict(model.named_parameters())
    parameters = [named[name] for name in state if name in named]            # in the order of ours

    def run() -> Sequence:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x).flatten(0, -2), labels)
        loss.backward()
        optimizer.step()
        return loss, *parameters

    return run


def layer(kind: str, arguments: dict, state: State, x: np.ndarray, grad: np.ndarray,
          memory_format: torch.memory_format = torch.contiguous_format) -> Run:
    """One layer, forward and backward; x and grad lie in memory as the layers around it hand them on."""
    layer = getattr(nn, kind)(**arguments).to(memory_format=memory_format)
    _load(layer, state)
    x, grad = [torch.tensor(array).contiguous(memory_format=memory_format) for array in (x, grad)]
    x.requires_grad_()

    def run() -> Sequence:
        x.grad = None
        layer.zero_grad()
        out = layer(x)
        out.backward(grad)
        return out, x.grad, *[parameter.grad for parameter in layer.parameters()]

    return run


def attention(query: np.ndarray, key: np.ndarray, value: np.ndarray, grad: np.ndarray, is_causal: bool = False) -> Run:
    inputs = [torch.from_numpy(array).requires_grad_() for array in (query, key, value)]
    grad, places = torch.from_numpy(grad), query.shape[-2]
    mask = None if is_causal else torch.ones(places, places, dtype=torch.bool).tril()

    def run() -> Sequence:
        for x in inputs:
            x.grad = None
        out = F.scaled_dot_product_attention(*inputs, attn_mask=mask, is_causal=is_causal)
        out.backward(grad)
        return out, *[x.grad for x in inputs]

    return run


def attention_layer(heads: int, state: State, x: np.ndarray, grad: np.ndarray, is_causal: bool = False) -> Run:
    """Its fast way, which does not return the weights. True in its mask is what may not be looked at."""
    layer, x, grad = nn.MultiheadAttention(x.shape[-1], heads, batch_first=True), torch.tensor(x), torch.tensor(grad)
    _load(layer, state)
    x.requires_grad_()
    mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)

    def run() -> Sequence:
        x.grad = None
        layer.zero_grad()
        out, _ = layer(x, x, x, attn_mask=mask, is_causal=is_causal, need_weights=False)
        out.backward(grad)
        return out, x.grad, *[parameter.grad for parameter in layer.parameters()]

    return run


attention_is_causal = partial(attention, is_causal=True)
attention_layer_is_causal = partial(attention_layer, is_causal=True)
cnn_step_channels_last = partial(cnn_step, memory_format=torch.channels_last)
layer_channels_last = partial(layer, memory_format=torch.channels_last)


def _load(model: nn.Module, state: State) -> None:
    model.load_state_dict({name: torch.tensor(array) for name, array in state.items()})


class Pictures(Dataset):
    """Augmented one by one in __getitem__, as torchvision's transforms do it: what a PyTorch user writes first."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor, size: int, flip: float):
        self.images, self.labels, self.size, self.flip = images, labels, size, flip

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        image = F.pad(self.images[index], (4, 4, 4, 4))
        if torch.rand(()) < self.flip:
            image = image.flip(-1)
        top, left = torch.randint(image.shape[-1] - self.size + 1, (2,)).tolist()
        return image[:, top:top + self.size, left:left + self.size], self.labels[index]


def epoch(images: np.ndarray, labels: np.ndarray, size: int, flip: float, shuffle: bool) -> Run:
    pictures = Pictures(torch.tensor(images), torch.tensor(labels), size, flip)
    loader = DataLoader(pictures, batch_size=128, shuffle=shuffle)

    return lambda: deque(loader, maxlen=1)[0]


def augment(images: torch.Tensor, size: int, flip: float) -> torch.Tensor:
    """A whole batch at once, by indexing: what a PyTorch user writes when the first version is too slow."""
    count = len(images)
    images = torch.where(torch.rand(count, 1, 1, 1) < flip, images.flip(-1), images)
    windows = F.pad(images, (4, 4, 4, 4)).unfold(2, size, 1).unfold(3, size, 1)
    top, left = torch.randint(windows.shape[2], (2, count))
    return windows[torch.arange(count), :, top, left]


def epoch_by_batches(images: np.ndarray, labels: np.ndarray, size: int, flip: float, shuffle: bool) -> Run:
    pictures = TensorDataset(torch.tensor(images), torch.tensor(labels))
    order = RandomSampler(pictures) if shuffle else SequentialSampler(pictures)
    loader = DataLoader(pictures, sampler=BatchSampler(order, 128, drop_last=False), batch_size=None)

    def run() -> Sequence:
        for images, labels in loader:
            batch = augment(images, size, flip), labels
        return batch

    return run
