"""The table, the machine, and the documents in which the measured part stands between two marks."""
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from benchmarks.cases import TINYTORCH, Case
from benchmarks.clock import Times, ratio

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
BLOCK = r"(<!-- measured: {} -->\n).*?(?=<!-- end of what was measured -->)"
HEADER = ("what", "against", TINYTORCH, "theirs", "ratio", "quartiles", "GFLOP/s", "of the peak")


def rows(cases: Sequence[Case], times: Times) -> list[tuple[str, ...]]:
    """A row for every case and other way to do it, under HEADER; without PyTorch one a case."""
    peak = _peak(cases, times)
    table = []
    for case in cases:
        mine = float(np.median(times[case.name, TINYTORCH]))
        rate = case.flops / mine / 1e9
        share = (f"{rate:.0f}", f"{rate / peak:.0%}") if case.flops else ("", "")
        others = [side for side in case.sides if side != TINYTORCH]
        for side in others:
            middle, low, high = ratio(times, case.name, side)
            table.append((case.name, side, duration(mine), duration(float(np.median(times[case.name, side]))),
                          share_of(middle), f"{share_of(low)}-{share_of(high)}", *share))
        if not others:
            table.append((case.name, "", duration(mine), "", "", "", *share))
    return table


def share_of(ratio: float) -> str:
    """Two places, or as many digits where it is small."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def limit(cases: Sequence[Case], times: Times) -> str:
    """What one core can do at best: the last case, a large matrix product, by whoever is faster at it."""
    return f"Peak of one core, float32 matrix product: {_peak(cases, times):.0f} GFLOP/s."


def _peak(cases: Sequence[Case], times: Times) -> float:
    product = cases[-1]
    return max(product.flops / float(np.median(times[product.name, side])) / 1e9 for side in product.sides)


def duration(seconds: float) -> str:
    """Three digits and a unit: 1.23 s, 45.6 ms, 7.89 µs."""
    unit, size = next((unit, size) for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 0)) if seconds >= size)
    return f"{seconds / (size or 1e-6):#.3g}".rstrip(".") + f" {unit}"


def machine(command: str) -> list[str]:
    """Where and with what it was measured, a line each."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    numpy = f"NumPy {np.__version__} with {blas['name']} {blas['version']}"
    return [f"{date.today()}, commit {_commit()}, `{command}`.",
            f"{_processor()}, {platform.system()}, {os.cpu_count()} cores, one of them used.",
            f"Python {platform.python_version()}, {numpy}, {_version('PyTorch')}, {_version('tokenizers')}."]


def _processor() -> str:
    """The model, from where Linux writes it; elsewhere what Python knows."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())


def _version(library: str) -> str:
    try:
        return f"{library} {version({'PyTorch': 'torch'}.get(library, library))}"
    except PackageNotFoundError:
        return f"no {library}"


def _commit() -> str:
    """Its short name, with "-dirty" where files differ from it; "unknown" outside of a clone."""
    try:
        described = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return "unknown"
    return described.stdout.strip() or "unknown"


def write(document: Path, command: str, tables: Sequence[tuple[Sequence[str], Sequence[Sequence[str]]]],
          remarks: Sequence[str]) -> None:
    """Renew what stands between the two marks of this command: tables (header, rows), then remarks.

    All at once: a reader, or Ctrl-C, never finds half a document.
    """
    parts = ["\n".join("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows))
             for header, rows in tables]
    parts.append("\n".join(f"- {remark}" for remark in remarks))
    measured = "\n" + "\n\n".join(parts) + "\n\n"
    block = re.compile(BLOCK.format(re.escape(command)), re.DOTALL)
    text = block.sub(lambda found: found[1] + measured, document.read_text(encoding="utf-8"))
    part = document.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(document)
