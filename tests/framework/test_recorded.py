"""Where PyTorch is installed: is what was recorded still what it computes?"""
import pytest

from tests.framework.pytorch.record import all_arrays
from tito.checks import assert_close


def test_recorded_arrays_are_what_pytorch_computes_now(reference):
    pytest.importorskip("torch")
    fresh, command = all_arrays(), "run python -m tests.framework.pytorch.record"
    assert reference.keys() == fresh.keys(), f"a table changed: {command}"
    for key in fresh:
        assert_close(reference[key], fresh[key], f"{key}: {command}", rtol=1e-4, atol=1e-5)
