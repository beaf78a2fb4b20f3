import pytest

from tests.tito.olympics.entries import package
from tito.olympics import measuring


@pytest.fixture
def brisk(monkeypatch):
    """As much measuring as tells that it works, not how fast anything is."""
    for name, value in {"HEATS": 1, "ROUNDS": 4, "BLOCK": 3, "WARM_UP": 3, "BATCHES": 2}.items():
        monkeypatch.setattr(measuring, name, value)


@pytest.fixture(scope="session")
def tinytorch_package():
    return package()
