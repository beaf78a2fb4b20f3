"""MLCommons' LoadGen beside ours: what it may not do to this process."""

import subprocess
import sys

import pytest

from tests.tito.olympics.entries import ROOT
from tito.olympics import loadgen

STOPPED = """
import os, signal
import numpy as np
from tito.olympics import loadgen

signal.signal(signal.SIGINT, signal.default_int_handler)

class Stopping:
    asked = 0
    def ask(self, images):
        self.asked += 1
        if self.asked == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return np.zeros(len(images), int)

one = Stopping()
try:
    loadgen.single_stream(one, np.zeros((9, 1, 8, 8), np.float32), 1000.0)
except KeyboardInterrupt:
    print("stopped after", one.asked)
"""


@pytest.mark.skipif(not loadgen.installed(), reason="LoadGen is not installed")
def test_ctrl_c_stops_a_run_of_loadgen_without_ending_the_process():
    done = subprocess.run(
        [sys.executable, "-c", STOPPED], cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "stopped after 5\n"), done.stderr
