"""The digits that come with the course."""
import functools
import runpy

import numpy as np
import pytest

import tinytorch as tt
from tests.helpers import REPOSITORY
from tinytorch.dataloader import DataError

FOLDER = REPOSITORY / "datasets" / "tinydigits"


@functools.cache
def committed() -> dict[str, np.ndarray]:
    with np.load(FOLDER / "tinydigits.npz") as file:
        return {name: file[name] for name in file}


@pytest.mark.parametrize(("split", "number"), [("train", 0), ("train", 29), ("test", 4)])
def test_the_committed_digits_are_what_the_script_draws(split, number):
    script = runpy.run_path(str(FOLDER / "make_tinydigits.py"))
    start = number * len(script["LABELS"])
    page = committed()[f"{split}_images"][start:][:len(script["LABELS"])]
    # another build of Matplotlib may round an outline the other way here and there
    assert np.mean(script["writers"]()[split][number].page() != page) < 0.01


def test_1500_and_500_digits_as_float_images_with_labels():
    train, test = tt.load_tinydigits()
    assert (len(train), len(test)) == (1500, 500)
    images, labels = train.batch(np.arange(1500))
    assert images.shape == (1500, 1, 8, 8) and images.dtype == np.float32
    assert (np.bincount(labels) == 150).all() and (np.bincount(test.batch(np.arange(500))[1]) == 50).all()


def test_16_grey_levels_by_writers_who_write_in_one_split_only():
    digits = committed()
    assert digits["train_images"].max() == 15 and digits["train_images"].min() == 0
    assert len(set(digits["train_writers"])) == 30 and len(set(digits["test_writers"])) == 10
    assert not set(digits["train_writers"]) & set(digits["test_writers"])


def test_the_file_is_small():
    assert (FOLDER / "tinydigits.npz").stat().st_size < 150_000


def test_a_missing_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(tt, "__file__", str(tmp_path / "tinytorch" / "__init__.py"))
    with pytest.raises(DataError, match="tinydigits.npz is missing"):
        tt.load_tinydigits()
