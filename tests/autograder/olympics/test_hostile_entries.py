"""Entries that would rather win than compute, in the sandbox in which they are verified."""

import os
import subprocess
import sys
from textwrap import indent

import pytest

from autograder.olympics.arena import enter
from tests.autograder.sandbox.test_sandbox import as_plain_user
from tests.tito.olympics.entries import ROOT, entry
from tito.olympics import athlete, measuring
from tito.olympics.athlete import Fouled
from tito.olympics.digits import published
from tito.olympics.files import baseline

IMAGES, LABELS = published()
ZEROS = "return np.zeros(len(images), int)"
ANSWER = "struct.pack('>cI', b'A', 1) + b'\\x03'"
CTYPES = """import glob, sys, importlib.machinery as m
    for home in ('/usr', sys.base_prefix):
        for path in glob.glob(f'{home}/lib/python3*/lib-dynload/_ctypes.*so'):
            m.ExtensionFileLoader('_ctypes', path).create_module(m.ModuleSpec('_ctypes', None, origin=path))"""
FAILS = (
    "try:\n    {}\nexcept BaseException as error:\n    return np.full(len(images), 7)\nreturn np.full(len(images), 1)"
)


def writing(frame: str) -> str:
    """Code that writes a frame of the entry's own making wherever it can."""
    return f"""import os, struct
for fd in range(3, 64):
    try:
        os.write(fd, {frame})
    except OSError:
        pass
"""


def answers(predict: str, images=IMAGES[:3], load: str = "", package=None, **files) -> list[int]:
    with enter(package or {}, entry(predict, load, **files)) as one:
        return one.ask(images).tolist()


def test_the_baseline_answers_in_the_sandbox_as_outside(reference):
    with enter(reference, baseline()) as one:
        assert (one.ask(IMAGES) == LABELS).sum() == pytest.approx(481, abs=2)


@pytest.mark.parametrize(
    "attempt",
    [
        "import tinytorch as tt; tt.load_tinydigits()",
        "import os; assert any('tinydigits' in name for folder in os.walk('/') for name in folder[1] + folder[2])",
        "import socket; socket.create_connection(('1.1.1.1', 53), 1)",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['true'])",
        "import threading; threading.Thread(target=print).start()",
        "open('/tmp/x', 'w').write('x' * 10000)",
        "open('/proc/self/clear_refs', 'w').write('5')",
        "import mmap; mmap.mmap(-1, 1 << 20)[:1]",
        "import ctypes",  # madvise: memory given back before its peak is read
        CTYPES,
        "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (64, 64))",
        "np.ones(3 << 30, np.uint8)",
        "[open('/dev/null') for _ in range(20)]",
    ],
)
def test_what_would_help_to_cheat_is_not_to_be_had(reference, attempt):
    assert answers(FAILS.format(attempt), package=reference) == [7, 7, 7]


def test_numpy_works_without_ctypes():
    attempt = "import numpy.ctypeslib; assert np.fft.ifft(np.fft.fft(np.linalg.inv(np.eye(3)))).real.sum() == 3; "
    assert answers(FAILS.format(attempt + "np.random.default_rng(0).normal(); np.memmap; np.load")) == [1, 1, 1]


def test_a_clock_that_an_entry_sets_is_its_own(brisk, reference):
    """time.perf_counter stands still in the entry's process, and the measured latency is that of its sleep."""
    files = entry(
        "time.sleep(0.01)\n" + ZEROS, top="import time\ntime.perf_counter = time.monotonic = time.time = lambda: 0.0"
    )
    found = measuring.measure(
        lambda chosen: enter(reference, chosen),
        {"baseline": baseline(), "entry": files},
        (IMAGES, LABELS),
        lambda _: None,
        False,
    )
    assert found["entry"]["latency_s"] >= 0.01


def test_answers_sent_ahead_of_the_questions_are_no_answers():
    with enter({}, entry(writing(ANSWER) + ZEROS)) as one, pytest.raises(Fouled):
        for _ in range(3):
            one.ask(IMAGES[:3])


def test_guesses_sent_ahead_of_single_questions_are_found_out_by_the_answers(brisk, reference):
    ahead = f"if len(images) == 1:\n{indent(writing(ANSWER), '    ')}return images.sum(axis=(1, 2, 3)).astype(int) % 10"
    with pytest.raises(Fouled, match="its answers change|no answer|works while the baseline"):
        measuring.measure(
            lambda chosen: enter(reference, chosen),
            {"baseline": baseline(), "entry": entry(ahead)},
            (IMAGES, LABELS),
            lambda _: None,
            False,
        )


