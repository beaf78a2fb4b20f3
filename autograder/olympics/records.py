"""What `tito olympics verify --record` found, in a table of its own in the class's gradebook."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.olympics.verify import Verdict
from autograder.records.classroom import Classroom
from tito.errors import TitoError
from tito.olympics.board import Row
from tito.olympics.events import plain

TABLE = "olympics"


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
    classroom.folder.mkdir(parents=True, exist_ok=True)
    table = _table()
    with _connection(classroom, make=True) as connection:
        table.metadata.create_all(connection)
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
    """Every recorded entry, as the leaderboard takes it. Raises TitoError for a gradebook that is not there."""
    from sqlalchemy import inspect, select

    with _connection(classroom, make=False) as connection:
        if not inspect(connection).has_table(TABLE):
            return []
        found = connection.execute(select(_table())).mappings().all()
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


def _table() -> Any:
    from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

    return Table(
        TABLE,
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


@contextmanager
def _connection(classroom: Classroom, make: bool) -> Iterator[Any]:
    """A connection in a transaction. Without `make`, SQLite makes no file of a gradebook that is not there."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = create_engine(classroom.db_url)
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        if file and not make and not Path(file).is_file():
            raise TitoError(f"There is no gradebook {file}: say --course DIR; tito olympics verify --record makes one.")
        try:
            with engine.begin() as connection:
                yield connection
        finally:
            engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise TitoError(f"The gradebook {classroom.db_url} cannot be opened: {reason}") from None
