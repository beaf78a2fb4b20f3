"""What test cells call, in the student's kernel on real objects and in the grader on proxies of them. NumPy only."""
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

__all__ = ["assert_close", "check_gradient", "check_rule", "gpt_scores", "gpt_state", "numerical_gradient", "raises",
           "replay", "scratch_file", "students_side"]


def assert_close(actual, expected, hint: str = "", rtol: float = 1e-4, atol: float = 1e-6, *,
                 equal_nan: bool = False) -> None:
    """Assert that two arrays have the same shape and close values, and say in plain words where they differ.

    actual: what the code under test gave (an array or number); expected: what it should be; hint: the likely mistake.
    Close means |actual - expected| <= atol + rtol * |expected|. With equal_nan, expected may hold nan and infinities,
    which the same places of actual must then hold too; without, it must be finite: nan is close to nothing, so nothing
    that the code under test gives can pass for its own expected value by being nan.
    """
    hint = f"\n{hint}" if hint else ""
    if not isinstance(actual, (np.ndarray, np.generic, int, float, list, tuple)):
        raise AssertionError(f"expected an array of numbers, got {type(actual).__name__}: "
                             f"did the function return something else, or nothing?{hint}")
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.dtype == object or not np.issubdtype(actual.dtype, np.number) and actual.dtype != bool:
        raise AssertionError(f"expected numbers, got an array of {actual.dtype}{hint}")
    if actual.shape != expected.shape:
        raise AssertionError(f"the shape should be {expected.shape}, yours is {actual.shape}{hint}")
    if not equal_nan and not np.isfinite(expected).all():
        raise AssertionError(f"the expected values should be finite, one of them is not{hint}")
    wrong = ~np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan)
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        place = f" at {list(where)}" if where else ""
        raise AssertionError(f"{wrong.sum()} of {wrong.size} values differ: for example{place} "
                             f"{expected[where]:.6g} is right, yours is {actual[where]:.6g}{hint}")


def numerical_gradient(f: Callable, x: np.ndarray, cotangent: np.ndarray | float = 1.0,
                       step: float = 1e-5) -> np.ndarray:
    """d(sum(cotangent * f(x))) / dx by central differences in float64; f maps an ndarray to an ndarray.

    Source: Press et al., *Numerical Recipes* (2007), section 5.7.
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        x[index] = value + step
        above = np.sum(cotangent * f(x))
        x[index] = value - step
        below = np.sum(cotangent * f(x))
        x[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def check_gradient(tensor: Callable, input_gradients: Callable, f: Callable, *arrays, like: Callable | None = None,
                   exact: Callable | None = None, hint: str = "", rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Assert that the rule of the one operation in f agrees with central differences at each of the arrays.

    tensor, input_gradients: the notebook's Tensor and input_gradients. f: an operation that Tensors and ndarrays both
    know, such as lambda a, b: a @ b; otherwise `like` is the same on ndarrays. The gradient to begin with is drawn
    afresh, each number 0.5 to 1.5 in size and of either sign, so that no error can hide or cancel. Where the arrays
    are too large for differences `exact` maps it to the list of the gradients.
    """
    rng, arrays, like = np.random.default_rng(), [np.asarray(a, np.float32) for a in arrays], like or f
    shape = np.shape(like(*arrays))
    grad = rng.uniform(-1, 1, shape)
    grad = np.float32(grad + np.copysign(0.5, grad))
    given = input_gradients(f(*[tensor(a, requires_grad=True) for a in arrays]).grad_fn, grad)
    if len(given) < len(arrays):
        raise AssertionError(f"the rule gave {len(given)} gradients for {len(arrays)} inputs\n{hint}")
    shapes = " and ".join(str(array.shape) for array in arrays)
    right = exact(grad) if exact else [
        numerical_gradient(lambda a, i=i: like(*arrays[:i], a, *arrays[i + 1:]), arrays[i], grad)
        for i in range(len(arrays))]
    for i, expected in enumerate(right):
        assert_close(given[i], expected, f"{hint}: input {i} of {shapes}", rtol, atol)


def check_rule(input_gradients: Callable, *outputs) -> None:
    """Assert that the rules of the operations that made the Tensors `outputs` agree with central differences.

    For a look while working: it asks the notebook's own `forward`, so a test uses check_gradient.
    """
    for out in outputs:
        op, arrays = out.grad_fn, [x.numpy().astype(np.float64) for x in out.grad_fn.inputs]
        grad = np.random.default_rng(0).choice([-2.0, -0.5, 0.5, 2.0], size=out.shape).astype(np.float32)
        name, shapes = type(op).__name__, " and ".join(str(a.shape) for a in arrays)
        what = f"{name} of {shapes}" + (f" {op.options}" if op.options else "")
        gradients = input_gradients(op, grad)
        if len(gradients) != len(arrays):
            raise AssertionError(f"the rule of {name} gave {len(gradients)} gradients for {len(arrays)} inputs")
        for i, (x, given) in enumerate(zip(op.inputs, gradients, strict=True)):
            def f(a, i=i, op=op, arrays=arrays):
                return op.forward(*arrays[:i], a, *arrays[i + 1:], **op.options)
            if x.requires_grad:
                assert_close(given, numerical_gradient(f, arrays[i], grad), f"{what}, input {i}", atol=1e-5)


