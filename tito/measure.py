"""Timing for the systems analysis of the notebooks."""
import time
from collections.abc import Callable


def best_seconds(f: Callable[[], object], repeats: int = 5, least: float = 0.01) -> float:
    """Seconds per call of f: the best of `repeats` runs, each of as many calls as take `least` seconds.

    The best, not the mean: whatever else the machine does only ever adds time.
    """
    f()                                          # the first call pays for caches and lazy imports
    calls, elapsed = 1, 0.0
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            f()
        elapsed = time.perf_counter() - start
        if elapsed >= least:
            break
        calls *= 2
    best = elapsed
    for _ in range(repeats - 1):
        start = time.perf_counter()
        for _ in range(calls):
            f()
        best = min(best, time.perf_counter() - start)
    return best / calls
