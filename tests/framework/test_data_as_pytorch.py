"""Data as PyTorch takes it: lists, single arrays, shares of a data set; statistics to six digits; no length below 0."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.dataloader import Normalize, Subset, Transformed


class Rows(tt.Dataset):
    """Example i is one array, no tuple."""
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return np.full(3, index, np.float32)


def batches_of(data, size=2) -> list:
    return list(tt.DataLoader(data, size))


def test_an_example_that_is_one_array_makes_a_batch_that_is_one_array():
    assert Rows().batch(np.array([4, 1])).tolist() == [[4, 4, 4], [1, 1, 1]]
    first, second = batches_of(Rows(), 3)
    assert first.numpy().tolist() == [[0, 0, 0], [1, 1, 1], [2, 2, 2]] and second.shape == (2, 3)


@pytest.mark.parametrize("data", [
    [(np.float32([1, 2]), 7), (np.float32([3, 4]), 8), (np.float32([5, 6]), 9)],
    [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32([[1, 2], [3, 4], [5, 6]]), [1, 2, 3], (0.5, 1.5, 2.5), Rows()])
def test_batches_are_those_of_pytorch(data):
    torch = pytest.importorskip("torch")

    def numbers(batch):
        return [numbers(part) for part in batch] if isinstance(batch, (tuple, list)) else np.asarray(batch).tolist()

    ours = [numbers([x.numpy() if isinstance(x, tt.Tensor) else x for x in (b if isinstance(b, tuple) else [b])])
            for b in batches_of(data)]
    theirs = [numbers(b if isinstance(b, list) else [b]) for b in torch.utils.data.DataLoader(data, 2)]
    assert ours == theirs


def test_parts_and_transformed_sets_take_a_list_too():
    data = [(np.float32([[[i]]]), i) for i in range(6)]
    first, second = tt.random_split(data, [4, 2], rng=0)
    assert sorted(np.concatenate([y for part in (first, second) for _, y in batches_of(part)])) == list(range(6))
    assert [x.numpy().ravel().tolist() for x, _ in batches_of(Transformed(data, lambda x: x * 10), 6)] == [
        [0, 10, 20, 30, 40, 50]]
    assert Subset(data, [5, 0]).batch(np.array([0]))[1] == [5]


def test_a_generator_is_refused_with_the_mend():
    for make in (lambda data: tt.DataLoader(data, 2), lambda data: Subset(data, [0]),
                 lambda data: Transformed(data, abs)):
        with pytest.raises(TypeError, match="make a list of this generator"):
            make(example for example in [1, 2])


@pytest.mark.filterwarnings("ignore:Length of split")
@settings(deadline=None)
@given(st.integers(1, 200), st.lists(st.floats(0.05, 1), min_size=1, max_size=5))
def test_shares_are_those_of_pytorch(count, weights):
    torch = pytest.importorskip("torch")
    shares = [weight / sum(weights) for weight in weights]
    if sum(shares) > 1:                         # PyTorch takes these for whole numbers, and refuses them
        shares[-1] -= 2 * (sum(shares) - 1)
    theirs = [len(part) for part in torch.utils.data.random_split(range(count), shares)]
    assert [len(part) for part in tt.random_split(list(range(count)), shares, rng=0)] == theirs


@pytest.mark.parametrize(("lengths", "words"), [([-2, 12], "negative.*-2, 12"), ([0.5, 0.6], "0.5, 0.6.*add up to 1"),
                                                ([7.5, 2.5], "7.5, 2.5"), ([-0.5, 1.5], "negative")])
def test_lengths_that_no_part_can_have_are_refused(lengths, words):
    with pytest.raises(ValueError, match=words):
        tt.random_split(list(range(10)), lengths)


def test_statistics_are_right_to_six_digits_for_small_spreads_around_large_numbers():
    images = np.random.RandomState(0).normal(1000, 0.01, (1200, 2, 4, 4)).astype(np.float32)
    images[:, 1] -= 1500
    normalize, wide = Normalize.of(images), images.astype(np.float64)
    np.testing.assert_allclose(normalize.std.ravel(), wide.std(axis=(0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(normalize.mean.ravel(), wide.mean(axis=(0, 2, 3)), rtol=1e-7)


@pytest.mark.parametrize("value", [7, 255, 0.1, 0.0])
def test_a_constant_channel_becomes_zero(value):
    images = np.random.RandomState(0).rand(600, 2, 3, 3).astype(np.float32) * 200
    images[:, 1] = value
    images = images.astype(np.uint8) if value >= 1 else images
    out = Normalize.of(images)(images)
    assert (out[:, 1] == 0).all() and out[:, 0].std() == pytest.approx(1, abs=1e-4)


def test_a_transform_that_cannot_work_is_refused_at_once():
    for make in (lambda: tt.RandomHorizontalFlip(1.5), lambda: tt.RandomHorizontalFlip(float("nan")),
                 lambda: tt.RandomCrop(0), lambda: tt.RandomCrop(4, padding=-1)):
        with pytest.raises(ValueError, match="Random"):
            make()
