"""What the losses promise beyond their values on ordinary numbers, which the table compares with PyTorch."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.tensor import Tensor
from tito.checks import assert_close


@pytest.mark.parametrize("loss, prediction, target, expected", [
    (tt.mse_loss, [[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [3.0, 0.0]], (4 + 16) / 4),
    (tt.binary_cross_entropy, [0.5, 0.5], [0.0, 1.0], np.log(2)),
    (tt.binary_cross_entropy_with_logits, [0.0, 0.0, 0.0], [0.0, 1.0, 1.0], np.log(2)),
])
def test_loss_is_the_mean_over_all_numbers(loss, prediction, target, expected):
    value = loss(Tensor(prediction), Tensor(target))
    assert value.shape == ()
    assert_close(value.item(), expected)
    assert_close(loss(Tensor(prediction), np.array(target)).item(), expected, "the target as a plain array")


def test_cross_entropy_of_equal_scores_is_the_logarithm_of_the_number_of_classes():
    assert_close(tt.cross_entropy(tt.zeros(5, 7), np.arange(5)).item(), np.log(7))


def test_cross_entropy_is_that_of_the_softmax():
    x, labels = np.random.RandomState(0).standard_normal((6, 4)).astype(np.float32), np.array([0, 3, 3, 1, 2, 0])
    p = tt.softmax(Tensor(x)).numpy()
    assert_close(tt.cross_entropy(Tensor(x), labels).item(), -np.log(p[np.arange(6), labels]).mean())


def test_bce_with_logits_is_bce_of_the_sigmoid():
    x, y = np.random.RandomState(0).standard_normal(20), np.arange(20) % 2
    assert_close(tt.binary_cross_entropy_with_logits(Tensor(x), Tensor(y)).item(),
                 tt.binary_cross_entropy(tt.sigmoid(Tensor(x)), Tensor(y)).item())


@pytest.mark.parametrize("labels, words", [([0, 3], "label 3 is outside 0..2"), ([-1, 0], "label -1 is outside 0..2"),
                                           ([0.0, 1.0], "integers")])
def test_cross_entropy_refuses_what_is_no_class(labels, words):
    with pytest.raises(ValueError, match=words):
        tt.cross_entropy(tt.zeros(2, 3), np.array(labels))


def test_certain_and_wrong_costs_much_but_not_infinitely_much():
    """No logarithm goes below that of 1e-12; PyTorch stops at -100 instead."""
    assert_close(tt.binary_cross_entropy(Tensor([0.0, 1.0]), Tensor([1.0, 0.0])).item(), -np.log(1e-12))
    assert_close(tt.binary_cross_entropy(Tensor([0.0, 1.0]), Tensor([0.0, 1.0])).item(), 0.0)


@pytest.mark.parametrize("p", [-0.1, 1.1, np.nan])
def test_binary_cross_entropy_refuses_scores_and_points_to_the_loss_that_takes_them(p):
    with pytest.raises(ValueError, match="binary_cross_entropy_with_logits"):
        tt.binary_cross_entropy(Tensor([0.5, p]), Tensor([0.0, 1.0]))


@pytest.mark.parametrize("loss", [tt.mse_loss, tt.binary_cross_entropy, tt.binary_cross_entropy_with_logits])
def test_shapes_that_would_broadcast_by_accident_are_refused(loss):
    """(4,) against (4, 1) would compare every sample with every other one."""
    with pytest.raises(ValueError) as error:
        loss(Tensor(np.full((4, 1), 0.5)), Tensor(np.full(4, 0.5)))
    assert "(4, 1)" in str(error.value) and "(4,)" in str(error.value)


def test_cross_entropy_refuses_labels_that_do_not_fit_and_names_both_shapes():
    with pytest.raises(ValueError) as error:
        tt.cross_entropy(tt.zeros(4, 3), np.array([0, 1]))
    assert "(4, 3)" in str(error.value) and "(2,)" in str(error.value)
