"""Every example once an epoch, images and labels together, in an order drawn anew each time and fixed by a seed."""
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.dataloader import Normalize, Subset, Transformed


def numbered(count: int) -> tt.TensorDataset:
    """Example i is ([i, i, i], i)."""
    return tt.TensorDataset(np.arange(count, dtype=np.float32)[:, None].repeat(3, axis=1), np.arange(count))


def orders(loader: tt.DataLoader, epochs: int) -> np.ndarray:
    return np.stack([np.concatenate([labels for _, labels in loader]) for _ in range(epochs)])


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.booleans(), st.booleans())
def test_an_epoch_holds_every_example_once_and_as_many_batches_as_len_says(count, size, shuffle, drop_last):
    loader = tt.DataLoader(numbered(count), size, shuffle=shuffle, drop_last=drop_last, rng=0)
    batches = list(loader)
    labels = np.concatenate([np.empty(0, int), *[y for _, y in batches]])
    assert len(batches) == len(loader)
    assert len(set(labels)) == len(labels) == (count - count % size if drop_last else count)
    assert all((x.numpy() == y[:, None]).all() for x, y in batches)
    assert all(len(y) == size for _, y in batches[:-1])


def test_floats_come_as_tensors_and_integers_as_arrays():
    data = tt.TensorDataset(np.ones((4, 2)), np.ones((4, 3), np.int64), np.ones(4))
    (x, tokens, weights), *_ = tt.DataLoader(data, 2)
    assert isinstance(x, tt.Tensor) and isinstance(weights, tt.Tensor) and x.dtype == np.float32
    assert isinstance(tokens, np.ndarray) and tokens.dtype == np.int64


def test_a_seed_fixes_the_sequence_of_orders_and_every_epoch_has_its_own():
    first, again = (orders(tt.DataLoader(numbered(50), 8, shuffle=True, rng=3), 3) for _ in range(2))
    assert (first == again).all()
    assert len(np.unique(first, axis=0)) == 3
    assert (orders(tt.DataLoader(numbered(50), 8), 2) == np.arange(50)).all()


def test_the_state_of_the_generator_is_all_that_an_interrupted_training_needs_to_go_on():
    loader, later = (tt.DataLoader(numbered(50), 8, shuffle=True, rng=seed) for seed in (3, 99))
    orders(loader, 2)
    later.rng.bit_generator.state = loader.rng.bit_generator.state
    assert (orders(later, 2) == orders(loader, 2)).all()


@pytest.mark.parametrize("size", [0, -1, 2.5, "4"])
def test_a_batch_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match="batch_size"):
        tt.DataLoader(numbered(5), size)


def test_split_parts_are_disjoint_and_share_the_memory_of_the_data_set():
    data = numbered(20)
    parts = tt.random_split(data, [12, 8], rng=0)
    assert sorted(np.concatenate([part.indices for part in parts])) == list(range(20))
    assert all(part.dataset is data for part in parts)
    with pytest.raises(ValueError, match="19.*20"):
        tt.random_split(data, [12, 7])


def test_a_data_set_that_only_knows_single_examples_is_batched_all_the_same():
    class Squares(tt.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return np.float32(index), index ** 2

    batches = list(tt.DataLoader(Subset(Squares(), [4, 2, 0]), 2))
    assert [y.tolist() for _, y in batches] == [[16, 4], [0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_flips_and_crops_treat_each_image_on_its_own_and_leave_the_originals_alone(dtype):
    images = np.random.RandomState(0).randint(1, 200, (64, 3, 6, 5)).astype(dtype)
    before = images.copy()
    flipped = tt.RandomHorizontalFlip(rng=0)(images)
    kept = (flipped == images).all(axis=(1, 2, 3))
    assert 10 < kept.sum() < 54 and (flipped[~kept] == images[~kept][..., ::-1]).all()
    cut = tt.RandomCrop(5, padding=2, rng=0)(images)
    assert cut.shape == (64, 3, 5, 5) and cut.dtype == flipped.dtype == dtype
    assert len({picture.tobytes() for picture in (cut == 0).all(axis=1)}) > 10
    assert (images == before).all()


def test_augmentation_is_drawn_anew_every_epoch_and_repeats_under_a_seed():
    images = np.random.RandomState(0).rand(32, 1, 6, 6).astype(np.float32)

    def two_epochs():
        augment = tt.Compose([tt.RandomHorizontalFlip(rng=1), tt.RandomCrop(6, padding=1, rng=2)])
        loader = tt.DataLoader(Transformed(tt.TensorDataset(images), augment), 32)
        return [x.numpy() for _ in range(2) for x, in loader]

    (one, two), again = two_epochs(), two_epochs()
    assert not (one == two).all()
    assert (np.stack([one, two]) == np.stack(again)).all()


def test_normalized_pixels_have_mean_0_and_variance_1_a_channel():
    pixels = np.random.RandomState(0).randint(0, 256, (1300, 3, 4, 4)) // np.array([1, 2, 5]).reshape(3, 1, 1)
    out = Normalize.of(pixels.astype(np.uint8))(pixels.astype(np.uint8))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3), dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axis=(0, 2, 3), dtype=np.float64), 1, atol=1e-5)


def test_statistics_of_a_large_set_take_the_memory_of_a_chunk():
    pixels = np.zeros((4000, 3, 32, 32), np.uint8)
    pixels[::2] = 200
    tracemalloc.start()
    Normalize.of(pixels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * pixels.nbytes
