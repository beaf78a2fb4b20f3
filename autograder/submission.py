"""A student's code, loaded into a worker cell by cell, and loaded anew when it has brought its worker down."""
import socket
import time
from typing import Any

from autograder import reasons
from autograder.protocol import Broken, Channel, ChannelError, NotLoaded
from autograder.sandbox import StartError, Worker

TEST_SECONDS = 20.0
CELL_SECONDS = 20.0
LOAD_SECONDS = 60.0         # for all loading of one submission, so that a hostile one cannot hold up the class
END_SECONDS = 5.0
STARTS = 3                  # tries to start a worker before the grader gives up


class Submission:
    """A context manager; `connect` gives a channel to a fork of the loaded worker. Raises StartError, ChannelError."""

    def __init__(self, module: str, cells: dict[str, str], package: dict[str, str], names: list[str], sandboxed: bool):
        self.module, self.cells, self.package, self.names, self.sandboxed = module, cells, package, names, sandboxed
        modules = [("import", name, "") for name in package if name != "__init__"]
        self.steps = modules + [("run", cell, source) for cell, source in cells.items()]
        self.errors: dict[str, str] = {}                  # label of a step -> what went wrong
        self.deadly: set[str] = set()                     # labels of steps that end or hang a worker: left out later
        self.seconds_left = LOAD_SECONDS
        self.worker: Worker | None = None

    def __enter__(self) -> "Submission":
        try:
            self._load()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop()

    def stop(self) -> None:
        if self.worker is not None:
            worker, self.worker = self.worker, None
            worker.close()

    def connect(self) -> Channel:
        """A channel to a new fork, which no earlier test has touched."""
        for _ in range(2):
            if self.worker is None:
                self._load()
            if self.worker is None:
                raise NotLoaded
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    socket.send_fds(self.worker.channel.socket, [b"F"], [theirs.fileno()])
                    return Channel(ours, TEST_SECONDS)
                except OSError:                           # what an earlier test left running has killed the worker
                    ours.close()
                    self.stop()
        raise NotLoaded

    def disconnect(self, channel: Channel) -> None:
        """End the fork and all that it started; a worker that does not confirm it is given up."""
        channel.close()
        if self.worker is None:
            return
        control = self.worker.channel.socket
        try:
            control.settimeout(END_SECONDS)
            control.sendall(b"E")
            if control.recv(1) == b"E":
                return
        except OSError:
            pass
        self.stop()

    def _load(self) -> None:
        """Leaves a loaded worker, or none when the time is over."""
        failures = 0
        while self.worker is None and self.seconds_left > 0:
            try:
                self.worker = Worker(self.sandboxed)
                self._run_steps([step for step in self.steps if _label(step) not in self.deadly])
            except StartError:
                failures += 1
                if failures == STARTS:
                    raise

    def _run_steps(self, steps: list[tuple]) -> None:
        """Follow the worker through the steps; when one is its end, note which and stop it."""
        channel, current, started = self.worker.channel, None, time.monotonic()
        try:
            channel.set_deadline(CELL_SECONDS)
            channel.send({"module": self.module, "package": self.package, "names": self.names, "steps": steps})
            while True:
                used = time.monotonic() - started
                channel.set_deadline(min(CELL_SECONDS, self.seconds_left - used))
                match channel.receive()[0]:
                    case ["step", int(number)] if 0 <= number < len(steps):
                        current = steps[number]
                    case ["done", _, None]:
                        continue
                    case ["done", _, [str(kind), str(), str(message), [str(), int(), str()] as place]] if current:
                        self.errors[_label(current)] = reasons.of_error(kind, message, place, self.cells)
                    case ["loaded"]:
                        return
                    case _:
                        raise Broken("not a step")
        except ChannelError as error:
            self.stop()
            if current is None:
                raise StartError("the worker did not take its first message") from None
            self.deadly.add(_label(current))
            self.errors[_label(current)] = reasons.of_lost_worker(error, CELL_SECONDS)
        finally:
            if current is not None:
                self._count_seconds(time.monotonic() - started, steps[steps.index(current) + 1:])

    def _count_seconds(self, seconds: float, later: list[tuple]) -> None:
        self.seconds_left -= seconds
        if self.seconds_left <= 0:
            self.stop()
            for step in later:
                self.errors.setdefault(_label(step), f"not run: loading took longer than {LOAD_SECONDS:g} seconds")


def _label(step: tuple) -> str:
    kind, label, _ = step
    return f"tinytorch.{label}" if kind == "import" else label
