"""The questions with known answers that the three parts begin with, to modules 13 to 18."""
from __future__ import annotations  # a part of tinytorch that is missing is named by the checks, not here

import tempfile
from pathlib import Path

import tinytorch as tt
from tito.experiment import Stage

import numpy as np


def watched() -> list[float]:
    """Calls, FLOPs and bytes that your Profiler notes for the product of (2, 3) and (3, 4)."""
    with tt.Profiler() as p:
        tt.ones(2, 3) @ tt.ones(3, 4)
    (cost,) = p.totals()
    return [cost.calls, cost.flops, cost.bytes]


def noted() -> float:
    """The median of three calls by a clock that shows 0, 1, 1, 3, 3, 8 seconds."""
    clock = iter([0.0, 1.0, 1.0, 3.0, 3.0, 8.0])
    return tt.measure_latency(lambda: None, warmup=0, repeats=3, clock=lambda: next(clock)).median


def accelerated() -> float:
    """By how much a GPT's scores differ before and after accelerate."""
    model, tokens = small_gpt(), np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    before = model(tokens).numpy()
    tt.accelerate(model)
    return float(np.abs(model(tokens).numpy() - before).max() > 1e-5)


def small_gpt(seed: int = 0) -> tt.GPT:
    """A GPT of 11 tokens and 12 places."""
    return tt.GPT(11, 8, 2, 2, 12, rng=seed).eval()


def check_measuring(stage: Stage) -> None:
    """Stop with one line that names the notebook of the first part that is wrong; for part 1."""
    stage.check("count_parameters", "for Linear(3, 2) it", lambda: tt.count_parameters(tt.Linear(3, 2)), 8)
    stage.check("count_flops", "for five rows through Linear(3, 2, bias=False) it",
                lambda: tt.count_flops(tt.Linear(3, 2, bias=False), tt.ones(5, 3)), 60)
    stage.check("count_flops", "for 3 x 3 pixels and a kernel of 2 x 2 it",
                lambda: tt.count_flops(tt.Conv2d(1, 1, 2, bias=False), tt.ones(1, 1, 3, 3)), 32)
    stage.check("Profiler", "calls, FLOPs and bytes of a product of (2, 3) and (3, 4)", watched, [1, 48, 104])
    stage.check("measure_latency", "the median of calls of 1, 2 and 5 seconds", noted, 2)
    stage.check("amdahl", "for half of the time, three times as fast, it", lambda: tt.amdahl(0.5, 3), 1.5)
    stage.check("attainable", "2 FLOPs a byte under a roof of 100 FLOP/s and 10 bytes/s", lambda: tt.attainable(
        2, tt.profiling.Peaks(100, 10)), 20)
    stage.check("accelerate", "whether a GPT says something else after it (1) or the same (0)", accelerated, 0)
    print("count_parameters, count_flops, Profiler, measure_latency, amdahl, attainable and accelerate work.")


def weights_after(cut) -> np.ndarray:
    """What cut(layer) leaves of the weights 1, -4, 3, -2."""
    layer = tt.Linear(2, 2)
    layer.weight.data = np.float32([[1, -4], [3, -2]])
    cut(layer)
    return layer.weight.numpy()


def zeros_kept() -> np.ndarray:
    """The weights 0 and 1 after a step with gradient 1 at a rate of 0.5, under your KeepZeros."""
    w = tt.Tensor([[0.0, 1.0]], requires_grad=True)
    w.grad = np.float32([[1.0, 1.0]])
    tt.KeepZeros(tt.SGD([w], lr=0.5)).step()
    return w.numpy()


def read_back() -> np.ndarray:
    """What is read back from your compressed file of three bits: a transposed matrix with zeros."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.tz"
        tt.save_compressed(path, {"weight": np.float32([[0, 1.5], [3, 0], [-2, 0]]).T}, bits=3)
        return tt.load_compressed(path)["weight"]


def check_compressing(stage: Stage) -> None:
    """The same for part 2."""
    stage.check("quantize", "[-1, 0, 0.65, 1] in eight bits and back", lambda: tt.dequantize(
        tt.quantize(np.float32([-1, 0, 0.65, 1]))).numpy(), [-1, 0, 0.6535, 1])
    stage.check("quantize", "[-1, 0, 0.65, 1] in four bits and back", lambda: tt.dequantize(
        tt.quantize(np.float32([-1, 0, 0.65, 1]), bits=4)).numpy(), [-1, 0, 0.7143, 1])
    stage.check("magnitude_prune", "half of [[1, -4], [3, -2]]", lambda: weights_after(
        lambda layer: tt.magnitude_prune(layer, 0.5)), [[0, -4], [3, 0]])
    stage.check("sparsity", "of [[0, -2], [0.5, 0]]", lambda: tt.sparsity(
        tt.Sequential(*map(holding, ([[0, -2]], [[0.5, 0]])))), 0.5)
    stage.check("KeepZeros", "the weights [0, 1] after a step of 0.5", zeros_kept, [[0, 0.5]])
    stage.check("distillation_loss", "for two rows of equal scores it", lambda: tt.distillation_loss(
        tt.Tensor([[2.0, 0.0]]), tt.Tensor([[2.0, 0.0]]), np.array([0]), alpha=1.0).item(), 0)
    stage.check("save_compressed", "a transposed matrix, in three bits, read back", read_back,
                [[0, 3, -2], [1.5, 0, 0]])
    print("quantize, magnitude_prune, sparsity, KeepZeros, distillation_loss and the compressed file work.")


def holding(weight: list[list[float]]) -> tt.Linear:
    """A Linear with this weight."""
    layer = tt.Linear(len(weight[0]), len(weight), bias=False)
    layer.weight.data = np.float32(weight)
    return layer


def as_uncached(**knobs) -> float:
    """Whether generate_cached writes what generate writes."""
    tokens = np.array([[1, 2, 3], [4, 5, 6]])
    one, other = [write(small_gpt(), tokens, 8, **knobs) for write in (tt.generate, tt.generate_cached)]
    return float(np.array_equal(one, other))


def as_alone() -> float:
    """Whether generate_batched writes each of two texts as generate does alone."""
    prompts = [np.array([1, 2, 3, 4, 5]), np.array([6])]
    batched = tt.generate_batched(small_gpt(), prompts, 6, temperature=0)
    alone = [tt.generate(small_gpt(), prompt, 6, temperature=0) for prompt in prompts]
    return float(all(map(np.array_equal, alone, batched)))


def remembered() -> np.ndarray:
    """The keys that your KVCache gives after 1 and 2 at once, and then 3."""
    cache = tt.KVCache(4)
    for values in ([[[1.0], [2.0]]], [[[3.0]]]):
        key, _ = cache.append(tt.Tensor(values), tt.Tensor(values))
    return key.numpy()[0, :, 0]


def check_writing(stage: Stage) -> None:
    """The same for part 3."""
    stage.check("KVCache", "the keys after 1 and 2, and then 3,", remembered, [1, 2, 3])
    stage.check("generate_cached", "whether it writes what generate does (1), greedily, or not (0)",
                lambda: as_uncached(temperature=0), 1)
    stage.check("generate_cached", "whether it writes what generate does (1), by chance, or not (0)",
                lambda: as_uncached(rng=0), 1)
    stage.check("generate_batched", "whether each text is as alone (1) or not (0)", as_alone, 1)
    stage.check("accelerate", "whether a GPT says something else after it (1) or the same (0)", accelerated, 0)
    print("KVCache, generate_cached, generate_batched and accelerate work.")
