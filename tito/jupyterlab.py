"""JupyterLab in the place of `tito`."""
import importlib.util
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tito import console
from tito.errors import TitoError
from tito.installation import install


def start(folder: Path, page: str, environment: dict[str, str], *options: str) -> NoReturn:
    """Serve `folder` and open `page`, an address such as /formgrader. What ends this process then ends JupyterLab."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise TitoError(f"JupyterLab is not installed: {install(folder)}")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", f"--LabApp.default_url={page}",
               *options]
    command.append("--ServerApp.answer_yes=True")       # else Ctrl-C asks, and goes on if nobody answers in 5 seconds
    command += [f"--{name}.log_level=ERROR" for name in ("ServerApp", "LabApp")]     # its address comes at any level
    if os.name == "posix":              # in its terminals tito is found: a login shell would make the PATH anew
        shell = shlex.quote(os.environ.get("SHELL") or "/bin/sh")
        command.append(f"--ServerApp.terminado_settings=shell_command={shell}")
    if hasattr(os, "getuid") and os.getuid() == 0:      # in a container
        command.append("--allow-root")
    console.say("JupyterLab opens in your browser, or at an address below. Save before you end it with Ctrl-C here.")
    sys.stdout.flush()                                  # JupyterLab takes this process over
    os.chdir(folder)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = environment | {"PATH": path}
    if os.name == "posix":
        os.execve(sys.executable, command, environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is for JupyterLab, which ends
    sys.exit(subprocess.call(command, env=environment))
