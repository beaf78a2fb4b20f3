"""Attention against PyTorch's layer, its cache, its masks, and what it refuses."""
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tests.framework.pytorch.attention import theirs
from tinytorch.attention import AttentionOp, GrowingCache, attention_steps, mask_bias
from tinytorch.tensor import Tensor
from tito.checks import assert_close, raises


def under(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}


@pytest.fixture
def layer(reference: dict[str, np.ndarray]) -> tt.MultiHeadAttention:
    """Ours, with the weights of PyTorch's."""
    ours, state = tt.MultiHeadAttention(12, 3), under("mha/state/", reference)
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)
    return ours


def test_layer_gives_what_pytorchs_gives(layer, reference):
    x = Tensor(reference["mha/x"])
    assert_close(layer(x).numpy(), reference["mha/all"], rtol=1e-4, atol=1e-5)
    assert_close(layer(x, tt.causal_mask(5)).numpy(), reference["mha/causal"], rtol=1e-4, atol=1e-5)
    assert_close(layer(x[0], tt.causal_mask(5)).numpy(), reference["mha/causal"][0], "no batch", rtol=1e-4, atol=1e-5)


def test_layer_has_pytorchs_gradients(layer, reference):
    x = Tensor(reference["mha/x"], requires_grad=True)
    tt.backward(layer(x, tt.causal_mask(5)), reference["mha/grad"])
    assert_close(x.grad, reference["mha/gradient/x"], rtol=1e-3, atol=1e-5)
    for name, parameter in layer.named_parameters():
        assert_close(parameter.grad, reference[f"mha/gradient/{name}"], name, rtol=1e-3, atol=1e-5)


def test_layouts_of_gpt2_and_of_bert_fit(layer, reference):
    """GPT-2 keeps one matrix (E, 3E), transposed; BERT three, query, key and value, each (E, E)."""
    state = under("mha/state/", reference)
    c_attn, parts = state["in_proj_weight"].T, np.split(state["in_proj_weight"], 3)
    x, expected = Tensor(reference["mha/x"]), reference["mha/all"]
    for weight in (c_attn.T, np.concatenate(parts)):
        other = tt.MultiHeadAttention(12, 3, rng=1)
        other.load_state_dict({**state, "in_proj_weight": weight})
        assert_close(other(x).numpy(), expected, rtol=1e-4, atol=1e-5)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_shape_and_any_mask_as_in_pytorch(data):
    torch = pytest.importorskip("torch")
    number = st.integers(1, 5)
    stack = tuple(data.draw(st.lists(number, max_size=2), "stack"))
    t, s, d, dv = (data.draw(number, name) for name in ("T", "S", "d", "dv"))
    rng = np.random.RandomState(data.draw(st.integers(0, 1000), "seed"))
    arrays = [rng.standard_normal((*stack, *shape)).astype(np.float32) for shape in ((t, d), (s, d), (s, dv))]
    mask = rng.rand(*[n if rng.rand() < 0.7 else 1 for n in (*stack, t, s)]) < 0.6
    mask = np.where(mask, rng.standard_normal(mask.shape), -np.inf).astype(np.float32) if rng.rand() < 0.3 else mask
    full = np.broadcast_to(mask, (*stack, t, s)).copy()              # PyTorch's fast path wants all axes
    ours = [Tensor(array, requires_grad=True) for array in arrays]
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    out, expected = tt.scaled_dot_product_attention(*ours, mask), theirs(torch, *leaves, mask=full)
    assert_close(out.numpy(), expected.detach().numpy(), rtol=1e-3, atol=1e-5)
    grad = rng.standard_normal(out.shape).astype(np.float32)
    tt.backward(out, grad)
    expected.backward(torch.tensor(grad))
    for x, leaf in zip(ours, leaves):
        assert_close(x.grad, leaf.grad.numpy(), rtol=1e-3, atol=1e-5)


def test_a_query_that_may_look_at_nothing_gives_zeros_in_the_layer_too():
    layer, x = tt.MultiHeadAttention(8, 2, rng=0), tt.randn(1, 3, 8, rng=1, requires_grad=True)
    out = layer(x, np.array([[True, True, True], [False, False, False], [True, True, True]]))
    assert_close(out.numpy()[0, 1], layer.out_proj.bias.numpy(), "nothing but the bias")
    tt.backward(out.sum())
    assert all(np.isfinite(p.grad).all() for p in (x, *layer.parameters()))


@pytest.mark.parametrize("pieces", [[1] * 6, [6], [3, 1, 2], [5, 1]])
def test_with_a_cache_pieces_give_what_the_whole_gives(pieces):
    layer, x = tt.MultiHeadAttention(8, 2, rng=0).eval(), tt.randn(2, 6, 8, rng=1)
    whole, cache, done = layer(x, tt.causal_mask(6)).numpy(), GrowingCache(), 0
    for piece in pieces:
        end = done + piece
        assert len(cache) == done
        out = layer(x[:, done:end], tt.causal_mask(piece, end), cache=cache)
        assert_close(out.numpy(), whole[:, done:end], rtol=1e-4, atol=1e-5)
        done = end


def test_any_object_with_append_is_a_cache():
    class Preallocated:
        def __init__(self):
            self.data, self.length = np.zeros((2, 1, 2, 10, 4), np.float32), 0

        def append(self, key, value):
            end = self.length + key.shape[-2]
            self.data[:, :, :, self.length:end] = key.numpy(), value.numpy()
            self.length = end
            return Tensor(self.data[0, :, :, :end]), Tensor(self.data[1, :, :, :end])

    layer, x, cache = tt.MultiHeadAttention(8, 2, rng=0), tt.randn(1, 4, 8, rng=1), Preallocated()
    with tt.no_grad():
        parts = [layer(x[:, i:i + 1], cache=cache).numpy() for i in range(4)]
    assert_close(np.concatenate(parts, axis=1), layer(x, tt.causal_mask(4)).numpy(), rtol=1e-4, atol=1e-5)


