"""Gradebooks on SQLite and on a real PostgreSQL server: reached, complete, of one course, and no word of a password."""
import dataclasses
import os
import subprocess
import sys
import textwrap

import pytest
from sqlalchemy import create_engine, text

from autograder.records.classroom import Classroom
from autograder.records.database import GradebookError, make_ready, shown
from autograder.records.gradebook import gradebook
from tests.autograder.records import postgres as servers
from tests.autograder.records.postgres import PASSWORD
from tests.autograder.small_class import TENSOR, grade, hand_in, row
from tests.autograder.test_instructor_commands import tito
from tests.helpers import REPOSITORY

NEWEST = "e43177bfe90b"           # nbgrader 0.9.6


def execute(url: str, *statements: str) -> list:
    engine = create_engine(url)
    with engine.begin() as connection:
        *_, last = (connection.execute(text(statement)) for statement in statements)
        rows = last.fetchall() if last.returns_rows else []
    engine.dispose()
    return rows


def stamps(url: str) -> list[str]:
    return [version for version, in execute(url, "SELECT version_num FROM alembic_version")]


def problem(classroom: Classroom, url: str) -> str:
    """The one line that a command would end with."""
    with pytest.raises(GradebookError) as refused, gradebook(dataclasses.replace(classroom, db_url=url)):
        pass
    line = str(refused.value)
    assert "\n" not in line and PASSWORD not in line and "s3cret" not in line and "word@" not in line
    return line


@pytest.mark.parametrize("damage", [
    ["DROP TABLE alembic_version"], ["DELETE FROM alembic_version"],
    ["DROP TABLE alembic_version", "DROP TABLE comment", "DROP TABLE grade"],
    ["DROP TABLE alembic_version", "CREATE TABLE olympics (team INTEGER)"]])
def test_a_first_start_that_failed_half_way_is_completed(course, damage, next_command):
    make_ready(course)
    execute(course.db_url, *damage)
    next_command()
    hand_in(course, "ada", TENSOR)
    grade(course, TENSOR)
    assert row(course, "ada", TENSOR).score == 5 and stamps(course.db_url) == [NEWEST]


def test_nbgraders_own_half_start_is_completed(course, monkeypatch):
    """What nbgrader leaves behind where it does not find alembic."""
    from nbgrader.api import Gradebook

    with monkeypatch.context() as patched, pytest.raises(FileNotFoundError):
        patched.setenv("PATH", "/nowhere")
        Gradebook(course.db_url)
    make_ready(course)
    assert stamps(course.db_url) == [NEWEST]


def test_a_gradebook_of_another_nbgrader_is_refused_with_the_mend(course, next_command):
    make_ready(course)
    execute(course.db_url, "UPDATE alembic_version SET version_num = '50a4d84c131a'")
    next_command()
    assert "nbgrader db upgrade" in problem(course, course.db_url)
    execute(course.db_url, "DROP TABLE alembic_version", "ALTER TABLE grade DROP COLUMN extra_credit")
    assert "nbgrader db upgrade" in problem(course, course.db_url)


