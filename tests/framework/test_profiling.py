"""What is counted, timed and drawn: beside a count of every multiplication, beside PyTorch, and where it refuses."""
import tracemalloc

import numpy as np
import pytest

import tinytorch as tt
from tinytorch import profiling
from tinytorch.attention import AttentionOp
from tinytorch.autograd import RULES, input_gradients
from tinytorch.profiling import FLOPS, Cost, Peaks, apart, backward_flops, bytes_moved
from tinytorch.spatial import Conv2dOp
from tinytorch.tensor import Add, MatMul, Op


class Counted(float):
    """A number that counts how often numbers like it are multiplied and added."""
    multiplied = added = 0

    def __mul__(self, other):
        Counted.multiplied += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        Counted.added += 1
        return Counted(float(self) + float(other))

    __rmul__, __radd__ = __mul__, __add__


def counting(*shape: int) -> np.ndarray:
    return np.array([Counted(1)] * int(np.prod(shape)), dtype=object).reshape(shape)


def counted(compute) -> tuple[int, int]:
    Counted.multiplied = Counted.added = 0
    compute()
    return Counted.multiplied, Counted.added


def small_gpt() -> tt.GPT:
    return tt.GPT(11, 8, 2, 2, 6, rng=0)


def test_every_operation_with_a_backward_rule_has_a_formula():
    ours = {op_class for op_class in RULES if op_class.__module__.startswith("tinytorch.")}
    assert len(ours) > 20 and ours - {Op} <= set(FLOPS)


@pytest.mark.parametrize("seed", range(8))
def test_products_by_formula_are_products_by_count(seed):
    rng = np.random.default_rng(seed)
    m, k, n, stack = rng.integers(1, 5, size=4).tolist()
    shapes = [((m, k), (k, n)), ((stack, m, k), (k, n)), ((stack, 2, m, k), (2, k, n)), ((k,), (k, n)), ((m, k), (k,)),
              ((k,), (k,))]
    for a, b in shapes:
        output = np.matmul(np.ones(a), np.ones(b)).shape
        multiplied, _ = counted(lambda a=a, b=b: MatMul().forward(counting(*a), counting(*b)))
        assert FLOPS[MatMul]([a, b], output) == 2 * multiplied


@pytest.mark.parametrize("seed", range(8))
def test_convolution_by_formula_is_convolution_by_count(seed):
    rng = np.random.default_rng(seed)
    n, c, o, kh, kw = rng.integers(1, 4, size=5).tolist()
    h, w, *stride = (*rng.integers(3, 7, size=2).tolist(), *rng.integers(1, 3, size=2).tolist())
    options = {"stride": tuple(stride), "padding": tuple(rng.integers(0, 2, size=2).tolist())}
    for bias in ([], [(o,)]):
        shapes = [(n, c, h, w), (o, c, kh, kw), *bias]
        output = Conv2dOp().forward(*map(np.ones, shapes), **options).shape
        arrays = [counting(*shape) for shape in shapes]
        multiplied, added = counted(lambda arrays=arrays: Conv2dOp().forward(*arrays, **options))
        by_formula = FLOPS[Conv2dOp](shapes, output, **options)
        assert by_formula == 2 * multiplied + bool(bias) * np.prod(output) == multiplied + added + np.prod(output)


@pytest.mark.parametrize("first, second", [(True, True), (False, True), (True, False)])
def test_backward_of_a_product_by_formula_is_what_its_rule_multiplies(first, second):
    op = (tt.ones(2, 3, requires_grad=first) @ tt.ones(3, 4, requires_grad=second)).grad_fn
    by_formula = backward_flops(op)
    for x, shape in zip(op.inputs, ((2, 3), (3, 4)), strict=True):
        x.data = counting(*shape)
    multiplied, _ = counted(lambda: input_gradients(op, counting(2, 4)))
    assert by_formula == 2 * multiplied == 48 * (first + second)


