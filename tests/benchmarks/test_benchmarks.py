"""The benchmarks compare equal computations, refuse unequal ones, and keep the document whole; no time is asserted."""
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks import cases as counted
from benchmarks import ours, report
from benchmarks.cases import TINYTORCH, Case, all_cases, as_array, check_agreement, cnn_flops, mlp_flops
from benchmarks.clock import measure, ratio
from tito.errors import TitoError

ROOT = Path(__file__).resolve().parents[2]
BATCH = 16
WITHOUT_PYTORCH = all_cases(None, batch=BATCH)


@pytest.fixture(scope="module")
def theirs():
    pytest.importorskip("torch")
    from benchmarks import theirs
    return theirs


@pytest.fixture(scope="module")
def cases(theirs) -> list[Case]:
    pytest.importorskip("tokenizers")
    return all_cases(theirs, batch=BATCH)


def test_every_pair_agrees(cases):
    for case in cases:
        check_agreement(case)


@pytest.mark.long
def test_table_has_a_row_for_every_pair(cases):
    times = measure(cases, rounds=1)
    rows = report.rows(cases, times)
    assert [(row[0], row[1]) for row in rows] == [(case.name, side) for case in cases for side in list(case.sides)[1:]]
    assert all(len(row) == len(report.HEADER) for row in rows)
    assert {side for case in cases for side in case.sides} == {TINYTORCH, "PyTorch", "PyTorch, channels_last",
                                                               "PyTorch, by batches", "PyTorch, is_causal",
                                                               "tokenizers (Rust)", "plain Python",
                                                               "plain Python, whole text"}


def test_without_pytorch_the_table_holds_tinytorch_alone():
    rows = report.rows(WITHOUT_PYTORCH, measure(WITHOUT_PYTORCH, rounds=1))
    assert [row[0] for row in rows] == [case.name for case in WITHOUT_PYTORCH]
    assert all(row[1] == "" and row[2] for row in rows)


@pytest.mark.parametrize("other", [np.ones((2, 3)), np.ones((2, 2)) * 1.001, np.full((2, 2), np.nan)],
                         ids=["another shape", "other numbers", "no numbers"])
def test_a_wrong_pair_is_refused(other):
    case = Case("sum", {TINYTORCH: lambda: [np.ones((2, 2))], "PyTorch": lambda: [other]})
    with pytest.raises(TitoError, match="sum: array 0 of PyTorch is .* tinytorch"):
        check_agreement(case)


@pytest.mark.parametrize("name, forgotten, step", [("AdamW", {"weight_decay": 0.0}, "MLP step"),
                                                   ("SGD", {"nesterov": False}, "CNN step")])
def test_a_forgotten_option_of_an_optimizer_is_noticed(theirs, monkeypatch, name, forgotten, step):
    right = getattr(theirs.torch.optim, name)
    monkeypatch.setattr(theirs.torch.optim, name, lambda *args, **options: right(*args, **{**options, **forgotten}))
    for case in all_cases(theirs, batch=BATCH):
        if case.name.startswith(step):
            with pytest.raises(TitoError, match=step):
                check_agreement(case)


def test_attention_that_looks_ahead_is_noticed_in_a_gpt_step(theirs, monkeypatch):
    right = theirs.F.scaled_dot_product_attention
    monkeypatch.setattr(theirs.F, "scaled_dot_product_attention", lambda *heads, **options: right(*heads))
    (case,) = [case for case in all_cases(theirs, batch=BATCH) if case.name == "GPT step"]
    with pytest.raises(TitoError, match="GPT step"):
        check_agreement(case)


@pytest.mark.parametrize("side, epoch", [("ours", "epoch"), ("theirs", "epoch"), ("theirs", "epoch_by_batches")])
def test_every_augmented_picture_is_a_flipped_and_shifted_original(theirs, side, epoch):
    """The proof of the data loaders draws no lots; this is what they do with them."""
    images = np.random.default_rng(3).standard_normal((64, 3, 32, 32), dtype=np.float32)
    padded = np.pad(images, ((0, 0), (0, 0), (4, 4), (4, 4)))
    batch = getattr({"ours": ours, "theirs": theirs}[side], epoch)(images, np.arange(64), 32, 0.5, True)()
    made, numbers = map(as_array, batch)
    drawn = set()
    for picture, number in zip(made, numbers.astype(int), strict=True):
        for flip in (1, -1):
            seen = np.lib.stride_tricks.sliding_window_view(padded[number, :, :, ::flip], (32, 32), axis=(1, 2))
            drawn |= {(flip, *place) for place in np.argwhere((seen == picture[:, None, None]).all((0, 3, 4))).tolist()}
    assert sorted(numbers) == list(range(64)), "every picture once"
    assert len(drawn) > 32, "64 pictures draw from 162 places"


