"""Measures an entry beside the baseline, in one run: memory, right answers, latency, throughput, size.

Two processes, one for each, are asked in turns. What is told to a process is photos, in an order drawn afresh.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from tito.olympics import loadgen
from tito.olympics.athlete import Athlete, Fouled
from tito.olympics.digits import Photos
from tito.olympics.files import size_of
from tito.olympics.paired import exact, ratio

SIDES = ("baseline", "entry")
HEATS = 3  # with new processes each: where one happens to lie in memory is luck
ROUNDS, BLOCK, WARM_UP = 60, 12, 50  # latency, in each heat: at most so many rounds of one block for each side
SLOWEST = 2  # photos of a block that do not count: what else the machine does only adds time
BATCHES = 14  # throughput, in each heat: calls
BATCH = 500  # photos in a question, except where single ones are timed
BUSY = 0.03  # of the baseline's time, in which the entry may be at work: to finish an answer takes some microseconds
SAME = 0.98  # of the timed answers that must be those of before
FLOOR = 1 << 20  # memory below this is Python's own
Start = Callable[[Mapping[str, bytes]], Athlete]
STEPS = HEATS + 4


@dataclass
class Side:
    """What was measured of the baseline or of the entry."""

    bytes: int
    asked: int = 0
    correct: int = 0
    peak_bytes: int | None = None
    latency_s: float = 0.0
    photos_per_s: float = 0.0


def measure(
    start: Start,
    files: dict[str, Mapping[str, bytes]],
    photos: Photos,
    advance: Callable[[str], None],
    with_loadgen: bool = True,
) -> dict:
    """Both sides, the ratios between them and LoadGen's figures. Raises Fouled, which names the side if not the entry.

    files: those of each side. advance: called after each of STEPS steps.
    """
    sides = {name: Side(size_of(files[name])) for name in SIDES}
    given = {}
    for name in SIDES:
        given[name] = _alone(start, files[name], photos, sides[name], name)
        advance("memory and answers")
    images = photos[0]
    latency, rates, official = {name: [] for name in SIDES}, {name: [] for name in SIDES}, None
    for heat in range(HEATS):
        with (
            one_core(heat),
            _named("baseline", start, files) as first,
            _named("entry", start, files) as second,
        ):
            athletes = dict(zip(SIDES, (first, second)))
            for all_heats, one in ((latency, _latency), (rates, _throughput)):
                for name, figures in one(athletes, images, given).items():
                    all_heats[name] += figures
            advance("heat")
            if heat == HEATS - 1:
                for name, side in sides.items():
                    side.latency_s, side.photos_per_s = [
                        float(np.median(found)) for found in (_block_seconds(latency[name]), rates[name])
                    ]
                if with_loadgen and loadgen.installed():
                    official = _official(second, images, sides["entry"], advance)
    return {
        **{name: vars(side) for name, side in sides.items()},
        "ratios": _ratios(sides, latency, rates),
        "loadgen": official,
    }


@contextmanager
def one_core(number: int) -> Iterator[None]:
    """Keeps this process, and those that it starts in here, on one of its cores, where the system can.

    Who asks and who answers never work at the same time. On two cores each would be woken from sleep by the other,
    which made a photo of the baseline 1.4 to 2 times slower, and whether they share a core is the system's whim.
    """
    if not hasattr(os, "sched_setaffinity"):  # Linux has it
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[number % len(before)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _official(athlete: Athlete, images: np.ndarray, side: Side, advance: Callable[[str], None]) -> dict:
    """LoadGen's two scenarios, told to expect what we have measured."""
    found = {}
    for name, scenario, expected in (
        ("single_stream", loadgen.single_stream, side.latency_s),
        ("offline", loadgen.offline, side.photos_per_s),
    ):
        try:
            found[name] = scenario(athlete, images, expected)
        except Fouled as error:  # by our rules it may have done well: so many photos at once, for instance
            found[name] = loadgen.failed(name, str(error))
        advance("LoadGen")
    return found


