"""A claim: one JSON file with an entry's files, what was measured, where, checksums and a signature.

Whoever reads one trusts nothing in it: its size, names and values are limited by the schema beside this file;
checksums, score and fouls are computed again; and whether its figures are true only `tito olympics verify` tells.
"""

import base64
import binascii
import json
import os
import platform
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tito.errors import TitoError
from tito.olympics import files as entry_files
from tito.olympics.digits import data_checksum
from tito.olympics.events import EVENTS, judged
from tito.olympics.measuring import FLOOR
from tito.olympics.signature import sign
from tito.progress import now

FORMAT = "tinytorch-olympics-1"
SCHEMA = Path(__file__).with_name("claim.schema.json")
MOST_BYTES = 4 << 20
MEDIANS = 2.0  # a median of ratios is no ratio of medians: with 13 processes on 2 cores it lay 8% outside the interval
MOST_TEAM = 40
TEAM_RULE = f"A team's name has 1 to {MOST_TEAM} printable characters, with single spaces between words."


def make_claim(
    team: str, event: str, files: dict[str, bytes], package: dict[str, bytes], measured: dict, key: bytes | None
) -> dict:
    """A claim that is valid by the schema. Raises TitoError for a team's name that is not."""
    score, fouls = judged(EVENTS[event], measured)
    claim = {
        "format": FORMAT,
        "team": team,
        "event": event,
        "made": now(),
        "environment": environment(),
        "measured": measured,
        "score": score,
        "fouls": fouls,
        "checksums": {
            "baseline": together(entry_files.baseline()),
            "data": data_checksum(),
            "package": together(package),
            "files": {name: entry_files.checksum(content) for name, content in files.items()},
        },
        "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
        "signature": None,
    }
    claim["signature"] = sign(claim, key) if key else None
    _validate(claim, "The claim")
    return claim


def read_claim(path: Path) -> tuple[dict, dict[str, bytes]]:
    """A claim and its files, or a TitoError that says in one line what is wrong with it."""
    try:
        claim = json.loads(entry_files.read_plain(path, MOST_BYTES), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise TitoError(f"{path} is no claim: it is not JSON. tito olympics submit writes one.") from None
    _validate(claim, str(path))
    try:
        text_of(claim).encode()
    except UnicodeEncodeError:
        raise TitoError(f"{path} is no claim: it holds half a character.") from None
    try:
        files = {name: base64.b64decode(text, validate=True) for name, text in claim["files"].items()}
    except binascii.Error:
        raise TitoError(f"{path} is no claim: its files are not in Base64.") from None
    try:
        entry_files.checked(files)
    except TitoError as error:
        raise TitoError(f"{path}: {error}") from None
    if {name: entry_files.checksum(content) for name, content in files.items()} != claim["checksums"]["files"]:
        raise TitoError(
            f"{path}: its files are not those of its checksums, so they were changed after the measurement."
        )
    return claim, files


def inconsistent(claim: dict, files: dict[str, bytes]) -> list[str]:
    """What a claim says that contradicts itself or this course's rules, one line each."""
    measured, found = claim["measured"], []
    ratios, base, entry = measured["ratios"], measured["baseline"], measured["entry"]
    score, fouls = judged(EVENTS[claim["event"]], measured)
    if entry["bytes"] != entry_files.size_of(files):
        found.append(f"its files have {entry_files.size_of(files)} bytes, it claims {entry['bytes']}")
    if base["bytes"] != entry_files.size_of(entry_files.baseline()) or claim["checksums"]["baseline"] != together(
        entry_files.baseline()
    ):
        found.append("it was measured beside another baseline than this course's")
    if claim["checksums"]["data"] != data_checksum():
        found.append("it was asked other photos than this course's")
    if any(side["correct"] > side["asked"] for side in (base, entry)):
        found.append("it claims more right answers than photos")
    found += [f"its ratio of {name} is not that of its own figures" for name in _contradicted(ratios, base, entry)]
    if (
        fouls != claim["fouls"]
        or (score is None) != (claim["score"] is None)
        or (score is not None and not np.isclose(score, claim["score"], rtol=1e-6))
    ):
        found.append("its score is not what its own ratios give")
    return found


def _contradicted(ratios: dict, base: dict, entry: dict) -> list[str]:
    """The measures whose ratio the sides' own figures do not give."""
    peaks = base["peak_bytes"], entry["peak_bytes"]
    exact = {
        "size": (base["bytes"], entry["bytes"]),
        "accuracy": [side["asked"] - side["correct"] + 1 for side in (base, entry)],
        "memory": None if None in peaks else [max(peak, FLOOR) for peak in peaks],
    }
    timed = {
        "latency": (base["latency_s"], entry["latency_s"]),
        "throughput": (entry["photos_per_s"], base["photos_per_s"]),
    }
    return [
        *(name for name, figures in exact.items() if not _is_ratio(ratios[name], figures)),
        *(name for name, figures in timed.items() if not _is_near(ratios[name], *figures)),
    ]


def _is_ratio(claimed: dict | None, figures: Sequence[int] | None) -> bool:
    """Of two counts, so without an interval; None where neither was measured."""
    if claimed is None or figures is None:
        return claimed is figures
    above, below = figures
    return below > 0 and np.allclose(list(claimed.values()), above / below, rtol=1e-6, atol=0)


def _is_near(claimed: dict, above: float, below: float) -> bool:
    """Of two medians, which are given: it is a median of ratios itself, so they may lie a little outside."""
    low, ratio, high = (claimed[name] for name in ("low", "ratio", "high"))
    ordered = low <= ratio * (1 + 1e-9) and ratio <= high * (1 + 1e-9)
    return ordered and below > 0 and low / MEDIANS <= above / below <= high * MEDIANS


def team_name(text: str) -> str:
    """A team's name as it is kept, so that two that look the same are one; empty if it is none by TEAM_RULE."""
    name = re.sub(" +", " ", unicodedata.normalize("NFC", text)).strip(" ")
    return name if name.isprintable() and len(name) <= MOST_TEAM else ""


def file_name(claim: dict) -> str:
    """TEAM-EVENT.json, of letters, digits, - and _ only; a name that had to be altered gets digits of its checksum."""
    team = re.sub(r"[^A-Za-z0-9_-]+", "-", claim["team"]).strip("-") or "team"
    if team != claim["team"]:
        team += f"-{entry_files.checksum(claim['team'].encode())[:6]}"
    return f"{team}-{claim['event']}.json"


def text_of(claim: dict) -> str:
    return json.dumps(claim, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def together(files: dict[str, bytes]) -> str:
    """One checksum of several files and their names."""
    lines = (f"{entry_files.checksum(content)}  {name}\n" for name, content in sorted(files.items()))
    return entry_files.checksum("".join(lines).encode())


def environment() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.platform()[:120],
        "machine": platform.machine(),
        "processors": str(os.cpu_count()),
        "threads": "1",
    }


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _validate(claim: Any, what: str) -> None:
    from jsonschema.exceptions import best_match

    if error := best_match(_validator().iter_errors(claim)):
        where = ".".join(map(str, error.absolute_path))[:80] or "the whole"
        raise TitoError(f"{what} is not valid by {SCHEMA.name}: {where}: {' '.join(error.message.split())[:160]}")
    if "\n" in claim["made"] + "".join(claim["files"]):
        raise TitoError(f"{what} is not valid by {SCHEMA.name}: a name has more than one line")
    if claim["team"] != team_name(claim["team"]):
        raise TitoError(f"{what} is not valid by {SCHEMA.name}. {TEAM_RULE}")


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")