def gpt_state(rng: np.random.Generator, vocab_size: int, embed_dim: int, num_layers: int,
              max_seq_len: int) -> dict[str, np.ndarray]:
    """Arrays drawn from rng, normal, under the names that a GPT of this size has in its state_dict."""
    e, vector = embed_dim, (embed_dim,)
    block = {"norm1.weight": vector, "norm1.bias": vector, "norm2.weight": vector, "norm2.bias": vector,
             "attention.in_proj_weight": (3 * e, e), "attention.in_proj_bias": (3 * e,),
             "attention.out_proj.weight": (e, e), "attention.out_proj.bias": vector,
             "feed_forward.expand.weight": (4 * e, e), "feed_forward.expand.bias": (4 * e,),
             "feed_forward.contract.weight": (e, 4 * e), "feed_forward.contract.bias": vector}
    shapes = {"tokens.weight": (vocab_size, e), "positions.weight": (max_seq_len, e),
              "norm.weight": vector, "norm.bias": vector, "head.weight": (vocab_size, e)}
    for i in range(num_layers):
        shapes |= {f"blocks.{i}.{name}": shape for name, shape in block.items()}
    return {name: (rng.normal(size=shape) * shape[-1] ** -0.5).astype(np.float32) if len(shape) == 2
            else rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def gpt_scores(state: dict[str, np.ndarray], ids: np.ndarray, num_heads: int) -> np.ndarray:
    """What a GPT with the arrays of `state`, named as in its state_dict, says after each of ids (..., T).

    Returns scores (..., T, vocab_size), by NumPy alone.
    """
    def linear(x, name, join="."):
        return x @ state[f"{name}{join}weight"].T + state[f"{name}{join}bias"]

    def norm(x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5) * state[f"{name}.weight"] + state[f"{name}.bias"]

    places, block = np.shape(ids)[-1], 0
    x = (state["tokens.weight"][ids] + state["positions.weight"][:places]).astype(np.float64)
    while f"blocks.{block}.norm1.weight" in state:
        name = f"blocks.{block}."
        projected = linear(norm(x, f"{name}norm1"), f"{name}attention.in_proj", "_")
        heads = np.stack(np.split(projected, 3 * num_heads, axis=-1))
        query, key, value = np.split(heads, 3)
        scores = np.where(np.tri(places, dtype=bool), query @ key.mT / np.sqrt(query.shape[-1]), -np.inf)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = weights / weights.sum(axis=-1, keepdims=True) @ value
        x = x + linear(np.concatenate(list(mixed), axis=-1), f"{name}attention.out_proj")
        h = linear(norm(x, f"{name}norm2"), f"{name}feed_forward.expand")
        h = h / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h ** 3)))
        x, block = x + linear(h, f"{name}feed_forward.contract"), block + 1
    return norm(x, "norm") @ state["head.weight"].T


def replay(out, x, numbers: np.ndarray) -> np.ndarray:
    """What the Tensor `out` would be if the Tensor `x` held `numbers`: its computation graph, computed once more.

    A graph that was lost, or that does not lead back to x, gives the old numbers.
    """
    if out is x:
        return numbers
    op = out.grad_fn
    if op is None:
        return out.numpy()
    return op.forward(*(replay(part, x, numbers) for part in op.inputs), **op.options)


def students_side(function: Callable) -> Callable:
    """Mark a function of a test that only works with the student's objects, thousands of times in a loop, say.

    Here it does nothing. A grader, who keeps the test apart from the student's code, lets the function run beside that
    code: one question instead of thousands. So it sees none of the test's variables, only its arguments and the
    notebook's names, and since the student's code could change it, it holds no check and nothing that is expected.
    """
    return function


@contextmanager
def raises(exception: type[Exception], words: str = "", hint: str = ""):
    """Assert that the block raises `exception` with all of `words` in its message.

    words: separated by blanks; what stands in parentheses, such as the shape (4, 1), is one word.
    """
    hint = f"\n{hint}" if hint else ""
    try:
        yield
    except exception as error:
        missing = [word for word in re.findall(r"\([^)]*\)|\S+", words) if word not in str(error)]
        if missing:
            raise AssertionError(f"the message of this {exception.__name__} should name {' and '.join(missing)}; "
                                 f"yours says: {error}{hint}") from None
    else:
        raise AssertionError(f"this should raise {exception.__name__} and raised nothing{hint}")


@contextmanager
def scratch_file(name: str) -> Iterator[str]:
    """The path of a file that is not there yet, in a folder of its own that is gone after the block.

    In the grader code in a sandbox gets the path, and makes folder and file in the sandbox.
    """
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder) / name)
