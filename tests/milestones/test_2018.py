"""Measured, smaller, faster: the quick scripts reach their results and name what is broken; the helpers they stand on
say what is true."""
import re

import numpy as np
import pytest
from runs import ROOT, assert_stops, replace, run

FOLDER = ROOT / "milestones"                 # all of them: 2018 uses what the others have
PROFILE, SMALLER, FASTER = [f"06_2018_mlperf/{name}.py" for name in (
    "01_baseline_profile", "02_compression", "03_generation_opts")]


def reached(copy, script, figures, *words):
    """Run its quick version: these words, so many figures, the result. Gives what it printed."""
    done = run(copy, script)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    for word in ("The expected result is reached.", *words):
        assert word in done.stdout
    names = re.findall(r"figure: (\S+)", done.stdout)
    assert len(names) == figures
    assert all((copy / name).read_bytes().startswith(b"\x89PNG") for name in names)
    return done.stdout


@pytest.mark.long
def test_the_profile_finds_what_takes_the_time(copy):
    told = reached(copy, PROFILE, 6, "Amdahl", "Capitals GPT: trained here")
    assert re.search(r"TinyDigits CNN: the bottleneck of a step +Conv2dOp", told)
    assert re.search(r"repeated: 9\d\.\d%", told)


@pytest.mark.long
def test_small_files_hold_networks_that_are_still_right(copy):
    told = reached(copy, SMALLER, 3, "Deep compression", "<- chosen", "The encoder is left out: its 22 million weights")
    folder = copy / "milestone" / "06_2018_mlperf" / "results"
    for network, size in re.findall(r"(?m)^(TinyDigits \w+|Capitals GPT) +([\d,]+) parameters", told):
        whole = folder / f"02_{network.replace(' ', '_')}.float32"
        assert whole.stat().st_size > 4 * int(size.replace(",", ""))


@pytest.mark.long
def test_a_cache_and_a_batch_write_the_same_sooner(copy):
    told = reached(copy, FASTER, 3, "Shazeer", "100% of the answers are equal")
    assert re.search(r"texts equal, greedy and drawn, one and many +100%", told)


@pytest.mark.parametrize("file, old, new, script, words", [
    ("profiling", "2 * inputs[0][-1] * math.prod(output)", "inputs[0][-1] * math.prod(output)", PROFILE,
     ["count_flops is broken", "it should give 60", "notebook 14_profiling"]),
    ("acceleration", "    out += 1\n    out *= a\n    out *= CURVE", "    out *= a\n    out *= CURVE", PROFILE,
     ["accelerate is broken", "notebook 18_acceleration"]),
    ("quantization", "codes = np.rint(", "codes = np.floor(", SMALLER,
     ["quantize is broken", "in eight bits", "notebook 15_quantization"]),
    ("compression", "p.data[zero] = 0", "pass", SMALLER,
     ["KeepZeros is broken", "it should give [[0, 0.5]]", "notebook 16_compression"]),
    ("compression", "flat = array.ravel()", 'flat = array.ravel(order="A")', SMALLER,
     ["save_compressed is broken", "a transposed matrix", "notebook 16_compression"]),
    ("memoization", "self.key[..., begin:self.length, :] = key.numpy()",
     "self.key[..., :key.shape[-2], :] = key.numpy()", FASTER,
     ["KVCache is broken", "it should give [1, 2, 3]", "notebook 17_memoization"]),
    ("acceleration", "real = column >= pad[:, None]", "real = column >= 0 * pad[:, None]", FASTER,
     ["generate_batched is broken", "notebook 18_acceleration"])],
    ids=["FLOPs", "gelu", "rounding", "KeepZeros", "transposed", "KVCache", "padding"])
def test_what_is_broken_is_named(copy, file, old, new, script, words):
    replace(copy / "tinytorch" / f"{file}.py", old, new)
    assert_stops(run(copy, script), *words)


@pytest.mark.parametrize("script, module", [(PROFILE, "14_profiling"), (SMALLER, "16_compression"),
                                            (FASTER, "17_memoization")])
def test_a_module_that_is_missing_is_named(copy, script, module):
    (copy / "tinytorch" / f"{module[3:]}.py").unlink()
    assert_stops(run(copy, script), f"notebook {module}", f"tito module start {module[:2]}")


@pytest.mark.long
def test_a_cache_that_saves_nothing_misses_the_result(copy):
    with open(copy / "tinytorch" / "memoization.py", "a", encoding="utf-8") as file:
        file.write("\nfrom .transformers import generate as generate_cached\n")
    done = run(copy, FASTER)
    assert done.returncode == 1 and "NOT reached: cache, the whole text, times naive" in done.stdout


def test_networks_of_earlier_milestones_that_are_not_there_are_asked_for_there(copy):
    """The milestone of 1986 is asked to train, and stops at once: its data are not here."""
    (copy / "milestone" / "03_1986_mlp" / "02_rumelhart_mnist.py").write_text("print('nothing learned')\n")
    replace(copy / "tinytorch" / "dataloader.py", "    images, labels, test_images, test_labels = [read_idx(name)",
            "    return load_tinydigits()\n    images, labels, test_images, test_labels = [read_idx(name)")
    done = run(copy, PROFILE, option=None)
    assert_stops(done, "03_1986_mlp/02_rumelhart_mnist.py left no 02_784-128-64-10_7_epochs")
    assert "    nothing learned" in done.stdout and "it takes half a minute" in done.stdout


