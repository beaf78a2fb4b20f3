import pytest

from autograder.grader import sandbox_problem


@pytest.fixture(params=[True, False], ids=["sandboxed", "unsafe"])
def sandboxed(request):
    """Both ways to run students' code; without bubblewrap only the unsafe one."""
    if request.param and sandbox_problem():
        pytest.skip(sandbox_problem())
    return request.param


@pytest.fixture
def sandbox():
    if sandbox_problem():
        pytest.skip(sandbox_problem())
    return True
