"""What used to go wrong in silence, or with a bare error: targets, batches and shapes that no loss can use."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.losses import perplexity
from tinytorch.tensor import Tensor


@pytest.mark.parametrize("loss", [tt.binary_cross_entropy, tt.binary_cross_entropy_with_logits])
@pytest.mark.parametrize("target", [[0.0, 2.0], [255.0, 1.0], [-1.0, 0.0], [np.nan, 1.0]])
@pytest.mark.parametrize("kind", [np.array, Tensor])
def test_a_target_outside_0_to_1_is_refused(loss, target, kind):
    with pytest.raises(ValueError, match=f"^{loss.__name__}: target"):
        loss(Tensor([0.5, 0.5]), kind(target))


@pytest.mark.parametrize("scores, labels", [((4, 1), [0, 0, 0, 0]), ((2, 3, 1), np.zeros((2, 3), int)),
                                            ((4, 0), [0] * 4)])
def test_fewer_than_two_classes_are_no_choice(scores, labels):
    for loss in (tt.cross_entropy, perplexity):
        with pytest.raises(ValueError, match=r"^cross_entropy: scores .*binary_cross_entropy_with_logits") as error:
            loss(tt.zeros(*scores), labels)
        assert str(scores) in str(error.value)


def test_a_plain_number_holds_no_scores():
    with pytest.raises(ValueError, match=r"^cross_entropy: scores \(\)"):
        tt.cross_entropy(Tensor(3.0), 0)


@pytest.mark.parametrize("loss", [tt.mse_loss, tt.binary_cross_entropy, tt.binary_cross_entropy_with_logits])
@pytest.mark.parametrize("shape", [(0,), (0, 3)])
def test_an_empty_batch_has_no_mean(loss, shape):
    with pytest.raises(ValueError, match=f"^{loss.__name__}: the batch is empty"):
        loss(tt.zeros(*shape), np.zeros(shape))


@pytest.mark.parametrize("labels", [[], np.zeros(0, int)])
def test_cross_entropy_of_an_empty_batch_has_no_mean(labels):
    with pytest.raises(ValueError, match="^cross_entropy: the batch is empty"):
        tt.cross_entropy(tt.zeros(0, 3), labels)


@pytest.mark.parametrize("labels, words", [
    ([True, False], "integers"), ([[1, 0, 0], [0, 1, 0]], r"need labels \(2,\), not \(2, 3\)"),
    (np.array([0, -100]), "label -100"), (np.array([255, 0], np.uint8), "label 255"), (Tensor([0.0, 1.0]), "integers")])
def test_labels_that_are_no_classes_are_refused(labels, words):
    with pytest.raises(ValueError, match=f"^cross_entropy: .*{words}"):
        tt.cross_entropy(tt.zeros(2, 3), labels)


@pytest.mark.parametrize("loss, target", [(tt.mse_loss, [0.0, 1.0]), (tt.binary_cross_entropy_with_logits, [0.0, 1.0]),
                                          (lambda x, y: tt.cross_entropy(x.reshape(1, 2), y), [1])])
def test_a_score_that_is_nan_makes_the_loss_nan_as_in_pytorch(loss, target):
    """The Trainer stops at such a loss; a loss that hid it would not be noticed."""
    assert np.isnan(loss(Tensor([np.nan, 1.0]), np.array(target)).item())
