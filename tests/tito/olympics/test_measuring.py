"""Ratios, rules and LoadGen's part. No test says how fast anything is."""

import os
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from tests.tito.olympics.entries import entry
from tito.olympics import loadgen, measuring
from tito.olympics.athlete import Athlete, Fouled
from tito.olympics.digits import published
from tito.olympics.events import EVENTS, judged
from tito.olympics.files import baseline, size_of
from tito.olympics.paired import ratio


def measured(package, files, with_loadgen=False):
    steps = []
    found = measuring.measure(
        lambda chosen: Athlete(package, chosen),
        {"baseline": baseline(), "entry": files},
        published(),
        steps.append,
        with_loadgen,
    )
    return found, steps


def test_the_baseline_beside_itself_is_as_good_as_itself(brisk, tinytorch_package):
    found, steps = measured(tinytorch_package, baseline())
    assert found["ratios"]["size"]["ratio"] == found["ratios"]["accuracy"]["ratio"] == 1
    assert found["baseline"]["correct"] == found["entry"]["correct"]
    assert found["ratios"]["memory"]["ratio"] == pytest.approx(1, rel=0.2)
    assert found["loadgen"] is None
    assert len(steps) == 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no cores to choose from")
def test_who_asks_and_who_answers_share_one_core_while_the_clock_runs(brisk, tinytorch_package):
    before, seen = os.sched_getaffinity(0), []

    def start(files):
        athlete = Athlete(tinytorch_package, files)
        seen.append((os.sched_getaffinity(0), os.sched_getaffinity(athlete.process.pid)))
        return athlete

    measuring.measure(start, dict.fromkeys(measuring.SIDES, baseline()), published(), lambda step: None, False)
    assert seen[:2] == [(before, before)] * 2  # memory and answers have no clock
    assert all(ours == theirs and len(ours) == 1 for ours, theirs in seen[2:]) and len(seen) > 2
    assert os.sched_getaffinity(0) == before


def test_counts_of_an_entry_are_told(brisk, tinytorch_package):
    files = entry("return np.full(len(images), 3)")
    found, _ = measured(tinytorch_package, files)
    assert found["entry"]["correct"] == (published()[1] == 3).sum()
    assert found["entry"]["bytes"] == size_of(files)
    score, fouls = judged(EVENTS["size"], found)
    assert score == pytest.approx(size_of(baseline()) / size_of(files))
    assert fouls and "points below the baseline's" in fouls[0]


def test_answers_that_change_once_the_clock_runs_are_a_foul(brisk, tinytorch_package):
    with pytest.raises(Fouled, match="its answers change"):
        measured(
            tinytorch_package,
            entry(
                "return images.sum(axis=(1, 2, 3)).astype(int) % 10 if len(images) == 500 else "
                "np.zeros(len(images), int)"
            ),
        )


@pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="the system does not tell who is at work")
def test_an_entry_that_holds_the_baseline_up_between_its_own_questions_is_a_foul(brisk, tinytorch_package, monkeypatch):
    monkeypatch.setattr(measuring, "ROUNDS", 40)  # beside other work the system may not let it disturb each of a few
    load = """
import select, sys
main = sys.modules["__main__"]
say = main.say
def slow(kind, payload=b""):
    say(kind, payload)
    while kind == b"A" and not select.select([main.READ], [], [], 0)[0]:
        pass
main.say = slow"""
    with pytest.raises(Fouled, match="works while the baseline is asked"):
        measured(tinytorch_package, entry(load=load))


def test_a_package_that_cannot_run_the_baseline_is_named(brisk):
    with pytest.raises(Fouled, match="the baseline cannot run"):
        measured({"__init__.py": b""}, entry())


def test_ratios_of_pairs_do_not_see_what_slows_down_both():
    rng = np.random.default_rng(0)
    drift = np.exp(rng.normal(size=60))
    found = ratio((3 * drift).tolist(), drift.tolist())
    assert found["ratio"] == pytest.approx(3)
    assert found["low"] == pytest.approx(3) == found["high"]
    noisy = ratio((3 * drift * np.exp(rng.normal(size=60) / 10)).tolist(), drift.tolist())
    assert noisy["low"] < noisy["ratio"] < noisy["high"]
    assert noisy["low"] == pytest.approx(3, rel=0.15)


@pytest.mark.skipif(not loadgen.installed(), reason="needs mlcommons-loadgen")
def test_loadgen_times_the_same_entry(brisk, tinytorch_package, monkeypatch):
    monkeypatch.setattr(loadgen, "SECONDS", 0.1)
    monkeypatch.setattr(loadgen, "QUERIES", 100)
    found, steps = measured(tinytorch_package, baseline(), with_loadgen=True)
    single, offline = found["loadgen"]["single_stream"], found["loadgen"]["offline"]
    assert single["valid"] and single["why"] == ""
    assert 0 < single["our_median_s"] <= single["median_s"] <= single["p90_s"]
    assert offline["photos_per_s"] > 0
    assert len(steps) == 5


