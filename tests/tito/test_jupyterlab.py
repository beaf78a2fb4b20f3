"""JupyterLab as `tito lab` starts it: what the terminal shows, and what it keeps to itself."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from urllib.error import URLError

import pytest

from tests.jupyter import fresh_user, keyboard

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent differently there")


@contextmanager
def started(folder, home, **settings):
    """`tito lab 01` of a fresh user, with these settings of the server."""
    environment = fresh_user(home) | {"BROWSER": "true"}
    (home / "config/jupyter_server_config.json").write_text(json.dumps({"ServerApp": settings}))
    running = subprocess.Popen([sys.executable, "-m", "tito", "lab", "01"], cwd=folder, env=environment,
                               stdin=keyboard(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               encoding="utf-8", start_new_session=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def opens(address: str) -> bool:
    """The server says where it is a moment before it listens."""
    for _ in range(100):
        with suppress(URLError):
            return urllib.request.urlopen(address).status == 200
        time.sleep(0.1)
    return False


def test_the_terminal_shows_the_address_and_how_to_end_it_and_hardly_more(folder, tmp_path):
    with started(folder, tmp_path / "home") as lab:
        seen = []
        for line in lab.stdout:
            seen.append(line)
            if "http://127.0.0.1" in line:
                break
        address = re.search(r"http://127\S+/lab/tree/notebooks/01_tensor/01_tensor\.ipynb\?token=\w+", seen[-1])[0]
        assert opens(address)
        lab.send_signal(signal.SIGINT)
        seen += lab.communicate(timeout=20)[0].splitlines(keepends=True)
    said = "".join(line for line in seen if "NbGrader" not in line)        # students do not have it
    assert "Save before you end it with Ctrl-C here." in said
    assert "ServerApp" not in re.sub(r"\[C .*?\]", "", said) and "LabApp" not in said
    assert said.count("\n") <= 11, said


def test_an_error_of_the_server_is_shown(folder, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, \
            started(folder, tmp_path / "home", port=taken.getsockname()[1], port_retries=0) as lab:
        said = lab.communicate(timeout=20)[0]
    assert lab.returncode and "could not be started" in said
