"""Benchmarking on clocks that the test moves: what is timed, in which order, and how honest the statistics are."""
import gc
import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.benchmarking import (
    bootstrap_interval,
    calls_for,
    gc_paused,
    holm,
    paired_seconds,
    plot_comparisons,
    plot_front,
    sign_patterns,
    signed_rank_test,
    signed_ranks,
    timed,
)
from tito.checks import assert_close, raises


class Clock:
    """A clock that only jobs move."""

    def __init__(self, tick: float = 0.0):
        self.now, self.tick, self.order = 0.0, tick, ""

    def __call__(self) -> float:
        return self.now // self.tick * self.tick if self.tick else self.now

    def job(self, seconds, name: str = "a"):
        """A function that takes `seconds`, or the next of them."""
        times = itertools.cycle(np.atleast_1d(seconds).tolist())

        def f():
            self.now += next(times)
            self.order += name
        return f


def test_the_clock_is_read_outside_the_calls():
    clock = Clock()
    assert timed(clock.job([1, 2, 3]), 3, clock) == 2
    assert clock.order == "aaa"


def test_the_collector_is_paused_while_timed_and_left_as_it_was():
    seen = []
    timed(lambda: seen.append(gc.isenabled()))
    assert seen == [False] and gc.isenabled()
    gc.disable()
    try:
        with gc_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
    with raises(ZeroDivisionError):
        timed(lambda: 1 / 0)
    assert gc.isenabled()


@settings(deadline=None)
@given(st.integers(1, 50), st.integers(1, 3000))
def test_calls_are_the_first_power_of_two_that_fills_a_block(seconds, least):
    calls = calls_for(Clock().job(0), 0, time.perf_counter)
    assert calls == 1
    clock = Clock()
    calls = calls_for(clock.job(seconds), least, clock)
    assert calls * seconds >= least and calls.bit_count() == 1
    assert calls == 1 or calls // 2 * seconds < least


def test_a_coarse_clock_is_right_in_long_blocks():
    clock = Clock(tick=0.0156)
    samples = tt.Benchmark(repeats=10, least=0.5, clock=clock).run(clock.job(0.001))
    assert_close(samples, np.full(10, 0.001), rtol=0.05)


def test_benchmark_refuses_one_repeat():
    with raises(ValueError, "repeats=1"):
        tt.Benchmark(repeats=1)


def test_no_spread_gives_an_interval_and_one_sample_an_error():
    assert bootstrap_interval(np.full(20, 0.25)) == (0.25, 0.25)
    for bad in ([1.0], [], 3.0, [[1.0, 2.0]]):
        with raises(ValueError, "bootstrap_interval"):
            bootstrap_interval(bad)


def test_intervals_hold_the_median_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    for confidence, least, most in ((0.95, 0.91, 0.98), (0.8, 0.73, 0.86)):
        found = np.array([bootstrap_interval(rng.exponential(size=25), confidence, 500, rng) for _ in range(400)])
        hit = (found[:, 0] <= np.log(2)) & (found[:, 1] >= np.log(2))
        assert least < hit.mean() < most


def test_sign_patterns_are_all_of_them_and_begin_with_what_was_observed():
    for pairs in (1, 5, 12, 13):
        signs = sign_patterns(pairs)
        assert (signs[0] == 1).all() and set(np.unique(signs)) == {-1, 1}
        assert len(signs) == (2 ** pairs if pairs <= 12 else 10_000)
        assert pairs > 12 or len(np.unique(signs, axis=0)) == len(signs)


@settings(deadline=None)
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=10))
def test_signed_ranks_and_test_agree_with_their_definition(numbers):
    d = np.array(numbers, float)
    places = {size: [i + 1 for i, other in enumerate(sorted(abs(d))) if other == size] for size in abs(d)}
    ranks = np.array([np.mean(places[abs(x)]) * np.sign(x) for x in d])
    assert_close(signed_ranks(d), ranks)
    sums = [abs(np.dot(signs, ranks)) for signs in itertools.product((-1, 1), repeat=len(d))]
    assert_close(signed_rank_test(d), np.mean(np.array(sums) >= abs(ranks.sum())))
    assert signed_rank_test(-d) == signed_rank_test(d)
    assert signed_rank_test(d ** 3) == signed_rank_test(d)


def test_many_pairs_are_drawn_and_the_seed_decides():
    d = np.random.default_rng(0).normal(0.3, 1, size=40)
    assert signed_rank_test(d, rng=1) == signed_rank_test(d, rng=1)
    assert len({signed_rank_test(d, rng=seed) for seed in range(5)}) > 1
    assert 0 < signed_rank_test(abs(d)) == 1e-4


@pytest.mark.parametrize("calls", [(1, 1), (2, 3)])
def test_pairs_swap_their_order_and_keep_their_columns(calls):
    clock = Clock()
    samples = paired_seconds(clock.job(1, "a"), clock.job(4, "b"), 3, calls, clock)
    a, b = "a" * calls[0], "b" * calls[1]
    assert clock.order == a + b + b + a + a + b
    assert_close(samples, [[1, 4]] * 3)


