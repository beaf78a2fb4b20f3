"""python -m benchmarks.batched: tokens a second, of one text and of eight at once, without a cache and with one.

2 layers of 128 channels, 4 heads, context 256. Greedy, process CPU time, one BLAS thread; in every round each way once,
so that a ratio compares what ran side by side. Every way proves first that it writes what `generate` writes.
"""
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import tinytorch as tt
from tito import console
from tito.errors import TitoError

SIZES = {"vocab_size": 65, "embed_dim": 128, "num_heads": 4, "num_layers": 2, "max_seq_len": 256}
PROMPT, NEW, LAST, TEXTS, ROUNDS = 8, 248, 16, 8, 5
NAIVE = "one text, all of it read for each token"
HEADER = ("way", "tokens a second", "times naive", "least-most", f"last {LAST} tokens", "times naive")


class Clocked(tt.Module):
    """A layer that notes when it is called: the last norm of a GPT, once for each token."""
    def __init__(self, layer: tt.Module):
        self.layer, self.calls = layer, []

    def forward(self, x: tt.Tensor) -> tt.Tensor:
        self.calls.append(time.process_time())
        return self.layer(x)


class Way(NamedTuple):
    """A model, the prompts that it continues, and write(model, prompts, new): the list of the texts."""
    model: tt.Module
    prompts: list[np.ndarray]
    write: Callable[[tt.Module, list[np.ndarray], int], list[np.ndarray]]

    def rates(self, new: int) -> tuple[float, float]:
        """Tokens a second of all texts: reading the prompts included, and of the last tokens."""
        self.model.norm = clock = Clocked(self.model.norm)
        start = time.process_time()
        self.write(self.model, self.prompts, new)
        end, self.model.norm = time.process_time(), clock.layer
        last = min(LAST, new - 1)
        texts = len(self.prompts)
        return texts * new / (end - start), texts * last / (clock.calls[-1] - clock.calls[-1 - last])


def ways() -> dict[str, Way]:
    """From one text read again for each token to eight of different lengths with caches and faster operations."""
    prompts = list(np.random.default_rng(0).integers(SIZES["vocab_size"], size=(TEXTS, PROMPT)))
    ragged = [prompt[i:] for i, prompt in enumerate(prompts)]
    plain, fast = tt.GPT(**SIZES, rng=0), tt.accelerate(tt.GPT(**SIZES, rng=0))

    def naive(model, prompts, new):
        return list(tt.generate(model, np.stack(prompts), new, temperature=0))

    def cached(model, prompts, new):
        return list(tt.generate_cached(model, np.stack(prompts), new, temperature=0))

    def batched(model, prompts, new):
        return tt.generate_batched(model, prompts, new, temperature=0)

    return {NAIVE: Way(plain, prompts[:1], naive),
            f"{TEXTS} texts, all read for each token": Way(plain, prompts, naive),
            "cache, one text": Way(plain, prompts[:1], cached),
            f"cache, {TEXTS} texts of different lengths": Way(plain, ragged, batched),
            "the same, accelerated": Way(fast, ragged, batched)}


def check(new: int) -> None:
    """Raise TitoError unless every way writes what `generate` writes for each text alone."""
    model = tt.GPT(**SIZES, rng=0)
    for name, way in ways().items():
        for text, prompt in zip(way.write(way.model, way.prompts, new), way.prompts, strict=True):
            if not np.array_equal(text, tt.generate(model, prompt, new, temperature=0)):
                raise TitoError(f"{name}: it writes another text than generate")


def measure(new: int, rounds: int) -> dict[str, np.ndarray]:
    """(rounds, 2) for each way: its rates, of whole texts and of the last tokens."""
    found = {name: [] for name in ways()}
    for _ in range(rounds):
        for name, way in ways().items():
            found[name].append(way.rates(new))
    return {name: np.array(rates) for name, rates in found.items()}


def table(found: dict[str, np.ndarray]) -> list[tuple[str, ...]]:
    """A row for each way, under HEADER: medians of the rates, and of the ratios within a round."""
    rows = []
    for name, rates in found.items():
        ratios = rates / found[NAIVE]
        (whole, last), (times, times_last) = np.median(rates, axis=0), np.median(ratios, axis=0)
        spread = f"{ratios[:, 0].min():.1f}-{ratios[:, 0].max():.1f}"
        rows.append((name, f"{whole:,.0f}", f"{times:.1f}", spread, f"{last:,.0f}", f"{times_last:.1f}"))
    return rows


def main(new: int = NEW, rounds: int = ROUNDS) -> None:
    check(min(new, 24))
    console.say(f"{new} tokens after prompts of up to {PROMPT}, context {SIZES['max_seq_len']}, {rounds} rounds:")
    console.table(table(measure(new, rounds)), HEADER)


if __name__ == "__main__":
    main()
