"""Digits that nobody has seen: new writers with TinyDigits' test fonts, from a seed drawn at this moment.

What is ranked is measured on these: a table of the published test photos is of no use on them.
"""

import importlib.util
import math

import numpy as np

from tito.olympics.digits import Photos, data_folder, normalized

WRITERS = 60  # 50 digits each
SURE = 5.0  # standard errors, as if digits were independent; one writer's are alike, so it is about four true ones
POINTS = 2.0  # percentage points that a gap must have to be told
Count = tuple[int, int]  # right answers, photos


def fresh(seed: int | None = None, writers: int | None = None) -> Photos:
    """3,000 photos and labels. Without a seed, one from the system that no entry can know."""
    make, writers = _writers_module(), writers or WRITERS
    fonts = make.FONTS["test"][1]
    generators = np.random.default_rng(seed).spawn(writers)
    pages = [make.Writer(fonts[number % len(fonts)], rng).page() for number, rng in enumerate(generators)]
    return normalized(np.concatenate(pages)), np.tile(make.LABELS, writers).astype(np.int64)


def percent(count: Count) -> float:
    return 100 * count[0] / count[1]


def chance(share: Count, *samples: int) -> float:
    """Points by which the accuracy of samples of so many photos may differ from another, or from the truth."""
    right = share[0] / share[1]
    return 100 * SURE * math.sqrt(right * (1 - right) * sum(1 / size for size in samples))


def gap(known: Count, unseen: Count) -> tuple[float, bool]:
    """Points of accuracy by which the entry is better on the published photos; and: is that more than chance?"""
    more = percent(known) - percent(unseen)
    return more, more > max(POINTS, chance(unseen, known[1], unseen[1]))


def _writers_module():
    spec = importlib.util.spec_from_file_location("make_tinydigits", data_folder() / "make_tinydigits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
