import numpy as np
import pytest

from tests.framework.pytorch.record import RECORDED


@pytest.fixture(scope="session")
def reference() -> dict[str, np.ndarray]:
    """What PyTorch computed when it was recorded, by key."""
    with np.load(RECORDED, allow_pickle=False) as arrays:
        return dict(arrays)