def test_flops_are_counted_by_formula():
    assert mlp_flops(1) == 2 * (2 * 784 * 128 + 3 * 128 * 64 + 3 * 64 * 10)
    assert cnn_flops(1, (1, 1, 1)) == 2 * (2 * 1024 * 27 + 3 * 256 * 9 + 3 * 64 * 9 + 3 * 160)
    assert counted.attention_flops(1, 5, 12) == 6 * 2 * 5 * 5 * 12


def test_ratio_is_taken_round_by_round():
    times = {("sum", TINYTORCH): np.array([1.0, 20.0, 3.0]), ("sum", "PyTorch"): np.array([2.0, 10.0, 1.0])}
    assert ratio(times, "sum", "PyTorch") == (2.0, 1.25, 2.5)


def test_what_is_too_slow_is_measured_once_and_still_compared():
    case = Case("sum", {TINYTORCH: lambda: [1], "slow": lambda: [1]}, once=frozenset(["slow"]))
    times = measure([case], rounds=3)
    assert [len(times["sum", side]) for side in case.sides] == [3, 1]
    times = {("sum", TINYTORCH): np.array([1.0, 2.0, 3.0]), ("sum", "slow"): np.array([500.0])}
    assert report.rows([case, Case("product", {TINYTORCH: None}, flops=1)], times | {("product", TINYTORCH): np.ones(1)}
                       )[0][4:6] == ("0.004", "0.003-0.005")


@pytest.mark.parametrize("seconds, text", [(12.34, "12.3 s"), (0.3456, "346 ms"), (7.89e-6, "7.89 µs")])
def test_durations_have_three_digits_and_a_unit(seconds, text):
    assert report.duration(seconds) == text


def test_writing_renews_what_stands_between_the_marks_and_nothing_else(tmp_path):
    document = tmp_path / "performance.md"
    begin, end = "before\n\n<!-- measured: a command -->\n", "\n<!-- end of what was measured -->\n\nafter µ\n"
    document.write_text(begin + "old" + end, encoding="utf-8")
    for _ in range(2):
        tables = [(("what", "ratio"), [("sum", r"\1")]), (("other",), [("1",)])]
        report.write(document, "a command", tables, ["a remark"])
    text = document.read_text(encoding="utf-8")
    assert text.startswith(begin) and text.endswith(end)
    assert text.count(r"| sum | \1 |") == text.count("| other |") == 1 and "- a remark" in text and "old" not in text


def test_the_committed_document_has_a_row_for_every_measurement():
    text = report.DOCUMENT.read_text(encoding="utf-8")
    measured = text[text.index("<!-- measured"):text.index("<!-- end of what was measured")]
    assert [case.name for case in WITHOUT_PYTORCH if f"| {case.name} |" not in measured] == []


def run(monkeypatch, cases: list[Case], *arguments: str):
    """The command where there is no PyTorch, on these cases, in one round."""
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    monkeypatch.setattr(command, "all_cases", lambda theirs: cases if theirs is None else [])
    monkeypatch.setattr(command, "ROUNDS", 1)
    return CliRunner().invoke(command.app, arguments)


def test_the_command_says_that_pytorch_is_missing_and_measures_tinytorch(monkeypatch):
    done = run(monkeypatch, WITHOUT_PYTORCH)
    assert done.exit_code == 0 and "PyTorch is not installed" in done.output
    assert "CNN step, 32-64-128" in done.output and "Peak of one core" in done.output


def test_the_command_stops_at_a_wrong_pair_in_one_line(monkeypatch):
    wrong = Case("sum", {TINYTORCH: lambda: [np.ones(2)], "PyTorch": lambda: [np.zeros(2)]})
    done = run(monkeypatch, [wrong, *WITHOUT_PYTORCH])
    assert done.exit_code == 1 and "ratio" not in done.output
    assert done.stderr.splitlines()[-1] == "benchmarks: sum: array 0 of PyTorch is 1 of its norm from tinytorch's"


def test_stopping_leaves_the_document_as_it_was(monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt
    before = report.DOCUMENT.read_bytes()
    monkeypatch.setattr(command.clock, "measure", stop)
    assert run(monkeypatch, WITHOUT_PYTORCH, "--write").exit_code != 0
    assert report.DOCUMENT.read_bytes() == before


def test_help_teaches():
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "--write" in done.stdout and "process CPU" in done.stdout
