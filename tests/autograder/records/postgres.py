"""A PostgreSQL server of the tests' own: in a temporary folder, on loopback with a password, gone afterwards."""
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "s3cret/word"
ALLOWED = "TINYTORCH_APT"       # an environment variable: tests change a machine only if they are told to
# Nothing of it must survive a power cut, and it starts in a second
FAST = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=16MB"]


class Server:
    def __init__(self, programs: Path, folder: Path, user: dict):
        self.programs, self.folder, self.user = programs, folder, user
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([self.programs / program, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, **self.user)
        assert done.returncode == 0, done.stderr + (self.log.read_text() if self.log.exists() else "")

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def make(self) -> None:
        (self.folder / "password").write_text(PASSWORD)
        self.run("initdb", "--pgdata=data", "--username=teacher", "--pwfile=password", "--auth=scram-sha-256",
                 "--encoding=UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        options = ["-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder), *FAST]
        self.run("pg_ctl", "start", "--pgdata=data", "--log=log", "-w", "-t", "30", "-o", " ".join(options))

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--pgdata=data", "-m", "immediate")

    def url(self, database: str, password: str = PASSWORD) -> str:
        password = password.replace("/", "%2F")
        return f"postgresql://teacher:{password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple]:
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"course_{secrets.token_hex(4)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)


def programs() -> Path | None:
    """The folder of initdb and pg_ctl, which Debian does not put on PATH."""
    found = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def find_or_install() -> Path:
    if found := programs():
        return found
    if os.environ.get(ALLOWED) != "1" or os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"there is no PostgreSQL here: apt-get install postgresql, or as root set {ALLOWED}=1")
    installed = subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "postgresql"], timeout=300,
                               env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True)
    if installed.returncode or not programs():
        pytest.skip(f"apt-get cannot install postgresql: {installed.stderr.strip().splitlines()[-1:]}")
    return programs()


def account() -> dict:
    """PostgreSQL refuses to run as root: an account for it, as subprocess takes it."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    name = next(name for name in ("postgres", "nobody") if name in names)
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextmanager
def server() -> Iterator[Server]:
    """A running server; skips the test, with the reason, where there can be none."""
    where, user = find_or_install(), account()
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        if user:
            os.chown(name, user["user"], user["group"])
        started = Server(where, Path(name), user)
        started.make()
        started.start()
        try:
            yield started
        finally:
            if (started.folder / "data/postmaster.pid").exists():
                started.stop()
