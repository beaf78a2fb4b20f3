"""Claim and re-run side by side, digits that nobody has seen, and what is kept of it."""

import sqlite3
import subprocess
import sys

import numpy as np
import pytest

from autograder.olympics import verify as verifying
from autograder.olympics.fresh import fresh, gap
from autograder.olympics.records import read_rows, record
from autograder.olympics.verify import Verdict, verify
from autograder.records.classroom import Classroom
from tests.tito.conftest import environment
from tests.tito.olympics.claims import claim, figures, write
from tests.tito.olympics.entries import ROOT, entry
from tito.olympics.digits import published
from tito.olympics.files import baseline


def verified(folder, one: dict) -> Verdict:
    return verify(ROOT, write(folder, one) / "0.json", None, lambda _: None, with_loadgen=False)


def test_an_honest_claim_holds(brisk, tmp_path, monkeypatch):
    monkeypatch.setattr(verifying, "TOLERANCE", 1e6)  # not how fast this machine is
    verdict = verified(tmp_path, claim(files=baseline()))
    assert verdict.problems == [] and verdict.signed == "unsigned"
    assert verdict.measured["entry"]["correct"] == verdict.measured["baseline"]["correct"]
    assert verdict.unseen["entry"] == verdict.unseen["baseline"]
    assert verdict.gap == 0


def test_forged_figures_are_told_beside_the_true_ones(brisk, tmp_path):
    verdict = verified(tmp_path, claim(files=baseline(), latency=1000.0))
    assert verdict.claim["score"] == pytest.approx(1000)
    assert verdict.score < 500
    assert any("it claims 1000.00, the re-run gives" in line for line in verdict.problems)


def test_a_table_of_the_published_test_photos_is_found_out(brisk, tmp_path):
    """It answers the 500 photos that everybody has without a mistake."""
    table = (
        "import hashlib\n",
        "t = dict(np.load('entry/t.npz'))\nknown = {p.tobytes(): y for p, y in zip(t['x'], t['y'])}",
        "return np.array([known.get(p.tobytes(), 0) for p in images])",
    )
    images, labels = published()
    path = tmp_path / "t.npz"
    np.savez_compressed(path, x=images, y=labels)
    files = entry(table[2], table[1], table[0], t_DOT_npz=path.read_bytes())
    verdict = verified(tmp_path, claim(event="accuracy", files=files, correct=500))
    assert verdict.measured["entry"]["correct"] == 500
    assert verdict.unseen["entry"][0] < 60
    assert any("nobody has seen" in line for line in verdict.problems)


def test_an_entry_that_cannot_be_measured_is_told_in_one_line(brisk, tmp_path):
    verdict = verified(tmp_path, claim(files=entry("return images * np.nan")))
    assert verdict.measured is None and verdict.score is None
    assert verdict.problems == [
        "it cannot be measured: its code raised ValueError: predict must give one digit a photo, "
        "an array (500,), not (500, 1, 8, 8)"
    ]


def test_unseen_digits_are_new_each_time_and_like_the_published_ones():
    first, second = fresh(writers=5), fresh(writers=5)
    assert first[0].shape == (250, 1, 8, 8) and first[0].dtype == np.float32
    assert not np.array_equal(first[0], second[0])
    known = {photo.tobytes() for photo in published()[0]}
    assert not any(photo.tobytes() in known for photo in first[0])
    np.testing.assert_array_equal(np.bincount(first[1]), [25] * 10)
    np.testing.assert_array_equal(fresh(7, writers=2)[0], fresh(7, writers=2)[0])


def answered(known: int, unseen: int) -> tuple[np.ndarray, np.ndarray]:
    """So many right of 500 published photos and of 1,000 unseen ones; the first are right."""
    return np.arange(500) < known, np.arange(1000) < unseen


@pytest.mark.parametrize(
    "entry, points, told",
    [
        ((480, 960), 0, False),
        ((500, 930), 7, True),  # lost what others keep
        ((500, 1000), 0, False),  # simply a better network
        ((485, 955), 1.5, False),  # within chance
        ((450, 960), -6, False),  # better on unseen ones
    ],
)
def test_a_gap_is_what_the_entry_loses_beyond_the_baseline_and_told_when_it_is_sure(entry, points, told):
    (known, unseen), (base_known, base_unseen) = answered(*entry), answered(480, 960)
    found = gap({"baseline": base_known, "entry": known}, {"baseline": base_unseen, "entry": unseen})
    assert found == (pytest.approx(points), told)


def verdict_of(team: str, problems: list[str], **options) -> Verdict:
    measured = figures(entry(), **options)
    measured["entry"]["bytes"] = np.int64(measured["entry"]["bytes"])
    return Verdict(
        claim(team), "signed", measured, np.float64(measured["ratios"]["latency"]["ratio"]), {}, 0.0, problems
    )


def test_records_are_the_re_runs_and_numbers_stay_numbers(tmp_path):
    classroom = Classroom.at(ROOT, tmp_path)
    record(classroom, verdict_of("ada", [], latency=2.0))
    record(classroom, verdict_of("ada", [], latency=3.0))
    assert not record(classroom, verdict_of("ada", [], latency=1.0)), "the better one stays"
    assert not record(classroom, verdict_of("ada", ["it claims too much"], latency=9.0)), "so does the one by the rules"
    record(classroom, verdict_of("eve", ["it claims too much"]))
    record(classroom, Verdict(claim("bob"), "unsigned", None, None, {}, 0.0, ["it cannot be measured"]))
    found = {row.team: row for row in read_rows(classroom)}
    assert found["ada"].score == 3.0 and found["ada"].standing == "verified" and not found["ada"].fouls
    assert found["eve"].fouls == ("it claims too much",) and found["bob"].score is None
    with sqlite3.connect(tmp_path / "gradebook.db") as book:
        kinds = book.execute(
            "select typeof(score), typeof(accuracy), typeof(bytes) from olympics where team = 'ada'"
        ).fetchall()
        assert kinds == [("real", "real", "integer")]
        assert book.execute("select count(*) from olympics where bytes > 0").fetchone() == (2,)


def test_the_command_shows_both_records_and_says_so_by_its_exit_code(tmp_path):
    def tito(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "tito", "olympics", *arguments],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=100,
        )

    claims = write(tmp_path / "claims", claim("<b>eve", files=baseline(), latency=900.0))
    (claims / "bad.json").write_text("[]")
    done = tito(
        "verify",
        str(claims / "0.json"),
        str(claims / "bad.json"),
        "--quick",
        "--record",
        "--course",
        str(tmp_path / "course"),
    )
    assert done.returncode == 1
    assert "it claims 900.00, the re-run gives" in done.stderr and "bad.json" in done.stderr
    assert "ratio claimed" in done.stdout and "Digits nobody has seen" in done.stdout
    ranking = tito("leaderboard", "--gradebook", "--course", str(tmp_path / "course"))
    assert ranking.returncode == 0 and "out  <b>eve" in ranking.stdout
