"""Weights in GPT-2's layout: their network computes what GPT-2 computes, and what does not fit is named."""
import numpy as np
import pytest

import tinytorch as tt
from tinytorch.transformers import gpt2_names, gpt2_shapes
from tito.checks import assert_close


@pytest.fixture()
def state(reference) -> dict[str, np.ndarray]:
    """A small GPT-2's state_dict, from PyTorch: prefix, masks and tied head as in the published files."""
    return {key.removeprefix("gpt2/state/"): value for key, value in reference.items() if key.startswith("gpt2/state/")}


def plain(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """As the smallest published file has it: no prefix, no head."""
    return {key.removeprefix("transformer."): value for key, value in state.items() if key != "lm_head.weight"}


def test_scores_are_gpt2s(state, reference):
    for arrays in (state, plain(state)):
        model = tt.load_gpt2(arrays, num_heads=3)
        assert_close(model(reference["gpt2/ids"]).numpy(), reference["gpt2/scores"], rtol=1e-4, atol=1e-4)
        assert model.head.weight is model.tokens.weight
    other = tt.load_gpt2(state, num_heads=2)(reference["gpt2/ids"]).numpy()
    assert np.abs(other - reference["gpt2/scores"]).max() > 0.1


def test_what_was_loaded_can_be_trained_further(state, reference):
    model, ids = tt.load_gpt2(state, num_heads=3), reference["gpt2/ids"]
    tt.backward(tt.cross_entropy(model(ids), ids))
    assert_close(model.tokens.weight.grad, reference["gpt2/gradient/wte"], rtol=1e-3, atol=1e-4)


def test_a_head_of_its_own_stays_its_own(state, reference):
    own = state | {"lm_head.weight": 2 * state["lm_head.weight"]}
    model = tt.load_gpt2(own, num_heads=3)
    assert model.head.weight is not model.tokens.weight
    assert_close(model(reference["gpt2/ids"]).numpy(), 2 * reference["gpt2/scores"], rtol=1e-4, atol=2e-4)


def test_half_precision_loads_as_float32(state, reference):
    model = tt.load_gpt2({key: value.astype(np.float16) for key, value in state.items()}, num_heads=3)
    assert all(p.dtype == np.float32 for p in model.parameters())
    assert_close(model(reference["gpt2/ids"]).numpy(), reference["gpt2/scores"], atol=0.1)


def test_names_and_shapes_are_those_of_the_file_and_of_the_published_sizes(state):
    found = {key: value.shape for key, value in plain(state).items() if not key.endswith((".attn.bias", "masked_bias"))}
    assert gpt2_shapes(13, 12, 8, 2) == found and set(gpt2_names(2).values()) == set(found)
    assert sum(np.prod(shape) for shape in gpt2_shapes(50257, 768, 1024, 12).values()) == 124_439_808


def test_a_generator_writes_with_loaded_weights(state):
    model = tt.load_gpt2(state, num_heads=3)
    written = tt.generate(model, [1, 2], 10, temperature=0)
    expected = [1, 2]
    for _ in range(10):
        expected.append(int(model(np.array(expected[-8:])).numpy()[-1].argmax()))
    assert written.tolist() == expected


def without(name: str):
    return lambda s: {key: value for key, value in s.items() if name not in key}


def put(name: str, shape: tuple[int, ...]):
    return lambda s: s | {name: np.zeros(shape)}


@pytest.mark.parametrize("change, error, words", [
    (without("h.1.ln_1.weight"), KeyError, r"missing h.1.ln_1.weight; unexpected nothing: .* Hugging Face's GPT-2"),
    (without("wte.weight"), KeyError, "missing wte.weight"),
    (without("h.0."), KeyError, r"missing h.0.attn.c_attn.bias, .* and 9 more; unexpected h.1.attn"),
    (lambda s: {}, KeyError, "missing ln_f.bias, ln_f.weight, wpe.weight and 1 more"),
    (put("score.weight", (2, 12)), KeyError, "missing nothing; unexpected score.weight"),
    (put("transformer.h.0.attn.c_attn.weight", (36, 12)), ValueError,
     r"h.0.attn.c_attn.weight should be \(12, 36\), not \(36, 12\): GPT-2 stores \(in, out\), turn it round"),
    (put("transformer.h.1.ln_2.bias", (11,)), ValueError, r"h.1.ln_2.bias should be \(12,\), not \(11,\)$"),
    (put("transformer.wpe.weight", (8, 11)), ValueError, r"wpe.weight should be \(8, 12\), not \(8, 11\)"),
    (put("lm_head.weight", (12, 12)), ValueError, r"lm_head.weight should be \(13, 12\), not \(12, 12\)"),
    (put("transformer.wte.weight", (12,)), ValueError, r"should be tables.*not \(12,\) and \(8, 12\)"),
    (put("transformer.wte.weight", (0, 12)), ValueError, r"should be tables.*not \(0, 12\)"),
    (lambda s: "model.safetensors", TypeError, "from names to arrays, not str; safetensors.numpy.load_file"),
    (put("transformer.ln_f.bias", ()), ValueError, r"ln_f.bias should be \(12,\), not \(\)"),
])
def test_what_is_no_gpt2_is_refused_in_one_line(state, change, error, words):
    with pytest.raises(error, match=words) as told:
        tt.load_gpt2(change(state), num_heads=3)
    assert "\n" not in str(told.value)


def test_heads_that_do_not_divide_are_refused(state):
    with pytest.raises(ValueError, match="embed_dim 12 cannot be cut into 5 heads"):
        tt.load_gpt2(state, num_heads=5)
