"""JupyterLab, started as a user starts it, and the browser that shows it."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.helpers import REPOSITORY

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]
TOKEN = "t"
SETTINGS = {"apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
            "notebook-extension/tracker": {"windowingMode": "none"}}        # every cell is in the page


@dataclass
class Server:
    address: str
    process: subprocess.Popen
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fresh_user(home: Path) -> dict[str, str]:
    """The environment of somebody who has never started JupyterLab."""
    for name, values in SETTINGS.items():
        path = home / "config/lab/user-settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    (home / "config/jupyter_lab_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "HOME": str(home), "PATH": path, "PYTHONPATH": str(REPOSITORY),
            **{f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}}


@cache
def keyboard() -> int:
    """A terminal at which nobody types, for stdin. With it JupyterLab has a handler for Ctrl-C, as for every user;
    without it Ctrl-C is an exception, and what runs at that moment may swallow it.
    """
    return os.openpty()[1]


@contextmanager
def serving(folder: Path, home: Path, *command: str) -> Iterator[Server]:
    """`tito COMMAND` in a folder, as the user whose home this is, until it answers; ended on leaving."""
    environment, port, log = fresh_user(home), free_port(), home / "log"
    (home / "config/jupyter_server_config.json").write_text(json.dumps(
        {"ServerApp": {"port": port, "port_retries": 0, "open_browser": False}, "IdentityProvider": {"token": TOKEN}}))
    with open(log, "w") as output:
        process = subprocess.Popen([sys.executable, "-m", "tito", *command], cwd=folder, env=environment,
                                   stdin=keyboard(), stdout=output, stderr=output, start_new_session=True)
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            if answers(server):
                break
            time.sleep(0.2)
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def answers(server: Server) -> bool:
    try:
        urllib.request.urlopen(f"{server.address}/api", timeout=5)
    except OSError:
        return False
    return True


def chromium(driver):
    """The browser of the machine, by playwright."""
    return driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
