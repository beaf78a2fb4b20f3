"""The cache beside recomputation and beside PyTorch, what it refuses, and what it costs."""
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.attention import GrowingCache
from tinytorch.memoization import cache_bytes, caches_for, log_likelihoods, memoize, places_computed, prefill


def lively(**sizes) -> tt.GPT:
    """A small GPT with weights so large that every mistake shows in its scores."""
    model, rng = tt.GPT(11, 12, 3, 2, **sizes, rng=0), np.random.default_rng(0)
    model.load_state_dict({name: rng.normal(0, 0.5, size=array.shape) for name, array in model.state_dict().items()})
    return model.eval()


@settings(max_examples=30, deadline=None)
@given(texts=st.sampled_from([(), (1,), (3,)]), pieces=st.lists(st.integers(1, 5), min_size=1, max_size=5),
       seed=st.integers(0, 10 ** 6))
def test_in_whatever_pieces_a_text_comes_its_scores_are_those_of_recomputation(texts, pieces, seed):
    model, length = lively(max_seq_len=25), sum(pieces)
    ids = np.random.default_rng(seed).integers(11, size=(*texts, length))
    caches, begin = caches_for(model), 0
    with tt.no_grad():
        whole = model(ids).numpy()
        for piece in pieces:
            found = model(ids[..., begin:begin + piece], caches).numpy()
            np.testing.assert_allclose(found, whole[..., begin:begin + piece, :], rtol=1e-3, atol=1e-4)
            begin += piece
    assert [len(cache) for cache in caches] == [length, length]


@settings(max_examples=30, deadline=None)
@given(texts=st.sampled_from([(), (1,), (3,)]), prompt=st.integers(1, 9), new=st.integers(0, 20),
       knobs=st.sampled_from([{"temperature": 0}, {}, {"temperature": 0.6}, {"top_k": 3}, {"top_p": 0.7},
                              {"temperature": 2.0, "top_k": 8, "top_p": 0.9}]), seed=st.integers(0, 10 ** 6))
def test_generate_cached_writes_the_tokens_of_generate_also_where_the_window_moves(texts, prompt, new, knobs, seed):
    model, ids = lively(max_seq_len=9), np.random.default_rng(seed).integers(11, size=(*texts, prompt))
    expected = tt.generate(model, ids, new, **knobs, rng=seed)
    found = tt.generate_cached(model, ids, new, **knobs, rng=seed)
    assert found.dtype.kind == "i" and np.array_equal(found, expected)


def test_the_cache_takes_the_place_of_the_growing_one_for_any_stack_of_heads():
    rng = np.random.default_rng(0)
    for stack in ((), (4,), (2, 4), (2, 1, 4)):
        growing, cache = GrowingCache(), tt.KVCache(7)
        for new in (3, 1, 1, 2):
            key, value = (tt.Tensor(rng.normal(size=(*stack, new, width))) for width in (5, 6))
            for kept, right in zip(cache.append(key, value), growing.append(key, value)):
                np.testing.assert_array_equal(kept.numpy(), right.numpy())
            assert len(cache) == len(growing)


def test_a_cropped_cache_goes_on_as_if_the_rest_had_never_been():
    model, ids = lively(max_seq_len=12), np.random.default_rng(0).integers(11, size=(2, 12))
    caches = caches_for(model)
    prefill(model, ids[:, :10], caches)
    for cache in caches:
        cache.crop(4)
    other = np.concatenate([ids[:, :4], ids[:, 8:]], axis=1)
    with tt.no_grad():
        whole = model(other).numpy()
    np.testing.assert_allclose(prefill(model, other[:, 4:], caches), whole[:, -1], rtol=1e-3, atol=1e-4)


def test_memory_is_got_once_and_is_what_the_formula_says():
    cache, one = tt.KVCache(1000), tt.Tensor(np.zeros((3, 4, 1, 32)))
    tracemalloc.start()
    cache.append(one, one)
    got = tracemalloc.get_traced_memory()[0]
    for _ in range(200):
        cache.append(one, one)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    formula = cache_bytes(layers=1, heads=4, head_dim=32, places=1000, texts=3)
    assert formula == 2 * 3 * 4 * 1000 * 32 * 4
    assert formula <= got < formula + 5_000 and after < formula + 5_000 and peak < formula + 10_000


def test_places_are_counted_as_the_model_sees_them():
    model, seen = lively(max_seq_len=6), []
    model.dropout = lambda x: seen.append(x.shape[-2]) or x
    for prompt, new in ((1, 3), (3, 9), (6, 1), (6, 2), (2, 0)):
        for write in (tt.generate, tt.generate_cached):
            seen.clear()
            write(model, np.ones(prompt, int), new)
            assert places_computed(prompt, new, 6, write is tt.generate_cached) == sum(seen)


