"""Backpropagation reads digits: both scripts reach their results and name what is broken or missing."""
import os
import re
from pathlib import Path

import pytest
from runs import ROOT, assert_stops, reaches_its_result, replace, run

FOLDER = ROOT / "milestones" / "03_1986_mlp"
TINYDIGITS, MNIST = "01_rumelhart_tinydigits.py", "02_rumelhart_mnist.py"

needs_mnist = pytest.mark.skipif(
    len(list(Path(os.environ.get("TINYTORCH_DATA") or "nowhere").glob("mnist/*-ubyte.gz"))) < 4,
    reason="MNIST is not in TINYTORCH_DATA; the same network reads TinyDigits in the other test")


def test_tinydigits_of_other_writers_are_read(copy):
    told = reaches_its_result(copy, TINYDIGITS, 6, "Rumelhart", "µs a step", "9,610")
    assert float(re.search(r"8 x 8 digits, worst of 1 +([\d.]+)%", told)[1]) >= 95
    assert "by hand minus backward" in told


@pytest.mark.long
@needs_mnist
def test_mnist_in_full_is_read_by_three_seeds(copy):
    done = run(copy, MNIST, option=None)
    assert done.returncode == 0, done.stdout + done.stderr
    assert float(re.search(r"MNIST, worst of 3 +([\d.]+)%", done.stdout)[1]) >= 97.5


@needs_mnist
def test_a_fifth_of_mnist_is_enough_for_93_percent(copy):
    told = reaches_its_result(copy, MNIST, 7, "Buffalo", "109,386 parameters", "12,000 digits to learn from")
    assert float(re.search(r"MNIST, worst of 1 +([\d.]+)%", told)[1]) >= 93


@pytest.mark.parametrize("file, old, new, script, words", [
    ("autograd", "grad * (op.output > 0)", "grad * 0", TINYDIGITS,
     ["backward is broken", "it should give [[0.6225]]", "notebook 05_autograd"]),
    ("optimizers", "data *= 1 - lr * self.weight_decay", "pass", TINYDIGITS,
     ["AdamW is broken", "it should give [4.79]", "notebook 06_optimizers"]),
    ("training", "step / top)", "step)", TINYDIGITS,
     ["OneCycleLR is broken", "it should give [0.04, 0.52, 1,", "notebook 07_training"]),
    ("dataloader", "range(0, stop, batch_size)]", "range(batch_size, stop, batch_size)]", TINYDIGITS,
     ["DataLoader is broken", "it should give [2, 2, 1]", "notebook 08_dataloader"]),
    ("training", "    optimizer.zero_grad()\n    value", "    value", MNIST,
     ["Trainer is broken", "it should give [0.5032, 0.1675, 0.0999]", "notebook 07_training"])],
    ids=["relu", "AdamW", "OneCycleLR", "DataLoader", "zero_grad"])
def test_what_is_broken_is_named(copy, file, old, new, script, words):
    replace(copy / "tinytorch" / f"{file}.py", old, new)
    assert_stops(run(copy, script), *words)


@pytest.mark.parametrize("script", [TINYDIGITS, MNIST])
def test_a_module_that_is_missing_is_named(copy, script):
    (copy / "tinytorch" / "dataloader.py").unlink()
    assert_stops(run(copy, script), "notebook 08_dataloader", "tito module start 08")


def test_missing_data_are_told_in_one_line_that_blames_no_notebook(copy):
    (copy / "pooch.py").write_text("raise ImportError(name='pooch')\n", encoding="utf-8")     # nothing is to be fetched
    done = run(copy, MNIST, TINYTORCH_DATA=str(copy / "empty"))
    assert_stops(done, "train-images-idx3-ubyte.gz is missing", "pip install pooch", "by hand")
    assert "notebook" not in done.stderr


def test_a_result_that_is_missed_exits_with_1(copy):
    """At a thousandth of the rate nothing is learned."""
    replace(copy / "milestone" / TINYDIGITS, "(optimizer, max_lr=0.01", "(optimizer, max_lr=0.00001")
    done = run(copy, TINYDIGITS)
    assert done.returncode == 1 and "NOT reached" in done.stdout and "8 x 8 digits, worst of 1" in done.stdout