def test_flops_are_pytorchs_where_it_counts():
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    def theirs(compute) -> int:
        with FlopCounterMode(display=False) as counter:
            compute()
        return counter.get_total_flops()

    rng = np.random.default_rng(0)
    for _ in range(5):
        m, k, n = rng.integers(2, 30, size=3).tolist()
        assert FLOPS[MatMul]([(m, k), (k, n)], (m, n)) == theirs(lambda: torch.ones(m, k) @ torch.ones(k, n))      # noqa: B023
    conv = torch.nn.Conv2d(3, 8, (3, 5), stride=2, padding=1, bias=False)
    ours = tt.Conv2d(3, 8, (3, 5), stride=2, padding=1, bias=False)
    assert tt.count_flops(ours, tt.zeros(4, 3, 17, 20)) == theirs(lambda: conv(torch.ones(4, 3, 17, 20)))
    x = torch.ones(4, 3, 17, 20, requires_grad=True)
    with tt.Profiler() as p:
        tt.backward(ours(tt.ones(4, 3, 17, 20, requires_grad=True)).sum())
    both = sum(cost.flops for cost in p.costs if cost.name == "Conv2dOp")
    assert both == theirs(lambda: conv(x).sum().backward())


def test_a_gpt_by_count_is_a_gpt_by_the_formula_of_module_13():
    model, rows, n, d = small_gpt(), 3, 6, 8
    with tt.no_grad(), tt.Profiler() as p:
        model(np.zeros((rows, n), int))
    products = sum(cost.flops for cost in p.costs if cost.name in ("MatMul", "AttentionOp"))
    assert products == rows * (2 * n * (2 * 12 * d * d + 11 * d) + 2 * 4 * n * n * d)


def test_watching_changes_no_number():
    ids, results = np.random.default_rng(0).integers(11, size=(2, 6)), []
    for watched in (False, True):
        model = small_gpt()
        if watched:
            with tt.Profiler() as p:
                tt.backward(tt.cross_entropy(model(ids), ids))
        else:
            tt.backward(tt.cross_entropy(model(ids), ids))
        results.append([parameter.grad for parameter in model.parameters()])
    for plain, seen in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, seen)
    assert sum(cost.calls for cost in p.totals()) == len(p.costs)
    assert sum(cost.seconds for cost in p.totals()) <= p.seconds
    assert {cost.phase for cost in p.costs} == {"forward", "backward"}


def test_the_hook_is_empty_before_and_after_whatever_happens():
    assert Op.watch is None
    with pytest.raises(ValueError, match=r"MatMul of shapes \(2, 3\) and \(2, 3\)"), tt.Profiler() as p:
        tt.ones(2, 3) @ tt.ones(2, 3)
    assert Op.watch is None and p.costs == [] and p.seconds > 0


def test_nested_profilers_are_both_told():
    with tt.Profiler() as outer:
        tt.ones(2) + 1
        with tt.Profiler() as inner:
            tt.ones(2) * 2
        tt.count_flops(tt.Linear(2, 2), tt.ones(1, 2))
    assert [cost.name for cost in inner.costs] == ["Mul"]
    assert [cost.name for cost in outer.costs] == ["Add", "Mul", "Permute", "MatMul", "Add"]
    assert Op.watch is None


def test_one_profiler_is_used_again_but_not_within_itself():
    with tt.Profiler() as p:
        tt.ones(2) + 1
    first = p.seconds
    with p:
        tt.ones(2) + 1
        with pytest.raises(RuntimeError, match="in use: make another"), p:
            pass
    assert len(p.costs) == 2 and p.seconds > first and Op.watch is None


def test_views_move_nothing_and_an_array_that_is_read_twice_counts_once():
    x = np.ones((3, 4), np.float32)
    assert bytes_moved([x], [x.T]) == bytes_moved([x], [x[1:]]) == bytes_moved([x], []) == 0
    assert bytes_moved([x, x], [x + x]) == 96
    assert bytes_moved([x], [x[:2], np.ones(2)]) == 48 + 16


def test_the_table_says_what_is_not_in_any_operation():
    clock = iter([0.0, 1.0, 4.0, 10.0])
    with tt.Profiler(clock=lambda: next(clock)) as p:
        tt.ones(2) + 1
    lines = p.table().splitlines()
    assert [line.split()[0] for line in lines] == ["operation", "Add", "elsewhere"]
    assert "30.0%" in lines[1] and "70.0%" in lines[2]


