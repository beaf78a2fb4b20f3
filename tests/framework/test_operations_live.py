"""Where PyTorch is installed: every operation against it, and is what was recorded still what it computes?"""
import numpy as np
import pytest
from case import Case
from operation_table import CASES
from record_reference import REFERENCE, all_arrays, torch_arrays

from tito.checks import assert_close

pytest.importorskip("torch")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_output_is_what_pytorch_computes_on_other_numbers(case: Case):
    for seed in (1, 2):
        output, _ = case.run(case.arrays(seed))
        assert_close(output.numpy(), torch_arrays(case, seed)[f"{case.name}/output"], rtol=1e-5, atol=1e-6)


def test_recorded_arrays_are_what_pytorch_computes_now():
    with np.load(REFERENCE, allow_pickle=False) as arrays:
        recorded = dict(arrays)
    fresh = all_arrays()
    assert recorded.keys() == fresh.keys(), "a table changed: run tests/framework/record_reference.py"
    for key in fresh:
        assert_close(recorded[key], fresh[key], f"{key}: run tests/framework/record_reference.py", rtol=1e-5, atol=1e-6)