def test_a_first_start_needs_no_alembic_on_path(course, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with gradebook(course) as book:
        assert book.assignments == [] and stamps(course.db_url) == [NEWEST]


def test_a_second_course_in_one_database_is_refused_and_a_moved_one_is_not(course, tmp_path, next_command):
    make_ready(course)
    other = Classroom.at(course.root, tmp_path / "other", course.db_url)
    line = problem(other, course.db_url)
    assert "holds another course" in line and str(course.folder) in line
    other.folder.mkdir(exist_ok=True)
    (other.folder / ".course").write_text((course.folder / ".course").read_text())      # as the line says
    make_ready(other)
    moved = dataclasses.replace(course, folder=course.folder.rename(tmp_path / "moved"))
    next_command()
    make_ready(moved)


def test_a_course_folder_that_was_made_anew_gets_its_gradebook_back(course, next_command):
    make_ready(course)
    (course.folder / ".course").unlink()
    next_command()
    make_ready(course)
    assert (course.folder / ".course").is_file()


@pytest.mark.parametrize("url", [
    "postgres:/s3cret", "postgresql://teacher:s3cret@word@127.0.0.1/course",
    "postgresql://teacher:x@h:s3cret/course", "mysql://teacher:s3cret@h/course", "postgres://teacher:s3cret@h/course",
    "s3cret", ""])
def test_a_wrong_url_is_one_line_with_a_right_one(classroom, url):
    assert "postgresql://user@host/database" in problem(classroom, url)


def test_what_is_shown_of_a_url_holds_no_password():
    assert shown("postgresql+psycopg://teacher:s3cret@h:1/c?password=s3cret") == "postgresql+psycopg://teacher@h:1/c"
    assert shown("sqlite:////c/gradebook.db") == "sqlite:////c/gradebook.db"
    assert "s3cret" not in shown("postgresql://teacher:s3cret@word@h/c")
    assert "s3cret" not in repr(Classroom.at(servers.Path("/r"), None, "postgresql://teacher:s3cret@h/c"))


def test_what_a_server_refuses_is_one_line_with_the_mend(classroom, postgres):
    url = postgres.new_database()
    assert "refuses the user name or the password" in problem(classroom, url.replace("%2Fword", "wrong"))
    assert "refuses the user name or the password" in problem(classroom, url.replace("teacher", "nobody"))
    assert "createdb -h 127.0.0.1" in problem(classroom, postgres.url("absent"))
    assert "does not answer" in problem(classroom, url.replace(str(postgres.port), "1"))
    assert "does not answer" in problem(classroom, url.replace("127.0.0.1", "no.such.host.invalid"))
    postgres.execute("CREATE ROLE guest LOGIN PASSWORD 's3cret/word'")
    assert "make the user the database's owner" in problem(classroom, url.replace("teacher", "guest"))


def test_the_files_that_sqlite_cannot_use_are_one_line_with_the_mend(classroom, tmp_path):
    (tmp_path / "text.db").write_text("no database" * 500)
    assert "damaged: move it away" in problem(classroom, f"sqlite:///{tmp_path / 'text.db'}")
    assert "does its folder exist" in problem(classroom, f"sqlite:///{tmp_path / 'absent/gradebook.db'}")


def test_the_command_tells_no_password(classroom, postgres):
    run = tito(classroom.root, "--verbose", "grades", "show", "--db", postgres.url("absent"))
    assert run.returncode == 1 and "createdb" in run.stderr and "s3cret" not in run.stdout + run.stderr


def test_the_file_that_holds_the_password_is_for_its_owner_only(classroom, postgres):
    with gradebook(dataclasses.replace(classroom, db_url=postgres.new_database())):
        config = classroom.folder / "nbgrader_config.py"
        assert "s3cret" in config.read_text() and config.stat().st_mode & 0o077 == 0


def test_two_first_starts_at_once_make_one_gradebook(course, tmp_path):
    """Four processes, each of which finds no table and is told to go at the same moment."""
    script = tmp_path / "start.py"
    script.write_text(textwrap.dedent("""
        import sys
        from pathlib import Path
        from autograder.records import database
        from autograder.records.classroom import Classroom
        import nbgrader.api, sqlalchemy
        print("ready", flush=True)
        sys.stdin.readline()
        database.make_ready(Classroom.at(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
    """))
    starts = [subprocess.Popen([sys.executable, script, course.root, course.folder, course.db_url], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(REPOSITORY)}) for _ in range(4)]
    assert [start.stdout.readline() for start in starts] == ["ready\n"] * 4
    for start in starts:
        start.stdin.write("go\n")
        start.stdin.flush()
    assert [start.communicate(timeout=60)[1] for start in starts] == [""] * 4
    assert stamps(course.db_url) == [NEWEST] and len(execute(course.db_url, "SELECT * FROM tinytorch_course")) == 1