def test_answers_are_judged_as_without_a_cache_and_modes_are_kept():
    model, prompt = lively(max_seq_len=12).train(), [1, 2, 3]
    answers = [np.array(answer) for answer in ([4], [5, 6, 7], [4, 4, 4, 4, 4])]
    found = log_likelihoods(model, prompt, answers)
    assert model.training
    for answer, log in zip(answers, found):
        ids = np.concatenate([prompt, answer])
        scores = tt.log_softmax(model.eval()(ids[:-1])).numpy()[len(prompt) - 1:]
        np.testing.assert_allclose(log, scores[np.arange(len(answer)), answer].sum(), rtol=1e-4)


def test_generate_cached_leaves_every_part_in_its_mode_and_records_nothing():
    model = lively(max_seq_len=6)
    model.blocks[0].train()
    modes = [part.training for part in (model, *model.blocks)]
    tt.generate_cached(model, [1, 2], 3)
    assert [part.training for part in (model, *model.blocks)] == modes and tt.Op.recording


def test_a_memo_asks_once_keeps_none_and_no_error():
    calls = []

    def halve(n):
        calls.append(n)
        if n % 2:
            raise ValueError(n)
        return n // 2 or None

    memo = memoize(halve)
    assert [memo(0), memo(0), memo(4), memo(4)] == [None, None, 2, 2] and calls == [0, 4]
    for _ in range(2):
        with pytest.raises(ValueError):
            memo(3)
    assert calls == [0, 4, 3, 3]


def filled(*shape: int) -> tt.KVCache:
    cache = tt.KVCache(4)
    cache.append(tt.zeros(*shape), tt.zeros(*shape))
    return cache


@pytest.mark.parametrize("call, words", [
    (lambda: filled(2, 3, 8).append(tt.zeros(2, 2, 8), tt.zeros(2, 2, 8)), "3 places and 2 more.*capacity 4"),
    (lambda: filled(2, 3, 8).append(tt.zeros(1, 1, 8), tt.zeros(1, 1, 8)), r"\(1, 1, 8\) is of another batch"),
    (lambda: filled(2, 3, 8).append(tt.zeros(2, 1, 6), tt.zeros(2, 1, 6)), r"\(2, 1, 6\) is of another batch"),
    (lambda: filled(2, 3, 8).append(tt.zeros(2, 1, 8), tt.zeros(2, 0, 8)), "1 keys and 0 values"),
    (lambda: filled(2, 1, 8).append(*[tt.zeros(2, 1, 8, requires_grad=True)] * 2), "no_grad"),
    (lambda: filled(2, 3, 8).crop(4), r"crop\(4\) of 3 places"),
    (lambda: filled(2, 3, 8).crop(-1), r"crop\(-1\) of 3 places"),
    (lambda: tt.generate_cached(lively(max_seq_len=6), [], 1), "the prompt has 0 tokens, the model takes 1 to 6"),
    (lambda: tt.generate_cached(lively(max_seq_len=6), [1], 1, temperature=-1), "temperature.*-1"),
    (lambda: tt.generate_cached(lively(max_seq_len=6), [1], -1), "max_new_tokens.*-1"),
])
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_refused_append_changes_nothing():
    cache = filled(2, 3, 8)
    with pytest.raises(ValueError):
        cache.append(tt.ones(2, 2, 8), tt.ones(2, 2, 8))
    assert len(cache) == 3
    assert not cache.append(tt.zeros(2, 1, 8), tt.zeros(2, 1, 8))[0].numpy().any()


def test_one_key_for_all_heads_is_attention_with_a_copy_for_each():
    rng = np.random.default_rng(0)
    query, key, value = (tt.Tensor(rng.normal(size=shape)) for shape in ((2, 8, 1, 4), (2, 1, 9, 4), (2, 1, 9, 4)))
    found = tt.scaled_dot_product_attention(query, *tt.KVCache(10).append(key, value)).numpy()
    copies = [tt.Tensor(np.repeat(x.numpy(), 8, axis=1)) for x in (key, value)]
    np.testing.assert_allclose(found, tt.scaled_dot_product_attention(query, *copies).numpy(), rtol=1e-5, atol=1e-6)


def test_pytorch_with_the_same_cache_writes_the_same():
    pytest.importorskip("torch")
    from benchmarks import theirs
    model = lively(max_seq_len=12)
    sizes = {"vocab_size": 11, "embed_dim": 12, "num_heads": 3, "num_layers": 2, "max_seq_len": 12}
    prompts = np.random.default_rng(1).integers(11, size=(3, 4))
    ids, = theirs.generation_cached(sizes, model.state_dict(), prompts, 8)()
    assert np.array_equal(ids.numpy(), tt.generate_cached(model, prompts, 8, temperature=0))