def helpers():
    """The milestone's own modules."""
    import sys

    sys.path.insert(0, str(FOLDER / "06_2018_mlperf"))
    import compressing
    import costs
    import rewordings
    import subjects
    import timing
    import writing

    return compressing, costs, rewordings, subjects, timing, writing


def test_the_front_holds_what_no_other_file_beats():
    compressing, *_ = helpers()
    point = [compressing.Point(str(place), 4, size, right, None) for place, (size, right) in enumerate(
        [(10, 0.5), (10, 0.6), (20, 0.6), (30, 0.9), (40, 0.8), (50, 0.95)])]
    assert compressing.outer(point) == [point[1], point[3], point[5]]
    assert compressing.chosen(point, 0.6) is point[1]
    assert compressing.chosen(point, 0.7) is point[3]
    assert compressing.chosen(point, 0.99) is point[5], "the best, where none is good enough"


def test_a_written_network_is_the_one_that_is_judged(tmp_path):
    """With two bits hardly anything is left of it, and its file says so; the network itself stays."""
    compressing, _, _, subjects, *_ = helpers()
    import tinytorch as tt
    subject = subjects.picture_subject("some", subjects.mlp((64, 32, 10), np.random.default_rng(0)),
                                       *tt.load_tinydigits(), 50, subjects.adamw)
    subjects.fit(subject, subject.model, 5e-3, 20)
    before = subject.model.state_dict()
    eight, two = [compressing.written(subject, "as it is", subject.model, bits, tmp_path / "some.tz")
                  for bits in (8, 2)]
    assert eight.right > 0.9 > 0.8 > two.right and two.bytes < eight.bytes
    assert two.bytes == (tmp_path / "some.tz").stat().st_size
    assert two.right == subject.share_right(two.model, "set aside")
    assert all(np.array_equal(array, before[name]) for name, array in subject.model.state_dict().items())


def test_no_training_sees_what_was_set_aside_or_the_test():
    _, _, _, subjects, *_ = helpers()
    import tinytorch as tt
    train, test = tt.load_tinydigits()
    subject = subjects.picture_subject("some", None, train, test, 50, subjects.adamw)
    seen = sum(len(y) for _, y in subject.batches(50, np.random.default_rng(0)))
    assert seen == len(train) - len(train) // 10


@pytest.mark.parametrize("texts", [1, 3])
def test_flops_by_hand_are_those_of_the_products(texts):
    _, costs, _, subjects, *_ = helpers()
    import tinytorch as tt
    model, tokens = tt.GPT(30, 16, 2, 2, 9, rng=0), np.zeros((texts, 7), int)
    with tt.no_grad(), tt.Profiler() as p:
        model(tokens)
    products = sum(cost.flops for cost in p.costs if cost.name in ("MatMul", "AttentionOp"))
    assert products == texts * costs.by_hand(model, tokens[:1])
    assert sum(costs.shares(p).values()) == pytest.approx(1)


def test_repeated_work_is_what_all_at_once_would_save():
    _, costs, *_ = helpers()
    assert costs.repeated([1, 2, 3, 4]) == pytest.approx(0.6)


def test_what_slept_longer_took_longer_and_a_slow_moment_counts_for_nobody(monkeypatch):
    *_, timing, _ = helpers()
    now = [0.0]
    monkeypatch.setattr(timing, "CLOCK", lambda: now[0])
    hiccups = iter([0.0] * 5 + [7.0] + [0.0] * 100)

    def takes(seconds):
        def way():
            now[0] += seconds + next(hiccups)
        return way

    found = timing.interleaved({"one": takes(1.0), "two": takes(2.0)}, rounds=4)
    assert found == {"one": 1.0, "two": 2.0}


def test_the_cache_holds_what_the_formula_says():
    *_, writing = helpers()
    import tinytorch as tt
    model = tt.GPT(11, 16, 2, 3, 200, rng=0)
    held = writing.held_bytes(model, np.zeros((4, 1), int), 200)
    assert 1 <= held / (2 * 3 * 4 * 200 * 16 * 4) < 1.1
    assert writing.differences(model, np.arange(9)).shape == (9,)


def test_an_encoder_from_a_file_is_asked_and_put_back(tmp_path, monkeypatch):
    """A small encoder with random weights in the place of the published one."""
    _, _, rewordings, *_ = helpers()
    import encoder
    model, rng = encoder.SentenceEncoder(200, 16, 2, 32, 2, 64).eval(), np.random.default_rng(0)
    for parameter in model.parameters():
        parameter.data = rng.normal(0, 0.3, parameter.shape).astype(np.float32)

    class Pieces:
        def ids(self, texts):
            return [[sum(map(ord, word)) % 200 for word in text.split()] for text in texts]

    monkeypatch.setattr(rewordings, "load_encoder", lambda: model)
    monkeypatch.setattr(rewordings, "WordPieces", Pieces)
    load = rewordings.tt.load_tinytalks
    monkeypatch.setattr(rewordings.tt, "load_tinytalks", lambda split: load(split)[:60])
    questions = rewordings.Rewordings()
    before = model.state_dict()
    eight, two, mixed = [questions.found_by(tmp_path, *how) for how in ((8, None), (2, 16), (8, 16, 2))]
    assert two.bytes < mixed.bytes < eight.bytes < questions.bytes / 2
    assert two.cosines.mean() < eight.cosines.mean() > mixed.cosines.mean()
    assert eight.cosines.min() > 0.99 > two.cosines.min() and eight.same > 0.9
    assert all(np.array_equal(array, before[name]) for name, array in model.state_dict().items())
