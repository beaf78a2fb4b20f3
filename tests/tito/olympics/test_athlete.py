"""An entry in its own process, on a student's own machine."""

import re
import sys

import numpy as np
import pytest

from tests.tito.olympics.entries import entry
from tito.olympics import athlete
from tito.olympics.athlete import Athlete, Fouled
from tito.olympics.digits import published
from tito.olympics.files import baseline
from tito.olympics.rules import IMPORTS

PHOTOS = published()[0]


def test_the_baseline_answers_as_it_did_when_it_was_trained(tinytorch_package):
    images, labels = published()
    with Athlete(tinytorch_package, baseline()) as one:
        assert (one.ask(images) == labels).sum() == pytest.approx(481, abs=2)  # BLAS may round otherwise


def test_photos_arrive_as_they_are(tinytorch_package):
    with Athlete(
        {},
        entry(
            "assert images.shape == (3, 1, 8, 8) and images.dtype == np.float32\n"
            "return (images.sum(axis=(1, 2, 3)) > 0).astype(int)"
        ),
    ) as one:
        assert one.ask(PHOTOS[:3]).tolist() == (PHOTOS[:3].sum(axis=(1, 2, 3)) > 0).tolist()


@pytest.mark.parametrize(
    "predict, words",
    [
        ("return np.zeros(len(images) + 1, int)", "one digit a photo"),
        ("return np.zeros((len(images), 10))", "one digit a photo"),
        ("return np.full(len(images), np.nan)", "whole numbers, 0 to 9, not float64"),
        ("return np.full(len(images), 10)", "digits 0 to 9, not 10 to 10"),
        ("return np.full(len(images), -1)", "not -1 to -1"),
        ("return None", "one digit a photo"),
        ("raise KeyError('weights')", "KeyError: 'weights'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(0)", "its process ended"),
    ],
)
def test_what_is_no_answer_is_told_in_one_line(predict, words):
    with Athlete({}, entry(predict)) as one, pytest.raises(Fouled, match="^[^\n]*$") as caught:
        one.ask(PHOTOS[:3])
    assert words in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="memory needs /proc")
def test_memory_that_is_given_back_makes_no_room():
    """The text of Python's own files leaves memory, some 3 MB, and is not read again before 8 MB are taken."""
    drop = """import ctypes
libc = ctypes.CDLL(None)
for line in open("/proc/self/maps"):
    span, mode, *rest = line.split()
    if "x" in mode and rest[-1].startswith("/"):
        start, end = (int(number, 16) for number in span.split("-"))
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), 4)  # MADV_DONTNEED
"""
    with Athlete({}, entry("x = np.ones(1 << 20)\nreturn np.zeros(len(images), int)", load=drop)) as one:
        one.ask(PHOTOS[:3])
        assert one.memory.peak() > 7.5e6


@pytest.mark.parametrize(
    "files, words",
    [
        ({"entry.py": b"\ndef load(:"}, "SyntaxError: invalid syntax (entry.py, line 2)"),
        ({"entry.py": b"x = 1"}, "entry.py has no function load(): write one that returns predict"),
        ({"entry.py": b"load = 1"}, "entry.py has no function load()"),
        ({"entry.py": b"def load(): pass"}, "load() in entry.py must return the function predict, not NoneType"),
        ({"entry.py": b"\nimport no_such_thing"}, f"'no_such_thing': {IMPORTS} (entry.py, line 2)"),
        ({"entry.py": b"import tinytorch.lost"}, "'tinytorch.lost': complete its notebook (entry.py, line 1)"),
        ({"entry.py": b"import net", "net.py": b"\n\n(1"}, "(net.py, line 3)"),
    ],
)
def test_an_entry_that_does_not_load_says_why_and_where(tinytorch_package, files, words):
    with pytest.raises(Fouled) as caught:
        Athlete(tinytorch_package, files)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "predict, words",
    [
        ("\nimages.reshape(3)", "into shape (3,) (entry.py, line 6)"),
        ("return net.broken(images)", "IndexError: far (net.py, line 2)"),
        ("return tt.Tensor(images).reshape(0, 7)", "(entry.py, line 5)"),
        ("exec('a b')", "SyntaxError: invalid syntax (entry.py, line 5)"),
        ("open('w.npz')", "'w.npz': the entry's files lie in Path(__file__).parent (entry.py, line 5)"),
        ("assert False", "raised AssertionError (entry.py, line 5)"),
        ("raise ValueError('é' * 2000)", " (entry.py, line 5)"),
    ],
)
def test_an_error_names_the_last_line_of_the_entrys_own_code(tinytorch_package, predict, words):
    net = b"def broken(images):\n    raise IndexError('far')\n"
    files = entry(predict, top="import net, tinytorch as tt", net_DOT_py=net)
    with Athlete(tinytorch_package, files) as one, pytest.raises(Fouled) as caught:
        one.ask(PHOTOS[:3])
    assert str(caught.value).endswith(words)


def test_packages_that_are_installed_beside_numpy_cannot_be_imported():
    """They are not there when the entry is verified; so it would run here and fail there."""
    with pytest.raises(Fouled, match=re.escape("No module named 'pytest'")):
        Athlete({}, {"entry.py": b"import pytest"})


def test_an_entry_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(athlete, "ANSWER_SECONDS", 0.3)
    with Athlete({}, entry("while True: pass")) as one, pytest.raises(Fouled, match="in time"):
        one.ask(PHOTOS[:1])


def test_an_entry_that_is_slow_for_ever_is_ended(monkeypatch):
    """Each answer is within the limit of one answer; all together are not."""
    monkeypatch.setattr(athlete, "LIFE_SECONDS", 1.5)
    slow = entry("time.sleep(0.2)\nreturn np.zeros(len(images), int)", top="import time")
    with Athlete({}, slow) as one, pytest.raises(Fouled, match="in time"):
        for _ in range(100):
            one.ask(PHOTOS[:1])


def test_what_an_entry_prints_is_no_answer():
    with Athlete({}, entry("print('A' * 10_000, flush=True)\nreturn np.full(len(images), 7)")) as one:
        assert one.ask(PHOTOS[:2]).tolist() == [7, 7]


def test_files_of_an_entry_do_not_stand_in_for_python_or_the_package(tinytorch_package):
    bad = b"raise RuntimeError('ran')"
    files = entry(
        "import tinytorch.tensor\nreturn np.zeros(len(images), int)",
        sitecustomize_DOT_py=bad,
        usercustomize_DOT_py=bad,
        tinytorch_DOT_py=bad,
        numpy_DOT_py=bad,
    )
    with Athlete(tinytorch_package, files) as one:
        assert one.ask(PHOTOS[:1]).tolist() == [0]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is needed")
def test_memory_is_the_peak_beyond_python_and_numpy_and_stays_when_it_is_freed():
    with Athlete({}, entry("big = np.ones(8 << 20)\ndel big\nreturn np.zeros(len(images), int)")) as one:
        before = one.memory.peak()
        one.ask(PHOTOS[:1])
        assert before < 8 << 20
        assert 63 << 20 <= one.memory.peak() < 80 << 20       # the kernel counts pages in batches for each processor


def test_photos_are_given_as_a_copy():
    with Athlete({}, entry("images[:] = 0\nreturn np.zeros(len(images), int)")) as one:
        given = PHOTOS[:2].copy()
        one.ask(given)
        np.testing.assert_array_equal(given, PHOTOS[:2])
