"""Writing with a cache: how fast, how much memory, and whether its scores are those computed anew."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tracemalloc
from collections.abc import Callable

import tinytorch as tt

import numpy as np
from timing import interleaved


def tokens_a_second(ways: dict[str, Callable[[int, int], object]], before: int, new: int,
                    rounds: int) -> dict[str, float]:
    """Tokens that each way writes in a second, all texts together; reading what stands before does not count.

    ways: functions (how many tokens, how many before) -> the texts, a sequence. Each is timed for `new` tokens and for
    one: the difference is what the others took.
    """
    texts = {name: len(way(1, before)) for name, way in ways.items()}
    timed = {}
    for name, way in ways.items():
        timed[name] = lambda way=way: way(new, before)
        timed[name, 1] = lambda way=way: way(1, before)
    seconds = interleaved(timed, rounds)
    return {name: texts[name] * (new - 1) / (seconds[name] - seconds[name, 1]) for name in ways}


def differences(model: tt.Module, tokens: np.ndarray) -> np.ndarray:
    """For each beginning of a text (T,): how far the scores for its next token, with a cache, are from those anew."""
    caches, apart = [tt.KVCache(len(tokens)) for _ in model.blocks], []
    with tt.no_grad():
        for place in range(len(tokens)):
            cached = model(tokens[place:place + 1], caches).numpy()[-1]
            apart.append(np.abs(cached - model(tokens[:place + 1]).numpy()[-1]).max())
    return np.array(apart)


def held_bytes(model: tt.Module, tokens: np.ndarray, capacity: int) -> int:
    """Bytes that are still there after tokens (N, T) went through the model and into new caches for `capacity`."""
    with tt.no_grad():
        tracemalloc.start()
        caches = [tt.KVCache(capacity) for _ in model.blocks]
        model(tokens, caches)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return held


def cut(ids: np.ndarray, tokenizer) -> np.ndarray:
    """The ids before the first line end."""
    ends = np.flatnonzero(ids == tokenizer.encode("\n")[0])
    return ids[:ends[0]] if len(ends) else ids
