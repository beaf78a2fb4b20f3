"""Faster operations give the plain ones' numbers and gradients; texts written together are those written alone."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch as tt
from tinytorch.acceleration import (
    FastGELU,
    FusedFeedForward,
    FusedLinear,
    LinearOp,
    blocked_matmul,
    gelu_in_place,
    in_blocks,
    left_pad,
    padded_scores,
    squared_distances,
)
from tito.checks import gpt_scores, gpt_state

STACKS = [(), (5,), (2, 1), (2, 3, 4), (0,), (3, 0)]


def leaf(rng: np.random.Generator, *shape: int) -> tt.Tensor:
    return tt.Tensor(rng.normal(size=shape), requires_grad=True)


def opinionated(rng=0, **options) -> tt.GPT:
    """A small GPT whose scores differ enough for rounding not to choose between two tokens."""
    model = tt.GPT(13, 8, 2, 2, 12, **options)
    model.load_state_dict(gpt_state(np.random.default_rng(rng), 13, 8, 2, 12))
    return model


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 6), st.integers(0, 1000))
def test_squared_distances_are_those_by_broadcasting(m, n, d, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(m, d)), rng.normal(size=(n, d))
    np.testing.assert_allclose(squared_distances(a, b), ((a[:, None] - b) ** 2).sum(axis=-1), atol=1e-9)


def test_distances_of_points_to_themselves_are_never_negative():
    points = (np.random.default_rng(0).normal(size=(200, 5)) * 1000).astype(np.float32)
    assert squared_distances(points, points).min() >= 0


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 50), st.booleans(), st.integers(0, 1000))
def test_blocks_of_any_size_in_one_thread_or_two_make_the_whole(rows, size, threads, seed):
    a, b = np.random.default_rng(seed).normal(size=(2, rows, 3))
    if threads:
        with ThreadPoolExecutor(2) as pool:
            got = in_blocks(np.multiply, a.T, b.T, size=size, map=pool.map)
    else:
        got = in_blocks(np.multiply, a.T, b.T, size=size)
    np.testing.assert_array_equal(got, (a * b).T)


def test_an_error_in_a_block_is_raised_in_a_thread_as_well():
    def broken(piece):
        raise ZeroDivisionError

    with ThreadPoolExecutor(2) as pool, pytest.raises(ZeroDivisionError):
        in_blocks(broken, np.ones(10), size=3, map=pool.map)


def test_fast_gelu_is_gelu_with_its_gradient_on_any_layout():
    rng = np.random.default_rng(0)
    for array in (rng.normal(size=(3, 5)), rng.normal(size=(4, 2, 6)).T, np.float32(0.5), rng.normal(size=(0, 4))):
        plain, fast = tt.Tensor(array, requires_grad=True), tt.Tensor(array, requires_grad=True)
        a, b = tt.gelu(plain), FastGELU.apply(fast)
        np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-4, atol=1e-6)
        g = np.asarray(rng.uniform(0.5, 1.5, size=a.shape), np.float32)
        tt.backward(a, g)
        tt.backward(b, g)
        np.testing.assert_allclose(fast.grad, plain.grad, rtol=1e-4, atol=1e-6)


def test_fast_gelu_goes_over_the_edge_of_a_block():
    x = np.linspace(-4, 4, 2 ** 16 + 3, dtype=np.float32)
    np.testing.assert_allclose(FastGELU.apply(x).numpy(), gelu_in_place(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("values", [-1e30, -100.0, 100.0, 1e4])
def test_fast_gelu_far_out_is_0_or_the_line(values):
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(FastGELU.apply([values]).numpy(), [max(values, 0.0)])


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("bias", [True, False])
def test_fused_linear_is_linear_with_its_gradients(stack, bias):
    rng = np.random.default_rng(0)
    plain, fused = tt.Linear(4, 3, bias=bias, rng=1), tt.accelerate(tt.Linear(4, 3, bias=bias, rng=1))
    assert type(fused) is FusedLinear and fused.weight.data.flags.f_contiguous
    x, y = [tt.Tensor(rng.normal(size=(*stack, 4)), requires_grad=True) for _ in range(2)]
    y.data = x.data
    a, b = plain(x), fused(y)
    np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=1e-4, atol=1e-6)
    g = np.asarray(rng.uniform(0.5, 1.5, size=a.shape), np.float32)
    tt.backward(a, g)
    tt.backward(b, g)
    for mine, right in zip((y, *fused.parameters()), (x, *plain.parameters()), strict=True):
        np.testing.assert_allclose(mine.grad, right.grad, rtol=1e-4, atol=1e-5)


def test_fused_linear_is_pytorchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in ((2, 5, 4), (3, 4), (3,))]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    ours = [tt.Tensor(array, requires_grad=True) for array in arrays]
    expected = torch.nn.functional.gelu(torch.nn.functional.linear(*theirs), approximate="tanh")
    expected.sum().backward()
    out = FastGELU.apply(LinearOp.apply(*ours))
    np.testing.assert_allclose(out.numpy(), expected.detach().numpy(), rtol=1e-4, atol=1e-6)
    tt.backward(out.sum())
    for mine, right in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.grad, right.grad.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("operation", [
    lambda x, w, b: LinearOp.apply(x, w, b), lambda x, w, b: LinearOp.apply(x, w) + b,
    lambda x, w, b: FastGELU.apply(x) @ w.T + b])
def test_operations_pass_gradcheck(operation):
    rng = np.random.default_rng(0)
    assert tt.gradcheck(operation, leaf(rng, 2, 3, 4), leaf(rng, 5, 4), leaf(rng, 5))


def test_linear_refuses_another_width_as_before():
    with pytest.raises(ValueError, match=r"in_features is 4, but x is \(2, 3\)"):
        tt.accelerate(tt.Linear(4, 3))(tt.zeros(2, 3))


def test_accelerate_reaches_every_layer_and_changes_no_name_or_number():
    plain, model = tt.GPT(13, 8, 2, 2, 12, rng=0), tt.GPT(13, 8, 2, 2, 12, rng=0)
    assert tt.accelerate(model) is model
    block = model.blocks[1]
    layers = (block.attention.in_proj, block.attention.out_proj, block.feed_forward.expand, model.head)
    assert {type(layer) for layer in layers} == {FusedLinear} and type(block.feed_forward) is FusedFeedForward
    before, after = plain.state_dict(), model.state_dict()
    assert list(before) == list(after)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    model.load_state_dict(before)
    tt.accelerate(model)                             # a second time changes nothing
    ids = np.random.default_rng(0).integers(13, size=(3, 9))
    np.testing.assert_allclose(model(ids).numpy(), plain(ids).numpy(), rtol=1e-4, atol=1e-6)


def test_an_accelerated_model_trains_as_the_plain_one_also_with_tied_weights():
    ids = np.random.default_rng(0).integers(13, size=(4, 10))
    for tied in (False, True):
        losses = []
        for change in (lambda model: model, tt.accelerate):
            model = change(tt.GPT(13, 8, 2, 2, 12, rng=0, tie_weights=tied))
            optimizer = tt.AdamW(model.parameters(), lr=1e-2)
            for _ in range(8):
                optimizer.zero_grad()
                loss = tt.cross_entropy(model(ids[:, :-1]), ids[:, 1:])
                tt.backward(loss)
                optimizer.step()
            losses.append(loss.item())
        assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_layers_of_another_class_stay_as_they_are():
    class Shifted(tt.Linear):
        def forward(self, x):
            return super().forward(x) + 1.0

    model = tt.accelerate(tt.Sequential(tt.Linear(3, 3, rng=0), Shifted(3, 3, rng=0), tt.relu))
    assert [type(layer) for layer in model.layers[:2]] == [FusedLinear, Shifted]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.integers(0, 7), st.integers(1, 7), st.integers(1, 9), st.integers(0, 1000))
def test_tiles_of_any_size_multiply_as_a_whole(m, k, n, size, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(-9, 9, size=(m, k)), rng.integers(-9, 9, size=(k, n))
    got = blocked_matmul(a, b, size)
    np.testing.assert_array_equal(got, a @ b)
    assert got.dtype == a.dtype


def test_padded_scores_are_those_of_each_text_alone():
    model = opinionated().eval()
    state, texts = model.state_dict(), [[1, 2, 3, 4], [5], [6, 7]]
    tokens, pad = left_pad(texts)
    with tt.no_grad():
        got = padded_scores(model, tokens, pad, [tt.KVCache(4), tt.KVCache(4)])
    for row, text in zip(got, texts, strict=True):
        np.testing.assert_allclose(row, gpt_scores(state, np.array(text), 2)[-1], rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(row, model(text).numpy()[-1], rtol=1e-3, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(0, 16), st.booleans(),
       st.sampled_from([{"temperature": 0}, {"temperature": 2.0}, {"top_k": 3}, {"top_p": 0.7}]), st.integers(0, 99))
def test_texts_written_together_are_those_written_alone(lengths, new, faster, options, seed):
    model, rng = opinionated(dropout=0.3), np.random.default_rng(seed)
    prompts = [rng.integers(13, size=length) for length in lengths]
    seeds = rng.integers(1000, size=len(lengths)).tolist()
    alone = [tt.generate(model, prompt, new, rng=one, **options) for prompt, one in zip(prompts, seeds, strict=True)]
    together = tt.generate_batched(tt.accelerate(model) if faster else model, prompts, new, rng=seeds, **options)
    for mine, right in zip(together, alone, strict=True):
        np.testing.assert_array_equal(mine, right)
    for prompt, mine, one in zip(prompts, together, seeds, strict=True):
        np.testing.assert_array_equal(mine, tt.generate_cached(model, prompt, new, rng=one, **options))


def test_a_text_does_not_depend_on_its_neighbours():
    model = opinionated()
    few, more = [tt.generate_batched(model, prompts, 8, rng=[5] * len(prompts)) for prompts in (
        [[1, 2]], [[1, 2], [3], [4, 5, 6, 7]])]
    np.testing.assert_array_equal(few[0], more[0])


def test_one_seed_serves_all_and_equal_prompts_differ():
    model = opinionated()
    first, again = [tt.generate_batched(model, [[1], [1]], 9, 20.0, rng=3) for _ in range(2)]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(*first)


def test_writing_leaves_prompts_and_modes_alone():
    model, prompt = opinionated(dropout=0.5), np.array([1, 2, 3])
    model.blocks[0].eval()
    modes = [part.training for part in (model, *model.blocks)]
    tt.generate_batched(model, [prompt, [4]], 3)
    assert [part.training for part in (model, *model.blocks)] == modes
    assert prompt.tolist() == [1, 2, 3] and tt.generate_batched(model, [], 3) == []


@pytest.mark.parametrize("prompts, options, words", [
    ([[1], []], {}, "0 tokens"), ([[1] * 13], {}, "13 tokens"), ([[1]], {"temperature": -1}, "temperature"),
    ([[1], [2]], {"rng": [1]}, "1 seeds for 2 prompts"), ([[1]], {"top_k": 0}, "top_k")])
def test_what_cannot_be_written_is_refused(prompts, options, words):
    with pytest.raises(ValueError, match=words):
        tt.generate_batched(opinionated(), prompts, 2, **options)


def test_a_prompt_of_floats_or_of_two_axes_is_refused():
    for prompt in ([0.5], [[1, 2], [3, 4]]):
        with pytest.raises(TypeError, match="generate.*integers"):
            tt.generate_batched(opinionated(), [prompt], 2)
