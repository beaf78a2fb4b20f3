import dataclasses

import pytest

from autograder.records import database
from tests.autograder.records import postgres as servers
from tests.autograder.small_class import small_class


@pytest.fixture(scope="session")
def postgres():
    """One server for all tests of this process."""
    with servers.server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request, tmp_path):
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gradebook.db'}"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def course(tmp_path, db_url):
    """The small class with its gradebook there."""
    return dataclasses.replace(small_class(tmp_path), db_url=db_url)


@pytest.fixture
def next_command(monkeypatch):
    """What this process has asked of a database is forgotten, as between two commands."""
    return lambda: database._READY.clear()
