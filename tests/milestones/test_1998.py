"""LeCun's convolutions: both scripts reach their results, are honest about unfinished runs, and name what is broken.

The mechanics of the long run are tested on small files in CIFAR-10's format, whose classes are colours.
"""
import os
import re
from pathlib import Path

import numpy as np
import pytest
from runs import ROOT, assert_stops, reaches_its_result, replace, run

FOLDER = ROOT / "milestones" / "04_1998_cnn"
DIGITS, PHOTOGRAPHS = "01_lecun_tinydigits.py", "02_lecun_cifar10.py"
FILES = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
REAL = Path(os.environ.get("TINYTORCH_DATA", "/nowhere")) / "cifar-10-batches-bin"
OFFLINE = {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}


def colours(count, rng):
    """Records in CIFAR-10's format: a label, noise around the colour of that label; one label in twenty is wrong."""
    labels = rng.permutation(np.arange(count) % 10)
    palette = np.random.default_rng(0).permutation(27)[:10, None] // [9, 3, 1] % 3 * 90 + 30
    noise = rng.normal(scale=20, size=(count, 3, 32 * 32))
    pictures = np.clip(palette[labels][:, :, None] + noise, 0, 255).reshape(count, -1)
    labels[::20] = rng.integers(0, 10, len(labels[::20]))
    return np.concatenate([labels[:, None], pictures], axis=1).astype(np.uint8)


def lay_out(copy, count, records):
    """A CIFAR-10 of `count` pictures a file, in copy/data, and batches and a study that suit it; gives the environment
    in which it is found."""
    replace(copy / "tinytorch" / "dataloader.py", "CIFAR10_COUNT = 10_000", f"CIFAR10_COUNT = {count}")
    replace(copy / "milestone" / PHOTOGRAPHS, "SEED, BATCH = 1998, 128", "SEED, BATCH = 1998, 32")
    replace(copy / "milestone" / PHOTOGRAPHS, "[500, 4000], 60", "[100, 200], 2")
    folder = copy / "data" / "cifar-10-batches-bin"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_bytes(records(name).tobytes())
    return {"TINYTORCH_DATA": str(copy / "data")}


@pytest.fixture
def few(copy):
    """The milestone with a slimmer network and a CIFAR-10 of 120 coloured pictures a file."""
    replace(copy / "milestone" / PHOTOGRAPHS, "WIDTHS = (32, 64, 128)", "WIDTHS = (16, 16, 32)")
    rng = np.random.default_rng(1998)
    return copy, lay_out(copy, 120, lambda name: colours(120, rng))


def epochs(told):
    """What was printed after each epoch, but for the seconds."""
    return re.findall(r"(?m)^epoch .*(?=   seconds)", told)


def accuracies(told):
    return [float(share) for share in re.findall(r"test_accuracy ([\d.]+)", told)]


@pytest.mark.long
def test_digits_are_read_and_a_convolution_finds_them_elsewhere(copy):
    told = reaches_its_result(copy, DIGITS, 8, "Fukushima", "GFLOP/s", "peak memory")
    shares = [float(share) for share in re.findall(r"([\d.]+)%", re.search(r"(?m)^CNN +0\.\d+ .*$", told)[0])]
    assert len(shares) == 4 and min(shares) >= 97
    moved = {name: [float(share) for share in re.findall(r"([\d.]+)%", row)]
             for name, row in re.findall(r"(?m)^(\S.*?) +[\d,]+ numbers(.*)$", told)}
    assert moved["MLP"][2] < moved["CNN"][2] < moved["CNN, anywhere"][2]


@pytest.mark.long
def test_a_run_that_was_stopped_is_not_judged_and_goes_on(few):
    copy, data = few
    first = run(copy, PHOTOGRAPHS, "--epochs=1", **data)
    assert first.returncode == 1 and len(epochs(first.stdout)) == 1
    assert "1 of 12 epochs are done: the run is not finished, and not judged." in first.stdout
    assert "The expected result" not in first.stdout
    second = run(copy, PHOTOGRAPHS, "--epochs=2", **data)
    assert second.returncode == 1 and "1 of 12 epochs were done by an earlier run" in second.stdout
    assert "going on after epoch 1" in second.stdout and "1 epochs in this run" in second.stdout
    assert len(epochs(second.stdout)) == 1 and "epoch   2 " in second.stdout
    for saved in (copy / "milestone" / "results").glob("*.npz"):
        saved.unlink()
    both = run(copy, PHOTOGRAPHS, "--epochs=2", **data)
    assert epochs(both.stdout) == epochs(first.stdout) + epochs(second.stdout)


def test_a_finished_run_is_judged_and_does_not_claim_later_what_it_did_before(few):
    copy, data = few
    quick = run(copy, PHOTOGRAPHS, "--quick", **data)
    assert len(epochs(quick.stdout)) == 5 and accuracies(quick.stdout)[-1] > 0.85
    assert quick.returncode == 0 and "The expected result is reached." in quick.stdout, quick.stdout + quick.stderr
    assert len(re.findall(r"figure: (\S+)", quick.stdout)) == 8
    assert "_5_epochs_" in str(*(copy / "milestone" / "results").glob("*.npz")), "the full run has a file of its own"

    again = run(copy, PHOTOGRAPHS, "--quick", **data)
    assert again.returncode == 0 and "5 of 5 epochs were done by an earlier run" in again.stdout
    assert "in this run" not in again.stdout and "GFLOP/s" not in again.stdout
    once_and_more = re.compile(r"asked once .*")
    assert once_and_more.search(again.stdout)[0] == once_and_more.search(quick.stdout)[0]


