"""Claims for tests, with figures that nobody measured."""

import copy
import json
from pathlib import Path

from tests.tito.olympics.entries import entry
from tito.olympics.claim import make_claim, text_of
from tito.olympics.files import baseline, size_of


def figures(files: dict[str, bytes], correct: int = 481, latency: float = 2.0) -> dict:
    base = {
        "bytes": size_of(baseline()),
        "asked": 500,
        "correct": 481,
        "peak_bytes": 14_000_000,
        "latency_s": 2e-4,
        "photos_per_s": 4e4,
    }
    one = base | {"bytes": size_of(files), "correct": correct, "latency_s": 2e-4 / latency}

    def exact(value: float) -> dict:
        return {"ratio": value, "low": value, "high": value}

    return {
        "baseline": base,
        "entry": one,
        "loadgen": None,
        "ratios": {
            "latency": exact(latency),
            "throughput": exact(1.0),
            "memory": exact(1.0),
            "accuracy": exact(20 / (500 - correct + 1)),
            "size": exact(base["bytes"] / one["bytes"]),
        },
    }


def claim(
    team: str = "ada",
    event: str = "latency",
    key: bytes | None = None,
    files: dict[str, bytes] | None = None,
    **options,
) -> dict:
    files = files or entry()
    return make_claim(team, event, files, {}, figures(files, **options), key)


def changed(one: dict, *path: str | int, to: object) -> dict:
    """A copy with one value replaced."""
    other = copy.deepcopy(one)
    place = other
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return other


def write(folder: Path, *claims: dict) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(claims):
        (folder / f"{number}.json").write_text(text_of(one), encoding="utf-8")
    return folder


def write_raw(path: Path, value: object) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path