def _ratios(sides: dict[str, Side], latency: dict, rates: dict) -> dict:
    """Each above 1 where the entry is better."""
    base, entry = sides["baseline"], sides["entry"]
    memory = None
    if base.peak_bytes is not None and entry.peak_bytes is not None:
        memory = exact(max(base.peak_bytes, FLOOR), max(entry.peak_bytes, FLOOR))
    wrong = [side.asked - side.correct + 1 for side in (base, entry)]
    return {
        "latency": ratio(_block_seconds(latency["baseline"]), _block_seconds(latency["entry"])),
        "throughput": ratio(rates["entry"], rates["baseline"]),
        "memory": memory,
        "accuracy": exact(*wrong),
        "size": exact(base.bytes, entry.bytes),
    }


def _block_seconds(seconds: list[list[float]]) -> np.ndarray:
    """Seconds for a photo, of each block: the mean without the slowest, so that slow answers to some photos count."""
    return np.sort(seconds, axis=1)[:, :-SLOWEST].mean(axis=1)


def _named(name: str, start: Start, files: dict[str, Mapping[str, bytes]]) -> Athlete:
    try:
        return start(files[name])
    except Fouled as error:
        raise (error if name == "entry" else Fouled(f"the baseline cannot run on this package: {error}")) from None


def _alone(start: Start, files: Mapping[str, bytes], photos: Photos, side: Side, name: str) -> np.ndarray:
    """All photos, to a process that has answered nothing before: its answers, how many are right, and its peak."""
    images, labels = photos
    with _named(name, start, {name: files}) as athlete:
        found = _answers(athlete, images)
        try:
            side.peak_bytes = athlete.memory.peak()
        except (OSError, ValueError) as error:
            raise Fouled(str(error) if isinstance(error, ValueError) else "its process ended") from None
    side.asked, side.correct = len(labels), int((found == labels).sum())
    return found


def _answers(athlete: Athlete, images: np.ndarray) -> np.ndarray:
    return np.concatenate([athlete.ask(images[i : i + BATCH]) for i in range(0, len(images), BATCH)])


def _latency(
    athletes: dict[str, Athlete], images: np.ndarray, given: dict[str, np.ndarray]
) -> dict[str, list[list[float]]]:
    """Seconds for each photo, a row for each block. The sides take turns, and in going first, too.

    No process is asked the same photo twice, warm-up included: what it remembers is of no use.
    """
    seconds, asked, same = {name: [] for name in SIDES}, 0, dict.fromkeys(SIDES, 0)
    busy, rival = 0.0, athletes["entry"].memory
    order = np.random.default_rng().permutation(len(images))
    warm_up, rest = order[:WARM_UP], order[WARM_UP:]
    rounds = min(ROUNDS, len(rest) // BLOCK)
    for name in SIDES:
        for i in warm_up:
            athletes[name].ask(images[i : i + 1])
    for number, block in enumerate(rest[: rounds * BLOCK].reshape(rounds, BLOCK).tolist()):
        asked += len(block)
        for name in SIDES[:: -1 if number % 2 else 1]:
            taken, already = [], rival.busy_seconds()
            for i in block:
                photo = images[i : i + 1]
                start = perf_counter()
                answer = athletes[name].ask(photo)
                taken.append(perf_counter() - start)
                same[name] += int(answer[0] == given[name][i])
            seconds[name].append(taken)
            if name == "baseline":
                busy += rival.busy_seconds() - already
    if busy > BUSY * np.sum(seconds["baseline"]):
        raise Fouled("it works while the baseline is asked, which holds the baseline up")
    _steady(same["entry"] / asked)
    return seconds


def _throughput(
    athletes: dict[str, Athlete], images: np.ndarray, given: dict[str, np.ndarray]
) -> dict[str, list[float]]:
    rates = {name: [] for name in SIDES}
    for number in range(BATCHES):
        order = np.random.default_rng().permutation(len(images))[:BATCH]
        batch = images[order]
        for name in SIDES[:: -1 if number % 2 else 1]:
            start = perf_counter()
            answers = athletes[name].ask(batch)
            rates[name].append(len(batch) / (perf_counter() - start))
            if name == "entry":
                _steady(float(np.mean(answers == given[name][order])))
    return rates


def _steady(share: float) -> None:
    if share < SAME:
        raise Fouled(
            f"its answers change: {1 - share:.0%} of the timed ones were others than before. Is dropout still on?"
        )
