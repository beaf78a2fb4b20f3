"""Which computations are compared, on which numbers, and the proof that both sides compute the same."""
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from types import ModuleType

import numpy as np

from benchmarks import ours, tokenizing
from benchmarks.ours import Run
from tito.errors import TitoError

TINYTORCH, PYTORCH = "tinytorch", "PyTorch"
WAYS = {PYTORCH: "", "PyTorch, channels_last": "_channels_last", "PyTorch, by batches": "_by_batches",
        "PyTorch, is_causal": "_is_causal"}       # of a function


@dataclass
class Case:
    """One computation and who runs it, tinytorch first. Where it draws lots, `proof` holds the same without."""
    name: str
    sides: dict[str, Run]
    calls: int = 1                               # in one reading of the clock
    flops: int = 0                               # of the matrix products in one call
    proof: dict[str, Run] = field(default_factory=dict)
    steps: int = 1                               # after which the sides are compared
    tolerance: float = 1e-5                      # by how much of its norm an array may then differ
    once: frozenset[str] = frozenset()           # sides so slow that the first round has to do


def all_cases(theirs: ModuleType | None, batch: int = 128) -> list[Case]:
    """All that is measured. theirs: benchmarks.theirs, or None without PyTorch. batch: pictures in a training step."""
    rng, sides = np.random.default_rng(0), partial(_sides, theirs)
    normal = partial(rng.standard_normal, dtype=np.float32)
    labels, small, big = rng.integers(0, 10, batch), normal((3, 2, 2)), normal((2, 8 * batch, 8 * batch))
    digits, pictures = normal((batch, 784)), normal((batch, 3, 32, 32))
    layer, convolution = partial(_layer, sides), {"in_channels": 32, "out_channels": 64, "kernel_size": 3, "padding": 1}
    return [
        Case("2x2 product, forward", sides("forward", *small[:2]), calls=2000),
        Case("2x2 product, forward and backward", sides("forward_backward", *small), calls=500),
        Case("MLP step", sides("mlp_step", ours.mlp().state_dict(), digits, labels), calls=10, flops=mlp_flops(batch),
             steps=3),                           # the first step of Adam hardly depends on the gradient's size
        *[_cnn(sides, widths, pictures, labels) for widths in ((16, 32, 64), (32, 64, 128))],
        Case("Conv2d", layer("Conv2d", convolution, normal((batch // 2, 32, 16, 16)), (64, 16, 16)),
             flops=3 * conv_flops(batch // 2, 32, 64, 16)),
        Case("MaxPool2d", layer("MaxPool2d", {"kernel_size": 2}, normal((batch, 32, 32, 32)), (32, 16, 16))),
        Case("BatchNorm2d", layer("BatchNorm2d", {"num_features": 32}, normal((batch, 32, 16, 16)), (32, 16, 16))),
        *_gpt(sides, rng, texts=12, vocab_size=65, embed_dim=128, num_heads=4, num_layers=4, max_seq_len=64),
        *_writing(sides, texts=8, vocab_size=65, embed_dim=128, num_heads=4, num_layers=2, max_seq_len=256),
        *_attentions(sides, normal, texts=12, places=64, heads=4, channels=128),
        _epoch(sides, normal((20 * batch, 3, 32, 32)), rng.integers(0, 10, 20 * batch)),
        _vocabulary(theirs, tokenizing.text(8000 * batch), 256 + 93 * batch // 16),
        Case("Matrix product", sides("matmul", *big), flops=2 * (8 * batch) ** 3),
    ]


def _sides(theirs: ModuleType | None, function: str, *arguments) -> dict[str, Run]:
    """The function of that name from ours, and from theirs in every way in which it is written there."""
    sides = {TINYTORCH: getattr(ours, function)(*arguments)}
    return sides | {way: getattr(theirs, function + suffix)(*arguments) for way, suffix in WAYS.items()
                    if hasattr(theirs, function + suffix)}


def _cnn(sides: partial, widths: Sequence[int], images: np.ndarray, labels: np.ndarray) -> Case:
    """The tolerance: where two pixels, or one and 0, differ by a rounding error, pooling and relu may choose either."""
    return Case(f"CNN step, {'-'.join(map(str, widths))}",
                sides("cnn_step", widths, ours.cnn(widths).state_dict(), images, labels),
                flops=cnn_flops(len(images), widths), tolerance=2e-2)


def _layer(sides: partial, kind: str, arguments: dict, x: np.ndarray, out_shape: tuple[int, ...]) -> dict[str, Run]:
    """A layer by itself, its gradient drawn at random."""
    grad = np.random.default_rng(1).standard_normal((len(x), *out_shape), dtype=np.float32)
    state = getattr(ours.tt, kind)(**arguments).state_dict() if kind != "MaxPool2d" else {}
    return sides("layer", kind, arguments, state, x, grad)


def _gpt(sides: partial, rng: np.random.Generator, texts: int, **sizes: int) -> list[Case]:
    """At the size of nanoGPT's example for a cheap computer: a training step, training from the start, writing."""
    places, channels, layers = sizes["max_seq_len"], sizes["embed_dim"], sizes["num_layers"]
    text, state = rng.integers(sizes["vocab_size"], size=10_000), ours.gpt(**sizes).state_dict()
    starts = rng.integers(len(text) - places, size=(20, texts))
    rows = text[starts[0, :, None] + np.arange(places + 1)]
    weights = layers * 12 * channels ** 2 + channels * sizes["vocab_size"]
    flops = 6 * texts * places * weights + layers * attention_flops(texts, places, channels)
    return [Case("GPT step", sides("gpt_step", sizes, state, rows[:, :-1], rows[:, 1:]), flops=flops, tolerance=1e-3),
            Case("GPT training, 20 steps", sides("gpt_training", sizes, state, text, starts), flops=20 * flops,
                 tolerance=1e-3),              # where a gradient is nearly 0, Adam's first step follows rounding
            Case("Generation, 32 tokens", sides("generation", sizes, state, text[:places // 2], places // 2))]


def _writing(sides: partial, texts: int, **sizes: int) -> list[Case]:
    """From one token to the end of what the network can look at, each place computed once: one text, and several."""
    state, more = ours.gpt(**sizes).state_dict(), sizes["max_seq_len"] - 1
    prompts = np.arange(texts)[:, None]
    return [Case(f"Writing {more} tokens with a cache", sides("generation_cached", sizes, state, prompts[:1], more)),
            Case(f"Writing {more} tokens with a cache, {texts} texts",
                 sides("generation_cached", sizes, state, prompts, more))]


def _attentions(sides: partial, normal: partial, texts: int, places: int, heads: int, channels: int) -> list[Case]:
    """Causal attention at the size of a small GPT: alone, heads apart as a layer hands them on, and as a layer."""
    x, grad = normal((2, texts, places, channels))
    query, key, value, out = normal((4, texts, places, heads, channels // heads)).swapaxes(-3, -2)
    state = ours.tt.MultiHeadAttention(channels, heads, rng=0).state_dict()
    alone = attention_flops(texts, places, channels)
    return [Case("Attention, 4 heads of 32, 64 places", sides("attention", query, key, value, out), flops=alone),
            Case("MultiHeadAttention, 128 channels",
                 sides("attention_layer", heads, state, x, grad),
                 flops=alone + 3 * 2 * texts * places * 4 * channels ** 2)]


def _epoch(sides: partial, images: np.ndarray, labels: np.ndarray) -> Case:
    """Flip half of the pictures and crop 32 of 40 pixels. For the proof: flip all, keep all 40, in order."""
    return Case("Data loader, flip and crop", sides("epoch", images, labels, 32, 0.5, True),
                proof=sides("epoch", images, labels, 40, 1.0, False))


def _vocabulary(theirs: ModuleType | None, text: str, size: int) -> Case:
    """For the proof a shorter text and fewer merges: plain Python needs minutes for the whole."""
    ways = {TINYTORCH: tokenizing.learn}
    if theirs and find_spec("tokenizers"):
        ways["tokenizers (Rust)"] = tokenizing.learn_tokenizers
    if theirs:
        ways |= {"plain Python": tokenizing.learn_plain, "plain Python, whole text": tokenizing.learn_plain_whole}
    return Case("BPE, 1 MB to 1,000 tokens", {way: learn(text, size) for way, learn in ways.items()},
                proof={way: learn(text[:20_000], 300) for way, learn in ways.items()},
                once=frozenset(way for way in ways if way.startswith("plain")))


def conv_flops(images: int, i: int, o: int, size: int) -> int:
    """Of a 3x3 convolution that keeps the size, forward; each of its two gradients costs as much again."""
    return 2 * images * size ** 2 * 9 * i * o


def cnn_flops(images: int, widths: Sequence[int]) -> int:
    """A training step: three products a layer, forward and two gradients, but none for the gradient at the pictures."""
    first = 2 * conv_flops(images, 3, widths[0], 32)
    others = [3 * conv_flops(images, i, o, size) for i, o, size in zip(widths, widths[1:], (16, 8))]
    return first + sum(others) + 3 * 2 * images * widths[-1] * 16 * 10


def attention_flops(texts: int, places: int, channels: int) -> int:
    """Forward two products, backward four, of all heads together; a mask saves nothing."""
    return 6 * 2 * texts * places ** 2 * channels


def mlp_flops(images: int) -> int:
    return 2 * images * (2 * 784 * 128 + 3 * 128 * 64 + 3 * 64 * 10)


def check_agreement(case: Case) -> None:
    """Raises TitoError unless every side computes what tinytorch does: a benchmark of two computations is worthless."""
    sides = case.proof or case.sides
    computed = {side: [as_array(value) for value in deque((run() for _ in range(case.steps)), maxlen=1)[0]]
                for side, run in sides.items()}
    expected = computed.pop(TINYTORCH)
    for side, values in computed.items():
        for number, (right, found) in enumerate(zip(expected, values, strict=True)):
            if right.shape != found.shape:
                raise TitoError(f"{case.name}: array {number} of {side} is {found.shape}, of tinytorch {right.shape}")
            apart = np.linalg.norm(found - right) / np.linalg.norm(right)
            if not apart <= case.tolerance:
                raise TitoError(f"{case.name}: array {number} of {side} is {apart:.2g} of its norm from tinytorch's")


def as_array(value) -> np.ndarray:
    """float64 from a Tensor of either side, or an ndarray."""
    return np.asarray(value.detach().numpy() if hasattr(value, "detach") else value, np.float64)
