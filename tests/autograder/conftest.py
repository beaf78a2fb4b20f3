import pytest

from autograder.collect import exchange
from autograder.examine.grader import sandbox_problem
from autograder.sandbox import survey
from tests.autograder.small_class import small_class


@pytest.fixture(params=[True, False], ids=["sandboxed", "unsafe"])
def sandboxed(request):
    """Both ways to run students' code; without a sandbox only the unsafe one."""
    if request.param and sandbox_problem():
        pytest.skip(sandbox_problem())
    return request.param


@pytest.fixture
def sandbox():
    if sandbox_problem():
        pytest.skip(sandbox_problem())
    return True


@pytest.fixture(params=survey.BACKENDS, ids=lambda backend: backend.name)
def each_sandbox(request, monkeypatch):
    """Every way to make a sandbox that this machine has; on it a test runs as in `sandbox`."""
    monkeypatch.setattr(survey, "BACKENDS", [request.param])
    survey._survey.cache_clear()
    yield sandbox_problem() is None or pytest.skip(sandbox_problem())
    survey._survey.cache_clear()


@pytest.fixture
def classroom(tmp_path):
    return small_class(tmp_path)


@pytest.fixture
def inbox(tmp_path):
    """The instructor's folder of downloads."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def inbound(tmp_path, monkeypatch):
    """The folder of nbgrader's exchange into which students write."""
    folder = tmp_path / "inbound"
    folder.mkdir()
    monkeypatch.setattr(exchange, "inbound", lambda root: folder)
    return folder
