"""The database of a gradebook: reached or refused in one line, with nbgrader's tables in it, and of one course only.

No message holds a password: of a URL only what `shown` leaves is told, and no word of a driver's about a URL.
"""
import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.records.classroom import Classroom
from tito.errors import TitoError
from tito.files import write_whole

TIMEOUT = 10                      # seconds to wait for a server that does not answer
FIRST_START = 19570101            # the number of our lock among those of a server
FORMS = "sqlite:////folder/gradebook.db or postgresql://user@host/database"


class GradebookError(TitoError):
    """The gradebook cannot be used: no submission is to blame, and a run stops here."""


def make_ready(classroom: Classroom) -> None:
    """See to it that the database holds nbgrader's tables with their version stamp, and this course and no other."""
    path = _sqlite_file(classroom)
    if (classroom.db_url, classroom.folder) in _READY and (path is None or path.exists()):
        return
    classroom.folder.mkdir(parents=True, exist_ok=True)
    with connected(classroom) as engine, engine.begin() as connection:
        _alone(connection)
        _make_tables(connection)
        _claim(connection, classroom)
    _READY.add((classroom.db_url, classroom.folder))


_READY: set[tuple[str, Path]] = set()          # asked once a process: nbgrader opens the gradebook many times


@contextmanager
def connected(classroom: Classroom) -> Iterator:
    """An SQLAlchemy engine on the gradebook's database, disposed of on leaving. Raises GradebookError."""
    from sqlalchemy import create_engine

    with faults_told(classroom):
        url = _parsed(classroom.db_url)
        waits = {"connect_timeout": TIMEOUT} if url.get_backend_name() == "postgresql" else {}
        engine = create_engine(url, connect_args=waits)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def faults_told(classroom: Classroom) -> Iterator[None]:
    """What the database says, and what nbgrader makes of it, becomes a GradebookError."""
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)   # nbgrader prints a traceback there as well
    try:
        yield
    except Exception as error:
        if fault := gradebook_fault(classroom, error):
            raise fault from None
        raise


def gradebook_fault(classroom: Classroom, error: BaseException | None) -> GradebookError | None:
    """The GradebookError for an error that came from the database, perhaps on its way through nbgrader, else None."""
    from sqlalchemy import exc

    seen = []
    while error is not None and error not in seen:
        if isinstance(error, GradebookError):
            return error
        if isinstance(error, (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.NoSuchModuleError)) \
                or type(error) is exc.DatabaseError or "permission denied" in str(getattr(error, "orig", "")):
            return GradebookError(f"The gradebook {shown(classroom.db_url)} {_what_is_wrong(classroom, error)}")
        seen.append(error)
        error = error.__cause__ or error.__context__
    return None


def shown(url: str) -> str:
    """A URL as it may be shown: no password, and no options, which can hold one."""
    from sqlalchemy.engine import URL

    try:
        known = _parsed(url)
    except GradebookError:
        return "given with --db"
    return URL.create(known.drivername, known.username, None, known.host, known.port, known.database).render_as_string()


