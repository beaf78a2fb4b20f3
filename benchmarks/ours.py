"""What is measured, written with tinytorch. theirs.py is the same in PyTorch, function for function.

Every function makes something ready and returns `run`, which does it once and returns what it computed.
"""
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

import tinytorch as tt

Run = Callable[[], Sequence]
State = dict[str, np.ndarray]


def matmul(a: np.ndarray, b: np.ndarray) -> Run:
    a, b = tt.Tensor(a), tt.Tensor(b)
    return lambda: [a @ b]


def forward(a: np.ndarray, b: np.ndarray) -> Run:
    a, b = tt.Tensor(a, requires_grad=True), tt.Tensor(b, requires_grad=True)
    return lambda: [a * b]


def forward_backward(a: np.ndarray, b: np.ndarray, grad: np.ndarray) -> Run:
    a, b = tt.Tensor(a, requires_grad=True), tt.Tensor(b, requires_grad=True)

    def run() -> Sequence:
        a.grad = b.grad = None
        out = a * b
        out.backward(grad)
        return out, a.grad, b.grad

    return run


def mlp() -> tt.Module:
    return tt.Sequential(tt.Linear(784, 128, rng=0), tt.relu, tt.Linear(128, 64, rng=1), tt.relu,
                         tt.Linear(64, 10, rng=2))


def cnn(widths: Sequence[int]) -> tt.Module:
    layers = []
    for i, o in zip((3, *widths), widths):
        layers += [tt.Conv2d(i, o, 3, padding=1, rng=o), tt.MaxPool2d(2), tt.BatchNorm2d(o), tt.relu]
    return tt.Sequential(*layers, tt.Flatten(), tt.Linear(widths[-1] * 16, 10, rng=0))


def mlp_step(state: State, images: np.ndarray, labels: np.ndarray) -> Run:
    model = mlp()
    return _step(model, tt.AdamW(model.parameters(), lr=1e-3), state, tt.Tensor(images), labels)


def cnn_step(widths: Sequence[int], state: State, images: np.ndarray, labels: np.ndarray) -> Run:
    model = cnn(widths)
    optimizer = tt.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
    return _step(model, optimizer, state, tt.Tensor(images), labels)


def gpt(**sizes: int) -> tt.Module:
    return tt.GPT(**sizes, rng=0)


def gpt_step(sizes: dict[str, int], state: State, ids: np.ndarray, following: np.ndarray) -> Run:
    model = gpt(**sizes)
    return _step(model, tt.AdamW(model.parameters(), lr=1e-3), state, ids, following)


def gpt_training(sizes: dict[str, int], state: State, ids: np.ndarray, starts: np.ndarray) -> Run:
    """Training anew on rows of ids (tokens,) that begin at starts (steps, rows): one cycle of the rate, clipped."""
    model, length = gpt(**sizes), sizes["max_seq_len"] + 1

    def run() -> Sequence:
        model.load_state_dict(state)
        optimizer = tt.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
        schedule = tt.OneCycleLR(optimizer, max_lr=1e-3, total_steps=len(starts))
        trainer = tt.Trainer(model, optimizer, tt.cross_entropy, schedule, max_norm=1.0)
        rows = (ids[places[:, None] + np.arange(length)] for places in starts)
        trainer.one_epoch((row[:, :-1], row[:, 1:]) for row in rows)
        return list(model.parameters())

    return run


def generation(sizes: dict[str, int], state: State, prompt: np.ndarray, more: int) -> Run:
    """Greedy, each token from a pass over the whole text so far."""
    model = gpt(**sizes)
    model.load_state_dict(state)
    return lambda: [tt.generate(model, prompt, more, temperature=0)]


def generation_cached(sizes: dict[str, int], state: State, prompts: np.ndarray, more: int) -> Run:
    """Greedy, each place computed once. prompts: (texts, tokens)."""
    model = gpt(**sizes)
    model.load_state_dict(state)
    return lambda: [tt.generate_cached(model, prompts, more, temperature=0)]


def _step(model: tt.Module, optimizer: tt.Optimizer, state: State, x: tt.Tensor | np.ndarray,
          labels: np.ndarray) -> Run:
    model.load_state_dict(state)
    parameters = list(model.parameters())

    def run() -> Sequence:
        optimizer.zero_grad()
        loss = tt.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss, *parameters

    return run


def layer(kind: str, arguments: dict, state: State, x: np.ndarray, grad: np.ndarray) -> Run:
    """One layer, forward and backward; x and grad lie in memory as the layers around it hand them on, pixels last."""
    layer = getattr(tt, kind)(**arguments)
    layer.load_state_dict(state)
    x, grad = tt.Tensor(_pixels_last(x), requires_grad=True), _pixels_last(grad)

    def run() -> Sequence:
        x.grad = None
        layer.zero_grad()
        out = layer(x)
        out.backward(grad)
        return out, x.grad, *[parameter.grad for parameter in layer.parameters()]

    return run


def _pixels_last(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def attention(query: np.ndarray, key: np.ndarray, value: np.ndarray, grad: np.ndarray) -> Run:
    """Forward and backward, causal."""
    inputs = [tt.Tensor(array, requires_grad=True) for array in (query, key, value)]
    mask = tt.causal_mask(query.shape[-2])

    def run() -> Sequence:
        for x in inputs:
            x.grad = None
        out = tt.scaled_dot_product_attention(*inputs, mask)
        out.backward(grad)
        return out, *[x.grad for x in inputs]

    return run


def attention_layer(heads: int, state: State, x: np.ndarray, grad: np.ndarray) -> Run:
    """Self-attention with its four projections, forward and backward, causal."""
    layer, x = tt.MultiHeadAttention(x.shape[-1], heads), tt.Tensor(x, requires_grad=True)
    layer.load_state_dict(state)
    mask = tt.causal_mask(x.shape[-2])

    def run() -> Sequence:
        x.grad = None
        layer.zero_grad()
        out = layer(x, mask)
        out.backward(grad)
        return out, x.grad, *[parameter.grad for parameter in layer.parameters()]

    return run


def epoch(images: np.ndarray, labels: np.ndarray, size: int, flip: float, shuffle: bool) -> Run:
    """All batches of 128, augmented; the last one is returned."""
    augment = tt.Compose([tt.RandomHorizontalFlip(flip, rng=0), tt.RandomCrop(size, padding=4, rng=1)])
    pictures = tt.dataloader.Transformed(tt.TensorDataset(images, labels), augment)
    loader = tt.DataLoader(pictures, batch_size=128, shuffle=shuffle, rng=2)

    return lambda: deque(loader, maxlen=1)[0]
