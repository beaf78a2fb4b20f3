"""GPT beside PyTorch's own layers, with caches, and everything that it refuses."""
import tracemalloc

import numpy as np
import pytest

import tinytorch as tt
from tinytorch.attention import GrowingCache
from tinytorch.transformers import draw, next_token_probabilities


def small(**options) -> tt.GPT:
    return tt.GPT(11, 8, 2, 2, 6, rng=0, **options)


def test_a_block_is_pytorchs_encoder_layer_with_the_norm_first():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    theirs = torch.nn.TransformerEncoderLayer(12, 3, 48, dropout=0.0, batch_first=True, norm_first=True,
                                              activation=lambda x: torch.nn.functional.gelu(x, approximate="tanh"))
    names = {"self_attn.in_proj_weight": "attention.in_proj_weight", "self_attn.in_proj_bias": "attention.in_proj_bias",
             "self_attn.out_proj": "attention.out_proj", "linear1": "feed_forward.expand",
             "linear2": "feed_forward.contract"}
    state = {}
    for key, value in theirs.state_dict().items():
        for there, here in names.items():
            key = key.replace(there, here)
        state[key] = value.numpy()
    block, x = tt.TransformerBlock(12, 3), torch.randn(2, 5, 12)
    block.load_state_dict(state)
    mask = tt.causal_mask(5)
    expected = theirs.train()(x, src_mask=~torch.from_numpy(mask)).detach().numpy()
    np.testing.assert_allclose(block(tt.Tensor(x.numpy()), mask).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_gradients_reach_every_parameter_once_also_when_tied():
    for model in (small(), small(tie_weights=True)):
        ids = np.random.default_rng(0).integers(11, size=(2, 6))
        tt.backward(tt.cross_entropy(model(ids), ids))
        assert all(np.isfinite(p.grad).all() and p.grad.any() for p in model.parameters())
    assert model.head.weight is model.tokens.weight
    assert sum(p.size for p in small().parameters()) - sum(p.size for p in model.parameters()) == 11 * 8


def test_one_token_at_a_time_through_caches_is_the_same_as_all_at_once():
    model, ids = small().eval(), np.random.default_rng(0).integers(11, size=(3, 6))
    whole = model(ids).numpy()
    for pieces in ([1] * 6, [3, 2, 1]):
        caches, start, found = [GrowingCache(), GrowingCache()], 0, []
        for length in pieces:
            found.append(model(ids[:, start:start + length], caches).numpy())
            start += length
        np.testing.assert_allclose(np.concatenate(found, axis=1), whole, rtol=1e-3, atol=1e-5)


def test_generate_leaves_every_part_in_its_mode():
    model = small(dropout=0.5)
    model.blocks[0].eval()
    modes = [part.training for part in (model, *model.blocks)]
    tt.generate(model, [1, 2], 3)
    assert [part.training for part in (model, *model.blocks)] == modes


def test_draws_follow_the_probabilities():
    p = next_token_probabilities(np.log([0.6, 0.3, 0.1]))
    counts = np.bincount(draw(np.tile(p, (20_000, 1)), np.random.default_rng(0)), minlength=3)
    np.testing.assert_allclose(counts / 20_000, p, atol=0.015)
    never = np.array([0.0, 0.5, 0.5 - 1e-17])
    assert (draw(np.tile(never, (1000, 1)), np.random.default_rng(1)) > 0).all()


@pytest.mark.parametrize("call, error, words", [
    (lambda: tt.generate(small(), [], 1), ValueError, "the prompt has 0 tokens, the model takes 1 to 6"),
    (lambda: tt.generate(small(), np.zeros(7, int), 1), ValueError, "7 tokens, the model takes 1 to 6"),
    (lambda: tt.generate(small(), [0.5], 1), TypeError, "integers.*float64"),
    (lambda: tt.generate(small(), [[[1]]], 1), TypeError, r"shape \(1, 1, 1\)"),
    (lambda: tt.generate(small(), [1], -1), ValueError, "max_new_tokens.*-1"),
    (lambda: tt.generate(small(), [1], 1, temperature=-1), ValueError, "temperature.*-1"),
    (lambda: tt.generate(small(), [1], 1, top_k=0), ValueError, "top_k.*0"),
    (lambda: tt.generate(small(), [1], 1, top_p=1.5), ValueError, "top_p.*1.5"),
    (lambda: tt.generate(small(), [11], 1), IndexError, "id 11 is not in 0 to 10"),
    (lambda: small()(np.zeros(7, int)), ValueError, "7 steps .* max_len 6"),
    (lambda: small()([1], [GrowingCache()]), ValueError, "2 blocks need as many caches, not 1"),
    (lambda: tt.GPT(11, 9, 2, 1, 6), ValueError, "embed_dim 9 cannot be cut into 2 heads"),
    (lambda: tt.LayerNorm(4)(tt.zeros(2, 3)), ValueError, r"LayerNorm: x should be \(..., 4\).*\(2, 3\)"),
])
def test_what_makes_no_sense_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_greedy_needs_one_row_and_no_square_of_the_vocabulary():
    scores = np.zeros((2, 50_257))
    scores[[0, 1], [7, 50_256]] = 1
    tracemalloc.start()
    p = next_token_probabilities(scores, temperature=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert p.shape == scores.shape and np.array_equal(p.argmax(axis=-1), [7, 50_256]) and p.sum() == 2
    assert peak < 10 * scores.nbytes