def test_dropout_is_of_the_weights_and_for_training_alone():
    layer, x = tt.MultiHeadAttention(8, 2, dropout=0.5, rng=0), tt.randn(2, 6, 8, rng=1)
    first, second = layer(x).numpy(), layer(x).numpy()
    assert np.abs(first - second).max() > 0.01
    same = tt.MultiHeadAttention(8, 2, rng=0)
    assert_close(layer.eval()(x).numpy(), same(x).numpy())
    again = tt.MultiHeadAttention(8, 2, dropout=0.5, rng=0)
    assert_close(again(x).numpy(), first, "the same seed drops the same weights")


def test_gradient_with_dropout_is_that_of_the_weights_kept():
    q, k, v = [tt.randn(3, 4, rng=i, requires_grad=True) for i in range(3)]
    assert tt.gradcheck(lambda *x: tt.scaled_dot_product_attention(*x, causal_with_nothing(), 0.5, rng=3), q, k, v)


def causal_with_nothing() -> np.ndarray:
    mask = tt.causal_mask(3)
    mask[0] = False
    return mask


def test_a_tensor_or_a_list_may_be_a_mask():
    q, expected = tt.randn(2, 4, rng=0), np.zeros((2, 4))
    for mask in (Tensor([[-np.inf, -np.inf]] * 2), [[False, False]] * 2, np.zeros((1, 1), bool)):
        assert_close(tt.scaled_dot_product_attention(q, q, q, mask).numpy(), expected)


def test_no_keys_at_all_give_zeros():
    out = tt.scaled_dot_product_attention(tt.randn(2, 3), tt.zeros(0, 3), tt.zeros(0, 5))
    assert_close(out.numpy(), np.zeros((2, 5)))


def test_empty_batch_passes():
    layer = tt.MultiHeadAttention(8, 2)
    assert layer(tt.zeros(0, 5, 8), tt.causal_mask(5)).shape == (0, 5, 8)


def test_one_operation_keeps_one_array_of_weights():
    n, kept = 256, {}
    q, k, v = [tt.randn(n, 8, rng=i, requires_grad=True) for i in range(3)]
    for name, f in {"one": AttentionOp.apply, "steps": attention_steps}.items():
        tracemalloc.start()
        out = f(q, k, v)
        kept[name] = tracemalloc.get_traced_memory()[0] / (4 * n * n)
        tracemalloc.stop()
        assert out.shape == (n, 8)
    assert kept["one"] < 1.2 and kept["steps"] > 4


X = tt.zeros(2, 5, 8)


@pytest.mark.parametrize("call, words", [
    (lambda: tt.MultiHeadAttention(10, 3), "MultiHeadAttention 10 3 heads"),
    (lambda: tt.MultiHeadAttention(8, 0), "MultiHeadAttention 8 0"),
    (lambda: tt.MultiHeadAttention(8, 2, dropout=1.0), "MultiHeadAttention dropout 1.0"),
    (lambda: tt.MultiHeadAttention(8, 2)(tt.zeros(2, 5, 6)), "MultiHeadAttention 8 (2, 5, 6)"),
    (lambda: tt.MultiHeadAttention(8, 2)(tt.zeros(8)), "MultiHeadAttention positions (8,)"),
    (lambda: tt.MultiHeadAttention(8, 2)(X, np.ones((2, 5), bool)), "(2, 5) (2, 2, 5, 5) mask[:, None, None, :]"),
    (lambda: tt.scaled_dot_product_attention(X, X, X, np.ones((5, 4), bool)), "attn_mask (5, 4) (2, 5, 5) queries"),
    (lambda: tt.scaled_dot_product_attention(X, X, X, np.ones((3, 2, 5, 5), bool)), "(3, 2, 5, 5) (2, 5, 5)"),
    (lambda: tt.scaled_dot_product_attention(X, X, X, np.ones((5, 5), int)), "attn_mask boolean int64 mask == 1"),
    (lambda: tt.scaled_dot_product_attention(X, tt.zeros(2, 5, 7), X), "query (2, 5, 8) key (2, 5, 7) 8 7"),
    (lambda: tt.scaled_dot_product_attention(X, X, tt.zeros(2, 4, 8)), "5 keys 4 values"),
    (lambda: tt.scaled_dot_product_attention(X, tt.zeros(3, 5, 8), X), "(3, 5, 8) all axes but the last two"),
    (lambda: tt.scaled_dot_product_attention(tt.zeros(8), X, X), "query (8,) two axes"),
    (lambda: tt.scaled_dot_product_attention(X, X, X, tt.zeros(5, 5, requires_grad=True)), "attn_mask detach()"),
    (lambda: tt.scaled_dot_product_attention(X, X, X, dropout_p=1.0), "dropout_p 1.0"),
    (lambda: tt.causal_mask(5, 3), "causal_mask 5 3")])
def test_what_cannot_work_is_refused_with_the_mend(call, words):
    with raises(ValueError, words):
        call()


def test_bias_of_a_mask_is_float32():
    for mask in (np.ones((2, 2), bool), np.zeros((2, 2))):
        assert mask_bias(mask, (2, 2)).dtype == np.float32
