"""What test cells call: strict about what is expected, plain about what was given."""
import numpy as np
import pytest

import tinytorch as tt
from tito.checks import assert_close, replay

NAN, INF = np.array([1.0, np.nan]), np.array([1.0, np.inf])


@pytest.mark.parametrize("value", [NAN, INF, np.nan, -np.inf])
def test_a_value_cannot_pass_by_not_being_a_number(value):
    with pytest.raises(AssertionError, match="should be finite"):
        assert_close(value, value)
    with pytest.raises(AssertionError, match="values differ"):
        assert_close(value, np.ones(np.shape(value)))


def test_nan_and_infinities_are_expected_where_the_test_says_so():
    assert_close(NAN, NAN, equal_nan=True)
    assert_close(INF, [1, np.inf], equal_nan=True)
    with pytest.raises(AssertionError, match="2 of 2 values differ"):
        assert_close(NAN, [np.nan, 1], equal_nan=True)


def test_shapes_are_compared_before_anything_is_computed():
    wide = np.broadcast_to(np.nan, (10**6, 10**6))
    with pytest.raises(AssertionError, match=r"should be \(2,\), yours is \(1000000, 1000000\)"):
        assert_close(wide, [1, 2])


def test_a_trail_is_replayed_with_other_numbers():
    x, y = tt.Tensor([1.0, 2.0], requires_grad=True), tt.Tensor([3.0, 4.0])
    out = (x * y + x).sum()
    assert_close(replay(out, x, np.array([10.0, 20.0])), 10 * 3 + 10 + 20 * 4 + 20)
    assert_close(replay(out, y, np.array([0.0, 0.0])), 3)


def test_a_lost_trail_gives_the_old_numbers():
    x = tt.Tensor([1.0, 2.0], requires_grad=True)
    assert_close(replay(tt.Tensor((x * 2.0).data), x, np.array([10.0, 20.0])), [2, 4])
    assert_close(replay(tt.Tensor(x.data) * 2.0, x, np.array([10.0, 20.0])), [2, 4])
