import pytest

from autograder.examine.grader import sandbox_problem
from autograder.olympics import fresh
from autograder.olympics.verify import reference_package
from tests.tito.olympics.conftest import brisk as brisk_measuring  # noqa: F401
from tests.tito.olympics.entries import ROOT


@pytest.fixture(autouse=True)
def sandbox():
    if sandbox_problem():
        pytest.skip(sandbox_problem())


@pytest.fixture(scope="session")
def reference():
    return reference_package(ROOT)


@pytest.fixture
def brisk(brisk_measuring, monkeypatch):  # noqa: F811
    """And with few unseen digits."""
    monkeypatch.setattr(fresh, "WRITERS", 5)