@pytest.mark.parametrize(
    "frame, words",
    [
        ("struct.pack('>cI', b'A', 0xffffffff)", "no answer"),
        ("struct.pack('>cI', b'E', 0x7fffffff)", "no answer"),
        ("b'{\"score\": 1e9}'", "no answer"),
        ("struct.pack('>cI', b'E', 3) + b'\\x1b[2'", "its code raised"),
        ("struct.pack('>cI', b'A', 1) + b'\\x00'", "answered 1 digits"),
    ],
)
def test_frames_that_an_entry_makes_itself_are_judged_like_any(frame, words):
    with enter({}, entry(writing(frame) + ZEROS)) as one, pytest.raises(Fouled, match=words):
        one.ask(IMAGES[:3])


def test_endless_answers_do_not_fill_the_measuring_side(monkeypatch):
    monkeypatch.setattr(athlete, "ANSWER_SECONDS", 1.0)
    flood = "while True:\n" + indent(writing("b'A' * 4096"), "    ")
    with enter({}, entry(flood)) as one, pytest.raises(Fouled):
        one.ask(IMAGES[:3])


def test_an_entry_that_hangs_is_ended_with_all_that_it_started(monkeypatch):
    monkeypatch.setattr(athlete, "ANSWER_SECONDS", 0.5)
    stubborn = """import signal
for n in range(1, 32):
    try:
        signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass"""
    with enter({}, entry(stubborn)) as one, pytest.raises(Fouled, match="in time"):
        one.ask(IMAGES[:1])


def test_an_entry_that_answers_and_then_reads_nothing_more_is_ended(monkeypatch):
    """The next photos fill the socket, and whoever writes them waits."""
    monkeypatch.setattr(athlete, "ANSWER_SECONDS", 0.5)
    with enter({}, entry(writing(ANSWER) + "while True:\n    pass")) as one:
        assert one.ask(IMAGES[:1]).tolist() == [3]
        with pytest.raises(Fouled, match="in time"):
            for _ in range(100):
                one._send(b"Q", bytes(1 << 20))


def test_peak_memory_is_read_outside_and_cannot_be_set_back():
    """64 MB are taken and freed; whatever the process then says of itself, the peak stands."""
    reset = """big = np.ones(8 << 20)
del big
import resource
resource.getrusage = lambda *_: None
try:
    open('/proc/self/clear_refs', 'w').write('5')
except OSError:
    pass
"""
    with enter({}, entry(reset + ZEROS)) as one:
        one.ask(IMAGES[:1])
        assert 63 << 20 <= one.memory.peak() < 80 << 20


def test_a_process_that_becomes_another_program_is_found_out():
    """Its count of memory begins anew; it goes on to answer like the worker that it was."""
    program = f"""import os, struct, sys
READ, WRITE = map(int, sys.argv[1:])
while True:
    os.write(WRITE, {ANSWER})
    os.read(READ, 1000)
"""
    change = f"""import os, sys
big = np.ones(8 << 20)
main = sys.modules['__main__']
for fd in (main.READ, main.WRITE):
    os.set_inheritable(fd, True)
os.execv('/proc/self/exe', ['python', '-I', '-S', '-c', {program!r}, str(main.READ), str(main.WRITE)])"""
    with enter({}, entry(change)) as one:
        assert one.ask(IMAGES[:1]).tolist() == [3]
        with pytest.raises(ValueError, match="another program"):
            one.memory.peak()


def test_start_up_files_and_namesakes_in_an_entry_do_not_run(reference):
    bad = b"raise SystemExit"
    names = ("sitecustomize", "usercustomize", "tinytorch", "numpy", "struct", "os")
    assert answers(
        "import tinytorch.tensor\n" + ZEROS, package=reference, **{f"{name}_DOT_py": bad for name in names}
    ) == [0, 0, 0]


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit",
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.close(3); os.close(4); os.close(5)",
        "x = 1 / 0",
    ],
)
def test_an_entry_that_ends_itself_while_loading_is_told(code):
    with pytest.raises(Fouled):
        enter({}, {"entry.py": code.encode()}).close()


def test_memory_is_read_and_limits_hold_whoever_verifies():
    """As a plain user, too: what root may see in /proc, and what it is exempt from, is no part of it."""
    if os.geteuid() != 0:
        pytest.skip("the tests run as a plain user already")
    script = """
from autograder.olympics.arena import enter
from tests.autograder.olympics import test_hostile_entries as here
for attempt in ("import os; os.fork()", "open('/tmp/x', 'w').write('x' * 10000)",
                "open('/proc/self/clear_refs', 'w').write('5')"):
    assert here.answers(here.FAILS.format(attempt)) == [7, 7, 7], attempt
with enter({}, here.entry("big = np.ones(8 << 20)\\ndel big\\n" + here.ZEROS)) as one:
    one.ask(here.IMAGES[:1])
    assert 63 << 20 <= one.memory.peak() < 80 << 20
here.test_a_process_that_becomes_another_program_is_found_out()
print("all held")
"""
    command = as_plain_user([sys.executable, "-B", "-c", script])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "all held\n", done.stderr
