"""A ratio from measurements in pairs, with an interval: what slows the machine down meets both of a pair."""

import numpy as np

RESAMPLES = 2000


def ratio(baseline: list[float], entry: list[float], seed: int = 0) -> dict:
    """baseline / entry: the median of the pairs' ratios, and where 95% of the medians of resampled pairs lie.

    Source: Efron, Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13.
    """
    pairs = np.log(np.asarray(baseline)) - np.log(np.asarray(entry))
    drawn = np.random.default_rng(seed).integers(len(pairs), size=(RESAMPLES, len(pairs)))
    low, high = np.percentile(np.median(pairs[drawn], axis=1), [2.5, 97.5])
    return {"ratio": float(np.exp(np.median(pairs))), "low": float(np.exp(low)), "high": float(np.exp(high))}


def exact(baseline: float, entry: float) -> dict:
    """The ratio of two counts, which need no interval."""
    value = float(baseline / entry)
    return {"ratio": value, "low": value, "high": value}