def noisy(seed: int, ratio: float = 1.0, pairs: int = 20, **settings):
    """compare on a machine with noise, drift and interruptions, where a takes `ratio` times as long as b."""
    clock, rng = Clock(), np.random.default_rng(seed)

    def job(seconds):
        def f():
            slower = np.exp(0.05 * rng.normal()) * (1 + 0.002 * clock.now)
            clock.now += seconds * slower * (3 if rng.random() < 0.1 else 1)
        return f
    return tt.compare(job(ratio), job(1.0), pairs, clock=clock, rng=seed, **settings)


def test_one_in_twenty_comparisons_of_equals_is_significant():
    p = np.array([noisy(seed, pairs=10).p_value for seed in range(1000)])      # 10 pairs: all patterns, no drawing
    assert 0.03 < (p < 0.05).mean() < 0.07
    assert 0.16 < (p < 0.2).mean() < 0.24


def test_a_true_difference_is_seen_and_its_size_is_right():
    found = [noisy(seed, ratio=1.3) for seed in range(20)]
    assert sum(one.faster == "b" for one in found) >= 16 and all(one.faster != "a" for one in found)
    assert sum(one.interval[0] <= 1.3 <= one.interval[1] for one in found) >= 16
    assert_close(np.median([one.ratio for one in found]), 1.3, rtol=0.02)


def test_drift_alone_is_not_taken_for_a_difference():
    clock = Clock()

    def slower_and_slower():
        clock.now = 1.02 * clock.now + 1
    first, second = [tt.Benchmark(repeats=20, least=0, clock=clock).run(slower_and_slower) for _ in range(2)]
    assert np.median(second) / np.median(first) > 1.5
    clock.now = 0.0
    found = tt.compare(slower_and_slower, slower_and_slower, least=0, clock=clock)
    assert found.faster is None and abs(found.ratio - 1) < 1e-6


def test_the_ratio_is_fair_to_both():
    for seed in range(5):
        times = np.exp(np.random.default_rng(seed).normal(size=(22, 2)))
        one, other = (tt.compare(*[clock.job(t) for t in columns], pairs=18, warmup=1, least=0, clock=clock)
                      for columns, clock in ((times.T, Clock()), (times.T[::-1], Clock())))
        assert_close(one.ratio * other.ratio, 1.0)
        assert one.p_value == other.p_value


def test_comparison_says_it_in_one_line():
    clock = Clock()
    told = str(tt.compare(clock.job(3), clock.job(2), 8, clock=clock))
    assert told == "a / b = 1.500, interval 1.500 to 1.500, p = 0.0078, 8 pairs: b is faster"
    assert str(tt.compare(clock.job(3), clock.job(3), 8, clock=clock)).endswith("no difference seen")


def test_compare_refuses_what_cannot_be_answered():
    clock = Clock()
    with raises(ValueError, "5 pairs"):
        tt.compare(clock.job(1), clock.job(2), pairs=5, clock=clock)
    with raises(ValueError, "confidence"):
        tt.compare(clock.job(1), clock.job(2), confidence=1.0, clock=clock)
    with raises(ValueError, "least"):
        tt.compare(clock.job(0), clock.job(1), least=0, clock=clock)


def test_real_functions_are_compared_on_the_real_clock():
    found = tt.compare(lambda: sum(range(3000)), lambda: sum(range(30)), pairs=8, least=0.0005)
    assert found.samples.shape == (8, 2) and (found.samples > 0).all()


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_agrees_with_the_step_down_procedure(p):
    corrected = holm(p)
    assert (corrected >= np.array(p) - 1e-12).all() and (corrected <= 1).all()
    for level in (0.03, 0.2, 0.7):
        rejected, order = np.zeros(len(p), bool), np.argsort(p)
        for step, index in enumerate(order):
            if p[index] * (len(p) - step) > level:
                break
            rejected[index] = True
        clear = abs(corrected - level) > 1e-9
        assert ((corrected <= level) == rejected)[clear].all()


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=12))
def test_pareto_front_agrees_with_its_definition(points):
    def dominates(p, q):
        return all(x <= y for x, y in zip(p, q)) and p != q
    expected = [not any(dominates(p, q) for p in points) for q in points]
    assert tt.pareto_front(points).tolist() == expected


def test_the_pictures_show_names_ratios_and_the_front():
    plt = pytest.importorskip("matplotlib.pyplot")
    clock = Clock()
    result = tt.compare(clock.job(3), clock.job(2), 8, clock=clock)
    figure, (left, right) = plt.subplots(1, 2)
    plot_comparisons(left, {"slow / quick": result, "again": result})
    assert [label.get_text() for label in left.get_yticklabels()] == ["slow / quick", "again"]
    assert left.get_xscale() == "log"
    plot_front(right, [[3, 1], [1, 3], [3, 3], [1, 3]], ["p", "q", "r", "s"])
    assert {text.get_text() for text in right.texts} == {"p", "q", "r", "s"}
    assert_close(np.transpose(right.lines[0].get_data()), [[1, 3], [1, 3], [3, 1]])
    plt.close(figure)