@pytest.mark.skipif(not loadgen.installed(), reason="needs mlcommons-loadgen")
def test_an_entry_that_fails_under_loadgen_is_told_and_ends_nothing(monkeypatch):
    monkeypatch.setattr(loadgen, "SECONDS", 0.05)
    monkeypatch.setattr(loadgen, "QUERIES", 64)
    with (
        Athlete(
            {},
            entry("predict.n = getattr(predict, 'n', 0) + 1\nassert predict.n < 9\nreturn np.zeros(len(images), int)"),
        ) as one,
        pytest.raises(Fouled, match="AssertionError"),
    ):
        loadgen.single_stream(one, published()[0], 1e-3)


@pytest.mark.skipif(not loadgen.installed(), reason="needs mlcommons-loadgen")
def test_an_entry_that_gives_up_under_loadgen_alone_keeps_our_figures(brisk, tinytorch_package, monkeypatch):
    monkeypatch.setattr(loadgen, "SECONDS", 0.05)
    monkeypatch.setattr(loadgen, "QUERIES", 64)
    files = entry("assert len(images) <= 500, 'too many'\nreturn np.zeros(len(images), int)")
    found, _ = measured(tinytorch_package, files, with_loadgen=True)
    assert found["loadgen"]["single_stream"]["valid"]
    why = "the entry failed: its code raised AssertionError: too many (entry.py, line 5)"
    assert found["loadgen"]["offline"] == {"valid": False, "photos_per_s": 0.0, "why": why}
    assert found["ratios"]["latency"]["ratio"] > 0


def test_an_invalid_result_is_explained_in_one_line():
    summary = ("Result is : INVALID\n  Min duration satisfied : NO\n  Min queries satisfied : Yes\n"
               "Recommendations:\n * Increase expected QPS\n")
    assert loadgen._verdict(summary) == {"valid": False, "why": "Min duration satisfied : NO; * Increase expected QPS"}


def test_scores_and_rules_of_the_events():
    ratios = {"latency": 4.0, "memory": 2.0, "accuracy": 0.5, "size": 16.0, "throughput": 1.0}
    assert EVENTS["all-round"].score(ratios) == pytest.approx(64**0.25)
    assert EVENTS["latency"].fouls(ratios, 1.0) == []
    assert "1.2 points below" in EVENTS["latency"].fouls(ratios, 1.2)[0]
    assert EVENTS["accuracy"].fouls(ratios, 5.0) == []
    assert "latency 0.40" in EVENTS["accuracy"].fouls(ratios | {"latency": 0.4}, 0)[0]
    assert "size 0.90" in EVENTS["accuracy"].fouls(ratios | {"size": 0.9}, 0)[0]
    without = ratios | {"memory": None}
    assert EVENTS["all-round"].score(without) is None
    assert "needs Linux" in EVENTS["memory"].fouls(without, 0)[0]


class Listed(nullcontext):
    """An athlete that notes what it is asked."""

    memory = SimpleNamespace(peak=lambda: 1 << 20, busy_seconds=lambda: 0.0)

    def __init__(self):
        super().__init__(self)
        self.asked = []

    def ask(self, images):
        self.asked += [photo.tobytes() for photo in images]
        return np.zeros(len(images), int)


@pytest.mark.parametrize("photos", [500, 1000])
def test_while_the_clock_runs_no_process_is_asked_a_photo_twice(photos):
    images = np.random.default_rng(photos).normal(size=(photos, 1, 2, 2)).astype(np.float32)
    athletes = {name: Listed() for name in measuring.SIDES}
    seconds = measuring._latency(athletes, images, dict.fromkeys(measuring.SIDES, np.zeros(photos, int)))
    for name, athlete in athletes.items():
        assert len(set(athlete.asked)) == len(athlete.asked) == np.size(seconds[name]) + measuring.WARM_UP
    assert len(seconds["entry"]) == min(measuring.ROUNDS, (photos - measuring.WARM_UP) // measuring.BLOCK)


def test_photos_that_take_long_count_unless_something_else_held_them_up():
    blocks = np.full((3, measuring.BLOCK), 1.0)
    blocks[0, 0] = blocks[1, :4] = 100.0
    np.testing.assert_allclose(measuring._block_seconds(blocks), [1, (2 * 100 + 8) / 10, 1])


def test_throughput_asks_as_many_at_once_as_the_rest_however_many_photos_there_are(brisk):
    images = np.random.default_rng(0).normal(size=(700, 1, 2, 2)).astype(np.float32)
    athletes = {name: Listed() for name in measuring.SIDES}
    measuring._throughput(athletes, images, dict.fromkeys(measuring.SIDES, np.zeros(700, int)))
    assert len(athletes["entry"].asked) == measuring.BATCHES * 500
