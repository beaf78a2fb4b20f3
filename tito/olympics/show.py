"""What was measured, and a ranking, as tables."""

from tito import console
from tito.olympics.board import Row

UNITS = {
    "latency": lambda side: f"{side['latency_s'] * 1e6:,.0f} µs",
    "throughput": lambda side: f"{side['photos_per_s']:,.0f} photos/s",
    "memory": lambda side: "not here" if side["peak_bytes"] is None else f"{side['peak_bytes'] / 1e6:.1f} MB",
    "accuracy": lambda side: f"{side['correct']} of {side['asked']}",
    "size": lambda side: f"{side['bytes']:,} bytes",
}


def interval(found: dict | None) -> str:
    if found is None:
        return ""
    return f"{found['ratio']:.2f}" + (
        f"  ({found['low']:.2f} to {found['high']:.2f})" if found["low"] < found["high"] else ""
    )


def show_measured(measured: dict) -> None:
    rows = [
        (name, unit(measured["baseline"]), unit(measured["entry"]), interval(measured["ratios"][name]))
        for name, unit in UNITS.items()
    ]
    console.table(rows, header=("", "baseline", "entry", "ratio (95% interval)"))
    if official := measured["loadgen"]:
        single, offline = official["single_stream"], official["offline"]
        console.say()
        console.table(
            [
                (
                    "SingleStream",
                    verdict(single),
                    f"median {single['median_s'] * 1e6:,.0f} µs, 90% within "
                    f"{single['p90_s'] * 1e6:,.0f} µs; our clock on the same queries "
                    f"{single['our_median_s'] * 1e6:,.0f} µs",
                ),
                ("Offline", verdict(offline), f"{offline['photos_per_s']:,.0f} photos/s"),
            ],
            header=("LoadGen", "", ""),
        )


def verdict(official: dict) -> str:
    return "VALID" if official["valid"] else f"INVALID: {official['why']}"


def show_board(event: str, board: list[Row]) -> None:
    rows = [
        (
            str(row.place or "out"),
            row.team,
            "" if row.score is None else f"{row.score:.2f}",
            f"{row.accuracy:.1f}%",
            f"{row.bytes:,}",
            "front" if row.front else "",
            "; ".join(row.fouls) or row.standing,
        )
        for row in board
    ]
    console.say(event)
    header = ("", "team", "score", "accuracy", "bytes", "Pareto", "")
    console.table(rows, header=header, dim=[bool(row.fouls) for row in board])
    console.say()
