"""Process CPU time, which other processes on the machine do not stretch, the sides taking turns."""
import gc
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.cases import TINYTORCH, Case
from benchmarks.ours import Run

Times = dict[tuple[str, str], np.ndarray]        # (case, side) -> seconds a call, one number a round


def seconds(run: Run, calls: int) -> float:
    """CPU time of one call, of all threads, so that none works unseen; over many calls reading the clock is free."""
    start = time.process_time_ns()
    for _ in range(calls):
        run()
    return (time.process_time_ns() - start) / calls / 1e9


def measure(cases: Sequence[Case], rounds: int, tell: Callable[[str], None] = lambda name: None) -> Times:
    """In every round every side of every case once: what slows the machine down for a while slows all of them down.

    The first round alone has the sides that their case wants once.
    """
    gc.collect()
    gc.freeze()                                  # what the imports left is not for the steps to walk through
    times = {(case.name, side): [] for case in cases for side in case.sides}
    for number in range(rounds):
        for case in cases:
            for side, run in case.sides.items():
                if number == 0 or side not in case.once:
                    times[case.name, side].append(seconds(run, case.calls))
            tell(case.name)
    return {key: np.array(readings) for key, readings in times.items()}


def ratio(times: Times, case: str, side: str) -> tuple[float, float, float]:
    """tinytorch's time over that of the side, round by round: the median, and the quartiles as its spread."""
    low, middle, high = np.quantile(times[case, TINYTORCH] / times[case, side], [0.25, 0.5, 0.75])
    return middle, low, high