def test_training_alone_leaves_the_network_and_judges_nothing(few):
    copy, data = few
    alone = run(copy, PHOTOGRAPHS, "--train", **data)
    assert alone.returncode == 0 and len(epochs(alone.stdout)) == 12, alone.stdout + alone.stderr
    assert "the network is trained, and not judged." in alone.stdout and "expected result" not in alone.stdout
    (saved,) = (copy / "milestone" / "results").glob("*.npz")
    before = saved.read_bytes()
    again = run(copy, PHOTOGRAPHS, "--train", **data)
    assert again.returncode == 0 and not epochs(again.stdout) and saved.read_bytes() == before


def test_a_result_that_is_missed_exits_with_1(copy):
    """Labels that have nothing to do with the pictures."""
    rng = np.random.default_rng(1998)

    def by_lot(name):
        records = colours(40, rng)
        records[:, 0] = rng.permutation(records[:, 0])
        return records

    done = run(copy, PHOTOGRAPHS, **lay_out(copy, 40, by_lot))
    assert done.returncode == 1 and "NOT reached: CIFAR-10" in done.stdout, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.skipif(not REAL.is_dir(), reason="CIFAR-10 is not here: TINYTORCH_DATA should be a folder that holds "
                                              "cifar-10-batches-bin")
def test_the_first_epoch_of_the_full_run_is_worth_something(copy):
    """All 50,000 photographs, under the schedule of the whole run."""
    done = run(copy, PHOTOGRAPHS, "--epochs=1")
    assert done.returncode == 1 and "1 of 12 epochs are done" in done.stdout, done.stdout + done.stderr
    assert accuracies(done.stdout)[0] > 0.45, done.stdout


def test_a_data_set_that_is_not_there_is_one_line(copy):
    done = run(copy, PHOTOGRAPHS, TINYTORCH_DATA=str(copy / "data"), **OFFLINE)
    done.stderr = done.stderr.splitlines()[-1]                  # pooch, before it, tells what it tries
    assert_stops(done, "cifar-10-binary.tar.gz could not be fetched", "run this again when you are online", "by hand")


def test_a_checkpoint_that_is_damaged_is_one_line_and_means_nothing_to_another_recipe(few):
    copy, data = few
    run(copy, PHOTOGRAPHS, "--epochs=1", **data)
    (saved,) = (copy / "milestone" / "results").glob("*.npz")
    saved.write_bytes(saved.read_bytes()[:1000])
    done = run(copy, PHOTOGRAPHS, "--epochs=1", **data)
    assert_stops(done, saved.name, "is damaged", "delete it to begin anew")
    assert "notebook" not in done.stderr, "no code is to be mended"
    replace(copy / "milestone" / PHOTOGRAPHS, "if stage.quick else 12, 0.1\n", "if stage.quick else 12, 0.2\n")
    assert len(epochs(run(copy, PHOTOGRAPHS, "--epochs=1", **data).stdout)) == 1


def test_epochs_below_one_are_wrong_usage(copy):
    done = run(copy, PHOTOGRAPHS, "--epochs=0")
    assert done.returncode == 2 and "1 or more" in done.stderr
    done = run(copy, PHOTOGRAPHS, "--epochs=two")
    assert done.returncode == 2 and "invalid whole_number value: 'two'" in done.stderr


def test_a_convolution_that_turns_its_kernel_is_named(copy):
    replace(copy / "tinytorch" / "spatial.py", "matrix = weight.transpose(2, 3, 1, 0)",
            "matrix = weight[:, :, ::-1, ::-1].transpose(2, 3, 1, 0)")
    for script in (DIGITS, PHOTOGRAPHS):
        assert_stops(run(copy, script), "Conv2d is broken", "should give [[27, 37], [57, 67]]", "notebook 09_spatial")


def test_a_normalization_that_forgets_what_it_saw_is_named(copy):
    replace(copy / "tinytorch" / "spatial.py", "self.running_mean += self.momentum", "self.running_mean += 0")
    assert_stops(run(copy, DIGITS), "BatchNorm2d is broken", "in eval mode", "notebook 09_spatial")


def test_a_trainer_that_does_not_train_is_named(copy):
    replace(copy / "tinytorch" / "training.py", "    optimizer.step()\n", "")
    assert_stops(run(copy, DIGITS), "Trainer is broken", "it should give [[4.7]]", "notebook 07_training")


def test_a_module_that_is_missing_is_named(copy):
    (copy / "tinytorch" / "training.py").unlink()
    for script in (DIGITS, PHOTOGRAPHS):
        assert_stops(run(copy, script), "notebook 07_training", "tito module start 07")
    (copy / "tinytorch" / "spatial.py").unlink()
    for script in (DIGITS, PHOTOGRAPHS):
        assert_stops(run(copy, script), "notebook 09_spatial", "tito module start 09")
