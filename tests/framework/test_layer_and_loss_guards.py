"""What used to go wrong in silence: a parameter replaced by an array, a target that is no probability."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Tensor


@pytest.mark.parametrize("value", [np.zeros((3, 2)), np.float32(0), 0.0, [0.0]])
def test_a_parameter_is_not_replaced_by_numbers(value):
    layer = tt.Linear(2, 3)
    with pytest.raises(TypeError, match=r"Linear\.weight .*weight\.data"):
        layer.weight = value
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]


def test_a_parameter_may_be_shared_or_taken_away():
    layer, other = tt.Linear(2, 3), tt.Linear(2, 3)
    layer.weight, layer.bias = other.weight, None
    assert layer.weight is other.weight
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


@pytest.mark.parametrize("loss", [tt.binary_cross_entropy, tt.binary_cross_entropy_with_logits])
@pytest.mark.parametrize("target", [[0.0, 2.0], [255.0, 1.0], [-1.0, 0.0], [np.nan, 1.0]])
@pytest.mark.parametrize("kind", [np.array, Tensor])
def test_a_target_outside_0_to_1_is_refused(loss, target, kind):
    with pytest.raises(ValueError, match=f"^{loss.__name__}: target"):
        loss(Tensor([0.5, 0.5]), kind(target))
