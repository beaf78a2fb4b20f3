"""Digits that nobody has seen: new writers with TinyDigits' test fonts, from a seed drawn at this moment.

An entry that was trained on the published test photos, or holds a table of them, answers those better than these.
"""

import importlib.util
import math

import numpy as np

from tito.olympics.digits import Photos, data_folder, normalized

WRITERS = 20  # 50 digits each
SURE = 2.5  # standard errors
POINTS = 2.0  # percentage points that a gap must have to be told


def fresh(seed: int | None = None, writers: int | None = None) -> Photos:
    """1,000 photos and labels. Without a seed, one from the system that no entry can know."""
    make, writers = _writers_module(), writers or WRITERS
    fonts = make.FONTS["test"][1]
    generators = np.random.default_rng(seed).spawn(writers)
    pages = [make.Writer(fonts[number % len(fonts)], rng).page() for number, rng in enumerate(generators)]
    return normalized(np.concatenate(pages)), np.tile(make.LABELS, writers).astype(np.int64)


def gap(known: dict[str, np.ndarray], unseen: dict[str, np.ndarray]) -> tuple[float, bool]:
    """Points of accuracy that the entry loses on unseen digits beyond what the baseline loses; and: is that suspicious?

    Both map "baseline" and "entry" to booleans (N,), right or wrong, for the same photos: pairs scatter less.
    """
    ahead = [found["entry"].astype(float) - found["baseline"] for found in (known, unseen)]
    more = 100 * (ahead[0].mean() - ahead[1].mean())
    error = 100 * math.sqrt(sum(pairs.var() / len(pairs) for pairs in ahead))
    return float(more), bool(more > max(POINTS, SURE * error))


def _writers_module():
    spec = importlib.util.spec_from_file_location("make_tinydigits", data_folder() / "make_tinydigits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
