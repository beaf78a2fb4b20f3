"""The time of a submission is one budget, however its code spends it: the slowest takes half a minute."""
import socket
import subprocess
import sys
import textwrap
import time
from types import SimpleNamespace

import pytest

from autograder.examine import examiner, student_code
from autograder.examine.student_code import StudentCode
from autograder.sandbox.inside.protocol import Channel
from tests.autograder.examine.test_hostile import ROOT

SLOW = {
    "confirms the end of each test late": """
        import sys, time
        real = sys.modules['__main__'].end
        sys.modules['__main__'].end = lambda child: (real(child), time.sleep(3))
        double = lambda v: v""",
    "hangs at load and in every test, deaf to signals, in many processes": """
        import os, signal, time
        def deaf():
            for number in range(1, 64):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except OSError:
                    pass
        def crowd():
            deaf()
            for _ in range(20):
                if os.fork() == 0:
                    os.setsid()
                    break
            while True:
                pass
        def double(v):
            crowd()
        crowd()""",
    "is loaded slowly and ends its worker in every test": """
        import os, time
        time.sleep(0.4)
        def double(v):
            time.sleep(0.2)
            os.kill(os.getppid(), 9)""",
}
SCRIPT = """
    from autograder.examine import student_code
    from tests.autograder.case import RIGHT, grade_case
    from tests.autograder.examine.test_budget import SLOW
    student_code.SUBMISSION_SECONDS, student_code.TEST_SECONDS, student_code.CELL_SECONDS = 1.5, 1.0, 1.0
    tests = dict.fromkeys([str(number) for number in range(20)], RIGHT)
    for source in SLOW.values():
        print(len(grade_case(tests, True, slow=textwrap.dedent(source)).verdicts))
"""


class Silent:
    """A loaded worker that answers nothing."""

    def __init__(self):
        ours, self.theirs = socket.socketpair()
        self.channel = SimpleNamespace(socket=ours)
        self.closed = False

    def close(self):
        self.closed = True


@pytest.fixture
def student():
    """Of whose time three seconds are left."""
    code = StudentCode("vec", {}, {"__init__": ""}, [], True, False, time.monotonic() + 3)
    code.worker = Silent()
    return code


def test_a_test_gets_no_time_that_loading_has_used_up(student):
    assert student.connect(10.0).deadline <= student.end


def test_the_end_of_a_test_counts(student, monkeypatch):
    monkeypatch.setattr(student, "end", time.monotonic() + 0.05)
    worker, (ours, _) = student.worker, socket.socketpair()
    student.disconnect(Channel(ours))
    assert worker.channel.socket.gettimeout() <= 0.05 and worker.closed


def test_budget_and_grace_are_half_a_minute():
    assert student_code.SUBMISSION_SECONDS + examiner.GRACE_SECONDS < 30


def test_the_slowest_submissions_end_in_time(sandbox):
    """Twenty tests each, with small budgets: a process of its own, which can be ended if they do not."""
    command = [sys.executable, "-c", "import textwrap" + textwrap.dedent(SCRIPT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "20\n" * len(SLOW)), done.stderr
