"""Layers for pictures refuse what cannot work, when they are made; padding by name is PyTorch's."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.tensor import Tensor
from tito.checks import assert_close


@pytest.mark.filterwarnings("ignore:Using padding")
@settings(deadline=None, max_examples=30)
@given(st.tuples(st.integers(1, 5), st.integers(1, 5)), st.sampled_from(["same", "valid"]))
def test_padding_by_name_is_pytorchs(kernel, padding):
    torch = pytest.importorskip("torch")
    x = np.random.RandomState(0).standard_normal((2, 3, 6, 7)).astype(np.float32)
    ours, theirs = tt.Conv2d(3, 4, kernel, padding=padding, rng=0), torch.nn.Conv2d(3, 4, kernel, padding=padding)
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    out, expected = ours(Tensor(x)), theirs(torch.from_numpy(x))
    assert_close(out.numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-5)
    tt.backward((out * out).sum())
    (expected * expected).sum().backward()
    assert_close(ours.weight.grad, theirs.weight.grad.numpy(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("make, words", [
    (lambda: tt.Conv2d(3, 4, 0), "Conv2d: kernel_size.*not 0"),
    (lambda: tt.Conv2d(3, 4, 3, stride=0), "Conv2d: stride"),
    (lambda: tt.Conv2d(3, 4, 3, padding=-1), "Conv2d: padding.*from 0.*-1"),
    (lambda: tt.Conv2d(3, 4, 2.5), "kernel_size.*2.5"), (lambda: tt.Conv2d(3, 4, (3, 3, 3)), "kernel_size.*or two"),
    (lambda: tt.Conv2d(0, 4, 3), "Conv2d: channels"), (lambda: tt.Conv2d(3, 4, 3, padding="full"), "padding.*'full'"),
    (lambda: tt.Conv2d(3, 4, 3, stride=2, padding="same"), 'padding "same" needs stride 1'),
    (lambda: tt.MaxPool2d(0), "MaxPool2d: kernel_size"), (lambda: tt.MaxPool2d(2, stride=0), "MaxPool2d: stride"),
    (lambda: tt.AvgPool2d(2, padding=-1), "AvgPool2d: padding"),
    (lambda: tt.BatchNorm2d(0), "BatchNorm2d: num_features"),
    (lambda: tt.BatchNorm2d("3"), "BatchNorm2d: num_features")])
def test_what_cannot_work_is_refused_when_it_is_made(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.filterwarnings("error")
def test_numbers_of_numpy_are_numbers():
    layer = tt.Conv2d(np.int64(3), np.int32(4), np.int64(3), padding=np.int8(1))
    assert layer(Tensor(np.ones((1, 3, 5, 5)))).shape == (1, 4, 5, 5)
