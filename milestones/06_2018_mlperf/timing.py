"""Several ways to do the same work, timed in turns."""
import time
from collections.abc import Callable

# CPU time, which other programs do not stretch; Windows counts it in steps that are too coarse for one operation.
FINE = time.get_clock_info("process_time").resolution < 1e-4
CLOCK = time.process_time if FINE else time.perf_counter


def interleaved(ways: dict[str, Callable[[], object]], rounds: int = 5, least: float = 0.02) -> dict[str, float]:
    """The least seconds of a call of each: in every round each has its turn, as often as takes `least` seconds.

    In turns, so that a machine that is slow for a while is slow for all; the least, because what else the machine
    does only ever adds.
    """
    calls = {}
    for name, way in ways.items():
        first = seconds(way)                   # it also pays for caches and lazy imports
        calls[name] = 1 if first > least else max(1, round(least / max(seconds(way), 1e-9)))
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            best[name] = min(best[name], seconds(way, calls[name]))
    return best


def seconds(way: Callable[[], object], calls: int = 1) -> float:
    """Seconds of a call, the mean of so many, by CLOCK."""
    start = CLOCK()
    for _ in range(calls):
        way()
    return (CLOCK() - start) / calls
