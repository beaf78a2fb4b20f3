"""Embeddings and positions: PyTorch's numbers, the gradient for any ids, the offset of a cache, and what is refused."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.embeddings import add_rows, check_ids, cosine_similarity
from tinytorch.tensor import Tensor
from tito.checks import assert_close, raises


class Language(tt.Module):
    """Words and positions, one layer, the output tied to the words; the names are those of the PyTorch model."""

    def __init__(self):
        self.words, self.positions = tt.Embedding(11, 6), tt.LearnedPositionalEmbedding(5, 6)
        self.hidden = tt.Linear(6, 6)

    def forward(self, ids):
        return tt.relu(self.hidden(self.positions(self.words(ids)))) @ self.words.weight.T


def under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


def test_language_model_with_tied_weights_trains_as_pytorchs(reference: dict[str, np.ndarray]):
    model, before, after = Language(), under("language/before/", reference), under("language/after/", reference)
    assert list(model.state_dict()) == list(before)
    model.load_state_dict(before)
    optimizer, losses = tt.SGD(model.parameters(), lr=0.3, momentum=0.9), []
    for _ in range(3):
        model.zero_grad()
        loss = tt.cross_entropy(model(reference["language/ids"]), reference["language/targets"])
        tt.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert_close(losses, reference["language/losses"], rtol=1e-4)
    for name, expected in after.items():
        assert_close(model.state_dict()[name], expected, name, rtol=1e-3, atol=1e-5)


def test_a_tied_table_is_one_parameter():
    names = [name for name, _ in Language().named_parameters()]
    assert names == ["words.weight", "positions.weight", "hidden.weight", "hidden.bias"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 3))
def test_rows_are_added_as_np_add_at_adds_them(ids: list[int], width: int):
    ids = np.array(ids, int)
    grad = np.random.RandomState(len(ids)).standard_normal((len(ids), width)).astype(np.float32)
    expected = np.zeros((7, width), np.float32)
    np.add.at(expected, ids, grad)
    kept = ids.copy(), grad.copy()
    found = add_rows(ids, grad, 7)
    assert found.dtype == np.float32
    assert_close(found, expected, atol=1e-5)
    assert (ids == kept[0]).all() and (grad == kept[1]).all()


def test_gradient_of_a_table_too_large_for_one_hot_codes():
    layer, ids = tt.Embedding(50_257, 4, rng=0), np.array([50_256, 0, 50_256])
    tt.backward(layer(ids).sum())
    assert_close(layer.weight.grad[[0, 1, 50_256], 0], [1, 0, 2])
    assert np.count_nonzero(layer.weight.grad) == 8


def test_ids_may_change_between_forward_and_backward():
    layer, ids = tt.Embedding(4, 2, rng=0), np.array([1, 1])
    out = layer(ids)
    ids[:] = 3
    tt.backward(out.sum())
    assert_close(layer.weight.grad[:, 0], [0, 2, 0, 0])


def test_start_is_standard_normal_and_repeatable():
    for make in (tt.Embedding, tt.LearnedPositionalEmbedding):
        weight = make(400, 50, rng=0).weight
        assert weight.requires_grad and weight.dtype == np.float32
        assert abs(weight.numpy().mean()) < 0.03 and abs(weight.numpy().std() - 1) < 0.03
        assert_close(make(400, 50, rng=0).weight.numpy(), weight.numpy())


@pytest.mark.parametrize("positions", [tt.PositionalEncoding(6, max_len=9), tt.LearnedPositionalEmbedding(9, 6, rng=0)])
def test_steps_one_by_one_with_their_offset_give_what_all_at_once_gives(positions: tt.Module):
    x = tt.randn(2, 9, 6, rng=0)
    together = positions(x).numpy()
    for t in range(9):
        assert_close(positions(x[:, t:t + 1], offset=t).numpy(), together[:, t:t + 1])
    assert_close(positions(x[:, 4:], offset=np.int64(4)).numpy(), together[:, 4:])
    assert positions(x[:, :0], offset=9).shape == (2, 0, 6)


def test_waves_are_a_buffer_and_nothing_is_learned():
    layer = tt.PositionalEncoding(4, max_len=3, dropout=0.5)
    assert not list(layer.parameters()) and list(layer.state_dict()) == ["encoding"]
    assert layer(tt.ones(2, 3, 4)).requires_grad is False


def test_far_positions_are_as_exact_as_near_ones():
    angle = 99_999 / 10000 ** (np.arange(0, 8, 2) / 8)
    assert_close(tt.sinusoidal_encoding(100_000, 8)[-1, ::2], np.sin(angle), atol=1e-6)


def test_dot_products_of_positions_depend_on_distance_alone():
    waves = tt.sinusoidal_encoding(60, 16)
    products = waves @ waves.T
    for distance in range(0, 60, 7):
        diagonal = np.diag(products, distance)
        assert_close(diagonal, np.full(len(diagonal), diagonal[0]), atol=1e-4)


def test_dropout_in_training_only():
    layer, x = tt.PositionalEncoding(50, max_len=40, dropout=0.3, rng=0), tt.ones(4, 40, 50) * 3
    assert abs((layer(x).numpy() == 0).mean() - 0.3) < 0.03
    assert_close(layer.eval()(x).numpy(), 3 + np.broadcast_to(layer.encoding, (4, 40, 50)))


def test_cosines_are_pytorchs():
    torch = pytest.importorskip("torch")
    rng = np.random.RandomState(0)
    a, b = rng.standard_normal((5, 3)), rng.standard_normal((4, 3))
    a[2] = 0
    theirs = torch.nn.functional.cosine_similarity(torch.tensor(a)[:, None], torch.tensor(b)[None], dim=-1)
    assert_close(cosine_similarity(a, b), theirs.numpy())


@pytest.mark.parametrize("ids, error, words", [
    ([0, 5], IndexError, "5 4 vocabulary"), ([[0], [-1]], IndexError, "-1 4"), (70_000, IndexError, "70000 4"),
    ([0.0, 1.0], TypeError, "float64 astype"), (Tensor([0.0]), TypeError, "Tensor array"),
    ("the dog", TypeError, "text tokenizer"),
    ([True, False], TypeError, "bool"), (None, TypeError, "object"), ([[0, 1], [2]], TypeError, "length pad")])
def test_ids_that_are_none_are_refused_by_name(ids: object, error: type[Exception], words: str):
    with raises(error, f"Embedding {words}"):
        tt.Embedding(5, 2)(ids)


def test_no_ids_are_fine():
    assert check_ids([], 3).dtype.kind == "i"
    assert tt.Embedding(5, 2)([]).shape == (0, 2)


@pytest.mark.parametrize("make, words", [
    (lambda: tt.Embedding(0, 4), "Embedding num_embeddings 0"), (lambda: tt.Embedding(True, 4), "num_embeddings True"),
    (lambda: tt.Embedding(4, 2.5), "Embedding embedding_dim 2.5"),
    (lambda: tt.sinusoidal_encoding(-1, 4), "max_len -1"), (lambda: tt.sinusoidal_encoding(4, "8"), "embed_dim '8'"),
    (lambda: tt.PositionalEncoding(4, max_len=0), "max_len 0"),
    (lambda: tt.PositionalEncoding(4, dropout=1.0), "Dropout 1.0"),
    (lambda: tt.LearnedPositionalEmbedding(4, 0), "LearnedPositionalEmbedding embed_dim 0")])
def test_sizes_that_cannot_be_are_refused_by_name(make, words: str):
    with raises(ValueError, words):
        make()


@pytest.mark.parametrize("layer", [tt.PositionalEncoding(4, max_len=5), tt.LearnedPositionalEmbedding(5, 4)])
@pytest.mark.parametrize("shape, offset, words", [
    ((2, 6, 4), 0, "6 0 5"), ((2, 1, 4), 5, "1 5 5"), ((2, 3, 4), -1, "offset -1"), ((2, 3, 4), 1.0, "offset 1.0"),
    ((2, 3, 5), 0, "(..., T, 4) (2, 3, 5)"), ((4,), 0, "(4,)")])
def test_sequences_that_do_not_fit_are_refused_by_name(layer: tt.Module, shape: tuple, offset: object, words: str):
    with raises(ValueError, f"{type(layer).__name__} {words}"):
        layer(tt.ones(*shape), offset=offset)
