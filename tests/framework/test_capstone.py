"""The Olympics of the package: scores, rules, submissions, signatures, rankings. tito's own rules agree with them."""
import hashlib
import hmac
import json
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.capstone import gap, geometric_mean, measure, ratios, sign, signed_by, text_of
from tito.olympics.events import EVENTS

RATIOS = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8)
OLD = {"latency": 2.0, "memory": 8_000_000, "size": 9_000, "wrong": 19, "asked": 500}
NEW = {"latency": 0.5, "memory": 4_000_000, "size": 3_000, "wrong": 21, "asked": 500}


def submission(team="ada", **changes):
    return tt.Submission(team, "size", {"net.bin": bytes(3_000)}, OLD, NEW | changes)


@given(RATIOS)
def test_the_geometric_mean_is_that_of_the_standard_library(values):
    assert geometric_mean(values) == pytest.approx(statistics.geometric_mean(values), rel=1e-9)


@given(st.lists(st.tuples(*[st.floats(0.01, 100)] * 3), min_size=1, max_size=6))
def test_another_baseline_changes_no_order(rows):
    a, b, base = np.array(rows).T
    direct = geometric_mean(a / b)
    assert geometric_mean(a / base) / geometric_mean(b / base) == pytest.approx(direct, rel=1e-9)


def test_events_agree_with_those_of_tito():
    """The notebook's rules and those that judge the class give the same scores and the same number of fouls."""
    found = ratios(OLD, NEW)
    for name, theirs in EVENTS.items():
        budgets = {budget.measure: budget.least for budget in theirs.budgets}
        ours = tt.Event(name, theirs.measures, budgets, 1.0 if theirs.keeps_accuracy else None)
        assert ours.score(OLD, NEW) == pytest.approx(theirs.score(found))
        for changes in ({}, {"wrong": 30}, {"size": 90_000}, {"latency": 9.0, "wrong": 400}):
            entry = OLD | changes
            lost = 100 * (entry["wrong"] - OLD["wrong"]) / 500
            assert len(ours.fouls(OLD, entry)) == len(theirs.fouls(ratios(OLD, entry), lost)), (name, changes)


def test_the_signature_is_the_standard_librarys():
    made, key = submission(), b"secret"
    sums = {"net.bin": hashlib.sha256(bytes(3_000)).hexdigest()}
    text = json.dumps({"team": "ada", "event": "size", "checksums": sums, "baseline": OLD, "entry": NEW},
                      sort_keys=True).encode()
    assert text_of(made) == text
    assert sign(made, key) == hmac.new(key, text, hashlib.sha256).hexdigest()
    assert signed_by(made, key, sign(made, key)) and not signed_by(made, b"other", sign(made, key))


def test_a_leaderboard_ranks_submissions_and_says_why_one_is_out():
    board = tt.Leaderboard(tt.Event("size", ["size"]))
    assert board.enter(submission("ada")) == []
    assert board.enter(submission("bo")) == []
    assert board.enter(submission("cy", wrong=100))[0].startswith("accuracy:")
    assert board.enter(submission("eve", latency=float("nan")))[0].startswith("entry:")
    assert [(place, team) for place, team, _ in board.ranking()] == [(1, "ada"), (1, "bo")]
    assert board.ranking()[0][2] == pytest.approx(3)


def test_measure_takes_figures_that_submissions_accept():
    photos, labels = np.zeros((20, 1, 8, 8), np.float32), np.arange(20) % 10
    def predict(x):
        return (np.arange(len(x)) + (x.sum() > 1)) % 10
    base, entry = measure((predict, 3), (predict, 3), photos, labels, pairs=6, least=1e-4)
    made = tt.Submission("ada", "size", {"f": b"abc"}, base, entry)
    assert made.problems() == []
    assert base["wrong"] == entry["wrong"] == 0 and base["asked"] == 20
    json.dumps([base, entry])                             # plain numbers, no NumPy's


def test_the_gap_scatters_as_its_error_says():
    rng = np.random.default_rng(0)
    known, unseen = rng.binomial(250, 0.9, size=2000), rng.binomial(400, 0.8, size=2000)
    lost = [gap((int(a), 250), (int(b), 400))[0] for a, b in zip(known, unseen)]
    points, error = gap((225, 250), (320, 400))
    assert np.mean(lost) == pytest.approx(points, abs=0.3)
    assert np.std(lost) == pytest.approx(error, rel=0.1)
