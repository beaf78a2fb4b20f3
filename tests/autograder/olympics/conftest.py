import pytest

from autograder.examine.grader import sandbox_problem
from autograder.olympics.verify import reference_package
from tests.tito.olympics.conftest import brisk  # noqa: F401
from tests.tito.olympics.entries import ROOT


@pytest.fixture(autouse=True)
def sandbox():
    if sandbox_problem():
        pytest.skip(sandbox_problem())


@pytest.fixture(scope="session")
def reference():
    return reference_package(ROOT)
