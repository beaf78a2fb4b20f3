"""The photos that entries are asked: TinyDigits, normalized as by load_tinydigits, and the labels, which stay here."""

from functools import cache
from pathlib import Path

import numpy as np

import tinytorch
from tito.errors import TitoError
from tito.olympics.files import checksum

Photos = tuple[np.ndarray, np.ndarray]  # (N, 1, 8, 8) float32 and (N,) of digits


def data_folder() -> Path:
    """Where TinyDigits lies: beside the package, or in it where the course is installed."""
    package = Path(tinytorch.__file__).parent
    for folder in (package.parent, package):
        if (folder / "datasets" / "tinydigits" / "tinydigits.npz").is_file():
            return folder / "datasets" / "tinydigits"
    raise TitoError("datasets/tinydigits/tinydigits.npz is missing: take it from the course's repository again.")


def data_checksum() -> str:
    return checksum((data_folder() / "tinydigits.npz").read_bytes())


@cache
def _file() -> dict[str, np.ndarray]:
    with np.load(data_folder() / "tinydigits.npz") as arrays:
        return dict(arrays)


def normalized(images: np.ndarray) -> np.ndarray:
    """Photos of grey levels 0 to 15, (N, 8, 8), as the networks take them, by the statistics of the training photos."""
    train = _file()["train_images"].astype(np.float64)
    return ((images[:, None] - train.mean()) / train.std()).astype(np.float32)


def published() -> Photos:
    """The 500 test photos that everybody has."""
    arrays = _file()
    return normalized(arrays["test_images"]), arrays["test_labels"].astype(np.int64)
