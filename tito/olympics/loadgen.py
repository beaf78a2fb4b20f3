"""The same entry under MLCommons' LoadGen, the program that times entries to MLPerf: its word beside ours.

LoadGen runs here, on the measuring side, so an entry can no more forge its clock than ours. Its defaults fit no entry:
10 s and 100 queries; Offline sends one query of 1.1 x the expected rate x the duration, and expects 1 a second. So
what is expected comes from our own measurement.
"""

import importlib.util
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

from tito.interrupt import postponed
from tito.olympics.athlete import Athlete, Fouled

INSTALL = (
    'MLCommons LoadGen is not installed, so its figures are missing: pip install -c constraints.txt -e ".[olympics]"'
)
QUERIES, SECONDS = 1000, 1.0  # early stopping at the 90th percentile needs 64 queries
OFFLINE_MOST = 20_000  # photos in the one query of Offline: 5 MB
RESULT = re.compile(r"^Result is : (VALID|INVALID)", re.MULTILINE)
MEDIAN, P90 = r"50.00 percentile latency \(ns\)", r"90.00 percentile latency \(ns\)"
FIGURE = r"^\s*{} *: ([\d.e+]+)"
UNMET = re.compile(r"^\s*(\* .*|.*satisfied : NO.*)$", re.MULTILINE)


def installed() -> bool:
    return importlib.util.find_spec("mlperf_loadgen") is not None


def single_stream(athlete: Athlete, photos: np.ndarray, expected_seconds: float) -> dict:
    """One photo after another. Seconds: median and p90 by LoadGen's clock, and the same queries' median by ours."""

    def settings(lg, chosen) -> None:
        chosen.scenario = lg.TestScenario.SingleStream
        chosen.single_stream_expected_latency_ns = max(1, int(expected_seconds * 1e9))
        chosen.min_query_count = QUERIES

    summary, ours = _run(athlete, photos, settings)
    return _verdict(summary) | {
        "median_s": _figure(summary, MEDIAN) / 1e9,
        "p90_s": _figure(summary, P90) / 1e9,
        "our_median_s": float(np.median(ours)),
    }


def offline(athlete: Athlete, photos: np.ndarray, expected_rate: float) -> dict:
    """All photos in one query. Photos a second, as LoadGen counted them.

    LoadGen asks 1.1 x qps x the least duration: with twice the rate that was seen, an entry may be twice as fast as it
    was and still last. The query has an end, too: a faster entry gets a shorter least duration.
    """
    seconds = min(SECONDS, OFFLINE_MOST / (1.1 * 2 * expected_rate))

    def settings(lg, chosen) -> None:
        chosen.scenario = lg.TestScenario.Offline
        chosen.offline_expected_qps = 2 * expected_rate
        chosen.min_duration_ms = max(1, int(seconds * 1000))

    summary, _ = _run(athlete, photos, settings)
    return _verdict(summary) | {"photos_per_s": _figure(summary, "Samples per second")}


def failed(scenario: str, why: str) -> dict:
    """What stands in the place of figures where the entry gave up."""
    figures = {"single_stream": ("median_s", "p90_s", "our_median_s"), "offline": ("photos_per_s",)}[scenario]
    return {"valid": False, "why": f"the entry failed: {why}"[:500], **dict.fromkeys(figures, 0.0)}


def _run(athlete: Athlete, photos: np.ndarray, settings: Callable) -> tuple[str, list[float]]:
    """LoadGen's summary, and our clock's seconds for each query. Raises what the entry raised meanwhile."""
    import mlperf_loadgen as lg

    chosen, failed, seconds = lg.TestSettings(), [], []
    singles = [photos[i : i + 1] for i in range(len(photos))]
    chosen.mode = lg.TestMode.PerformanceOnly
    chosen.min_duration_ms = int(SECONDS * 1000)
    chosen.max_duration_ms = int(SECONDS * 10_000)
    settings(lg, chosen)

    def issue(samples) -> None:
        start = perf_counter()
        if not failed and not stopped:
            try:
                athlete.ask(singles[samples[0].index] if len(samples) == 1 else photos[[s.index for s in samples]])
            except Fouled as error:  # an exception here would end LoadGen and this process
                failed.append(error)
        answers = [lg.QuerySampleResponse(sample.id, 0, 0) for sample in samples]
        seconds.append(perf_counter() - start)
        lg.QuerySamplesComplete(answers)

    with tempfile.TemporaryDirectory(prefix="loadgen-") as folder:
        log = lg.LogSettings()
        log.log_output.outdir, log.log_output.copy_summary_to_stdout = folder, False
        log.enable_trace = False
        sut = lg.ConstructSUT(issue, lambda: None)
        qsl = lg.ConstructQSL(len(photos), len(photos), lambda _: None, lambda _: None)
        with postponed() as stopped:
            lg.StartTestWithLogSettings(sut, qsl, chosen, log)
            lg.DestroyQSL(qsl)
            lg.DestroySUT(sut)
        summary = (Path(folder) / "mlperf_log_summary.txt").read_text(encoding="utf-8")
    if failed:
        raise failed[0]
    return summary, seconds


def _figure(summary: str, label: str) -> float:
    found = re.search(FIGURE.format(label), summary, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _verdict(summary: str) -> dict:
    """VALID or not, and why not in one line."""
    found = RESULT.search(summary)
    valid = bool(found) and found[1] == "VALID"
    why = "" if valid else "; ".join(" ".join(line.split()) for line in UNMET.findall(summary)[:4])
    return {"valid": valid, "why": why}
