"""A fresh Jupyter kernel that runs code cells one after another, as "Restart kernel and run all" does.

It speaks to the kernel through jupyter_client and keeps no outputs, so a cell that prints 200 MB costs no memory,
and Ctrl-C ends the kernel at once.
"""
import os
import queue
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tito.errors import TitoError

CELL_SECONDS = 120
START_SECONDS = 60
COLOURS = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True)
class Failure:
    """Why a cell stopped: the exception's name, its message and IPython's traceback as plain text."""
    name: str                 # "CellTimeout" and "DeadKernel" are ours
    message: str
    traceback: str = ""


def environment(root: Path) -> dict[str, str]:
    """The environment in which this course folder's `tinytorch` and `tito` win over any other copy."""
    paths = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}


class Kernel:
    """A running kernel; `run` gives None or the failure of one cell."""

    def __init__(self, manager, client):
        self._manager, self._client = manager, client

    def run(self, source: str, seconds: float = CELL_SECONDS) -> Failure | None:
        # Without stop_on_error=False a kernel aborts what comes too soon after a cell that failed.
        request = self._client.execute(source, allow_stdin=False, stop_on_error=False)
        reply = self._reply(request, seconds)
        if isinstance(reply, Failure) or reply["status"] == "ok":
            return reply if isinstance(reply, Failure) else None
        traceback = COLOURS.sub("", "\n".join(reply.get("traceback", [])))
        return Failure(reply.get("ename", "Aborted"), reply.get("evalue", ""), traceback)

    def wait_until_ready(self) -> None:
        reply = self._reply(self._client.kernel_info(), START_SECONDS)
        if isinstance(reply, Failure):
            raise TitoError("The notebook kernel does not start: tito doctor shows what is missing.")

    def _reply(self, request: str, seconds: float) -> dict | Failure:
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self._client.get_shell_msg(timeout=0.5)
            except queue.Empty:
                if not self._manager.is_alive():
                    return Failure("DeadKernel", "")
                if time.monotonic() > deadline:
                    return Failure("CellTimeout", f"{seconds:.0f}")
                continue
            if message["parent_header"].get("msg_id") == request:
                return message["content"]


@contextmanager
def fresh_kernel(root: Path, folder: Path) -> Iterator[Kernel]:
    """A kernel of this very Python, working in `folder`, with no start-up files of the user; ended on leaving."""
    try:
        from jupyter_client import KernelManager
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ModuleNotFoundError as error:
        raise TitoError(f"{error.name} is not installed: tito doctor says how to get it.") from None

    with tempfile.TemporaryDirectory(prefix="tito-", ignore_cleanup_errors=True) as scratch:
        env = environment(root) | {"IPYTHONDIR": scratch, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        manager = KernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
                                connection_file=str(Path(scratch) / "kernel.json"))
        client = None
        try:
            manager.start_kernel(cwd=str(folder), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            client = manager.client()
            client.start_channels(iopub=False, stdin=False, hb=False, control=False)
            kernel = Kernel(manager, client)
            kernel.wait_until_ready()
            yield kernel
        except NoSuchKernel:
            raise TitoError("ipykernel is not installed: tito doctor says how to get it.") from None
        finally:
            if client:
                client.stop_channels()
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)
