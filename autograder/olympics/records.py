"""What `tito olympics verify --record` found, in a table of its own in the class's gradebook."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograder.olympics.verify import Verdict
from autograder.records.classroom import Classroom
from autograder.records.database import connected
from tito.olympics.board import Row
from tito.olympics.events import plain


def record(classroom: Classroom, verdict: Verdict) -> bool:
    """Keep the re-run's figures, never the claim's; False where the team's earlier result in this event is better."""
    from sqlalchemy import delete, insert, select

    row = row_of(verdict)
    # NumPy's numbers become Python's: SQLite would keep an int64 as eight bytes, which no query finds or sums
    values = {
        "team": row.team,
        "event": row.event,
        "score": None if row.score is None else float(row.score),
        "accuracy": float(row.accuracy),
        "bytes": int(row.bytes),
        "ratios": json.dumps({name: None if value is None else float(value) for name, value in row.ratios.items()}),
        "standing": row.standing,
        "fouls": json.dumps(list(row.fouls)),
    }
    with _table(classroom) as (connection, table):
        same = (table.c.team == row.team, table.c.event == row.event)
        earlier = connection.execute(select(table.c.score, table.c.fouls).where(*same)).first()
        if earlier and _rank(earlier.score, json.loads(earlier.fouls)) > _rank(values["score"], row.fouls):
            return False
        connection.execute(delete(table).where(*same))
        connection.execute(insert(table).values(values))
    return True


def _rank(score: float | None, fouls: Sequence[str]) -> tuple[bool, float]:
    """Results within the rules come first, then the higher score."""
    return score is not None and not fouls, score or 0.0


def read_rows(classroom: Classroom) -> list[Row]:
    """Every recorded entry, as the leaderboard takes it."""
    from sqlalchemy import select

    with _table(classroom) as (connection, table):
        found = connection.execute(select(table)).mappings().all()
    return [
        Row(
            row["team"],
            row["event"],
            row["score"],
            row["accuracy"],
            row["bytes"],
            json.loads(row["ratios"]),
            row["standing"],
            tuple(json.loads(row["fouls"])),
        )
        for row in found
    ]


def row_of(verdict: Verdict) -> Row:
    """The re-run as a row; out of competition if anything is amiss."""
    claim, measured = verdict.claim, verdict.measured
    if measured is None:
        return Row(claim["team"], claim["event"], None, 0.0, 0, {}, "not measurable", tuple(verdict.problems))
    entry = measured["entry"]
    return Row(
        claim["team"],
        claim["event"],
        verdict.score,
        100 * entry["correct"] / entry["asked"],
        entry["bytes"],
        plain(measured),
        "verified",
        tuple(verdict.problems),
    )


@contextmanager
def _table(classroom: Classroom) -> Iterator[tuple[Any, Any]]:
    """A connection in a transaction, and the table, made if it is not there yet."""
    from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

    classroom.folder.mkdir(parents=True, exist_ok=True)
    table = Table(
        "olympics",
        MetaData(),
        Column("team", String(40), primary_key=True),
        Column("event", String(20), primary_key=True),
        Column("score", Float),
        Column("accuracy", Float),
        Column("bytes", Integer),
        Column("ratios", Text),
        Column("standing", String(60)),
        Column("fouls", Text),
    )
    with connected(classroom) as engine, engine.begin() as connection:
        table.metadata.create_all(connection)
        yield connection, table