def _parsed(text: str):
    """SQLAlchemy's URL. What it says itself about a wrong one may quote a part of the password."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or "@" in (url.host or "") or url.get_backend_name() not in ("sqlite", "postgresql"):
        raise GradebookError(f"--db takes a URL such as {FORMS}; an @ in the password is written %40.",
                             exit_code=2)
    if url.get_backend_name() == "postgresql":
        try:
            import psycopg  # noqa: F401
        except ImportError:
            raise GradebookError("A gradebook on PostgreSQL needs psycopg: pip install 'psycopg[binary]'") from None
    return url


def _sqlite_file(classroom: Classroom) -> Path | None:
    url = _parsed(classroom.db_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _what_is_wrong(classroom: Classroom, error: Exception) -> str:
    """The end of a sentence that begins with the gradebook's name: what it is, and the mend."""
    url = _parsed(classroom.db_url)
    lines = str(getattr(error, "orig", None) or error).splitlines()
    said = next((line for line in lines if "FATAL" in line), lines[0] if lines else type(error).__name__)
    said = re.sub(r".*(FATAL|ERROR):\s*", "", said).strip().rstrip(".")
    server = f"{url.host or 'this machine'}:{url.port or 5432}"
    goes_on = "Nothing that was saved is lost: the same command goes on from there."
    mends = [
        ("password", "refuses the user name or the password: mend the URL, or what PGPASSWORD or ~/.pgpass says."),
        ("role .* does not exist", f"knows no user {url.username!r}: createuser makes one."),
        ("database .* does not exist", f"does not exist: createdb -h {url.host} -p {url.port or 5432} {url.database}"),
        ("permission denied", f"does not let this user make tables ({said}): make the user the database's owner."),
        ("refused|resolve|timeout|timed out|No such file|translate host|unreachable",
         f"does not answer: is PostgreSQL running on {server}? {goes_on}"),
        ("closed|terminat|shut|starting up|lost|consuming input",
         f"has gone away ({said}): see that PostgreSQL runs on {server}. {goes_on}"),
        ("not a database|malformed", "is no SQLite database, or is damaged: move it away, and tito grade makes it "
         "again from the submissions, with the points that people gave from the folder hand_scores."),
        ("locked", f"is in use by another program: close that one (Formgrader, a viewer of databases). {goes_on}"),
        ("unable to open", "cannot be opened: does its folder exist, and may you write there?"),
        ("readonly|read-only", "cannot be written: give yourself the right to, or name another with --db."),
        ("disk is full|No space", f"has no room left: free some disk space. {goes_on}"),
    ]
    found = (mend for pattern, mend in mends if re.search(pattern, "\n".join(lines)))
    return next(found, f"gave up: {said}. {goes_on}")


def _alone(connection) -> None:
    """Two first starts at once: the second one waits here until the first has made the tables."""
    from sqlalchemy import inspect, text

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:course)"), {"course": FIRST_START})
    elif not inspect(connection).has_table(course_table().name):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _make_tables(connection) -> None:
    """nbgrader's tables, and the version stamp that says what they are.

    nbgrader makes the tables first and then stamps them, with a program found by name: where that fails, the next start
    takes the tables for complete and never stamps them. And any table of ours that comes first has the same effect.
    """
    from nbgrader.api import Base
    from sqlalchemy import inspect, text

    Base.metadata.create_all(connection)
    looked = inspect(connection)
    if not looked.has_table("alembic_version"):
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    stamps = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    lacking = [f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables if not stamps
               for column in table.columns if column.name not in {c["name"] for c in looked.get_columns(table.name)}]
    newest = _newest_version()
    if lacking or stamps and stamps != [newest]:
        raise GradebookError("This gradebook was made by another version of nbgrader: keep a copy of it and run "
                             "`nbgrader db upgrade` in the course folder.")
    if not stamps:
        connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:stamp)"), {"stamp": newest})


def _newest_version() -> str:
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


def course_table():
    """One row: which course this is, where it lay, and how far its hand scores are exported."""
    from sqlalchemy import Column, MetaData, String, Table, Text

    return Table("tinytorch_course", MetaData(), Column("id", String(32), primary_key=True),
                 Column("folder", Text, nullable=False), Column("exported", String(40)))


def _claim(connection, classroom: Classroom) -> None:
    """Refuse the database of another course: nbgrader keeps one list of assignments, so that two would be mixed."""
    from sqlalchemy import insert, select

    table, path = course_table(), classroom.folder / ".course"
    table.metadata.create_all(connection)
    own = path.read_text(encoding="utf-8").strip() if path.is_file() else None
    row = connection.execute(select(table)).first()
    if row is None:
        own = own or secrets.token_hex(8)
        connection.execute(insert(table).values(id=own, folder=str(classroom.folder)))
    elif own is None and row.folder == str(classroom.folder):
        own = row.id
    elif row.id != own:
        raise GradebookError(
            f"The gradebook {shown(classroom.db_url)} holds another course, that of {row.folder}: give this one a "
            f"database of its own. If it is the same course, moved or copied: echo {row.id} > {path}")
    if not path.is_file():
        write_whole(path, own + "\n")