def test_an_operation_without_a_formula_is_named(monkeypatch):
    class Third(Op):
        def forward(self, a):
            return a / 3

    class Net(tt.Module):
        def forward(self, x):
            return Third.apply(x)

    with tt.Profiler() as p:
        Net()(tt.ones(3))
    assert np.isnan(p.totals()[0].flops) and "nan" in p.table()
    with pytest.raises(LookupError, match=r"no formula for Third: write one under @flops_formula\(Third\)"):
        tt.count_flops(Net(), tt.ones(3))
    monkeypatch.setitem(FLOPS, Third, FLOPS[Add])
    assert tt.count_flops(Net(), tt.ones(3)) == 3
    assert tt.flops_formula(Third)(len) is len and FLOPS[Third] is len


def test_shared_weights_are_parameters_once_but_compute_twice():
    layer = tt.Linear(5, 5)
    model = tt.Sequential(layer, tt.relu, layer)
    assert tt.count_parameters(model) == 30
    assert tt.count_flops(model, tt.zeros(2, 5)) == 2 * tt.count_flops(layer, tt.zeros(2, 5)) + 10


def test_latency_takes_a_clock_and_says_milliseconds():
    ticks = iter([0.0, 2.0, 2.0, 3.0, 5.0, 9.0])
    found = tt.measure_latency(lambda: None, warmup=0, repeats=3, clock=lambda: next(ticks))
    assert found == (2.0, 1.5, 1.0) and str(found) == "2000.000 ms (spread 1500.000)"
    with pytest.raises(ValueError, match="repeats should be 1 or more, not 0"):
        tt.measure_latency(lambda: None, repeats=0)


def test_memory_leaves_tracing_as_it_was():
    def fails():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tt.measure_memory(fails)
    assert not tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        assert 4e6 <= tt.measure_memory(lambda: np.ones(500_000)) < 4.1e6
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_peaks_are_positive_and_come_from_the_best_call():
    peaks = tt.measure_peaks(n=32, numbers=1000, repeats=3)
    assert peaks.flops > 0 and peaks.bytes > 0


def test_limits():
    np.testing.assert_allclose(tt.attainable(np.array([1.0, 5.0, 100.0]), Peaks(50.0, 10.0)), [10, 50, 50])
    assert tt.amdahl(0.5, 2) == 4 / 3 and tt.amdahl(0.75, np.inf) == 4 and tt.amdahl(1.0, 8) == 8


@pytest.mark.parametrize("rates", [[1e9] * 15, [9e10] * 15, list(np.geomspace(1e7, 1e11, 12)), [], [5e12]])
def test_labels_of_the_roofline_never_overlap_and_stay_in_the_picture(rates):
    pytest.importorskip("matplotlib").use("Agg")
    import matplotlib.pyplot as plt
    costs = [Cost(f"Operation{i}", "backward", 1, 1.0, rate, int(rate) // 2 + 1) for i, rate in enumerate(rates)]
    costs += [Cost("Unknown", "forward", 1, 1.0, float("nan"), 8), Cost("Reshape", "forward", 1, 1.0, 0, 0)]
    ax = tt.roofline(Peaks(1e11, 2e10), costs)
    ax.figure.canvas.draw()
    boxes = sorted((plt.Text.get_window_extent(text) for text in ax.texts), key=lambda box: box.y0)
    assert len(boxes) == len(rates)
    assert all(low.y1 <= high.y0 for low, high in zip(boxes, boxes[1:], strict=False))
    assert all(box.y0 >= 0 and box.y1 <= ax.figure.bbox.height and box.x1 <= ax.figure.bbox.width for box in boxes)
    plt.close(ax.figure)


def test_heights_move_as_little_as_they_must():
    np.testing.assert_allclose(apart([0.1, 0.5, 0.9], 0.1), [0.1, 0.5, 0.9])
    np.testing.assert_allclose(apart([0.5, 0.5], 0.1), [0.5, 0.6])
    np.testing.assert_allclose(apart([0.95, 0.99], 0.1), [0.9, 1.0])


def test_softmax_inside_attention_is_left_out_and_said_so():
    assert "no softmax" in profiling.attention_flops.__doc__
    assert FLOPS[AttentionOp]([(2, 3, 4), (2, 5, 4), (2, 5, 6)], (2, 3, 6)) == 2 * 2 * 3 * 5 * (4 + 6)
