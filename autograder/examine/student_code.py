"""A student's code, loaded into a worker cell by cell, and loaded anew when it has brought its worker down."""
import socket
import time
from pathlib import Path
from typing import Any

import tito.plain
from autograder.examine import reasons
from autograder.examine.reasons import Part
from autograder.sandbox.inside.protocol import Broken, Channel, ChannelError, NotLoaded, TooLarge
from autograder.sandbox.process import StartError, Worker
from autograder.sandbox.survey import backend_for

TEST_SECONDS = 10.0         # of one test; the slowest honest one takes about 1
CELL_SECONDS = 10.0
SUBMISSION_SECONDS = 24.0   # for all that one submission's code does: with examiner.GRACE_SECONDS under half a minute
SHORTEST = 0.01             # of a wait: to the socket 0 would mean not to wait at all
LEAST_SECONDS = 1.0         # of a limit, while there is time
END_SECONDS = 2.0           # to end a fork; a worker that takes longer is given up
PLAIN = Path(tito.plain.__file__).read_text(encoding="utf-8")       # what notebooks alone can do is left out
STARTS = 3                  # tries to start a worker before the grader gives up


class StudentCode:
    """A context manager; `connect` gives a channel to a fork of the loaded worker. Raises StartError, ChannelError.

    ahead: a worker that was started ahead, to be used first; whoever has started it closes it in the end.
    end: when the time of this submission is over, by time.monotonic().
    """

    def __init__(self, module: str, cells: dict[str, str], package: dict[str, str], names: list[str], sandboxed: bool,
                 stands_in: bool, end: float, ahead: Worker | None = None):
        self.module, self.cells, self.package, self.names = module, cells, package, names
        self.sandboxed, self.stands_in, self.end, self.ahead = sandboxed, stands_in, end, ahead
        modules = [("import", name, "") for name in package if name != "__init__"]
        self.steps = modules + [("run", cell, source) for cell, source in cells.items()]
        self.errors: dict[str, list[Part]] = {}           # label of a step -> what went wrong
        self.left_out: set[str] = set()                   # cells with lines that only a notebook can run
        self.deadly: set[str] = set()                     # labels of steps that end or hang a worker: left out later
        self.worker: Worker | None = None

    def __enter__(self) -> "StudentCode":
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

    def seconds(self, most: float) -> float:
        """The limit of the next step: at most half of what is left, so that what hangs leaves time for the rest."""
        left = self.end - time.monotonic()
        return max(0.0, min(most, left, max(left / 2, LEAST_SECONDS)))

    def connect(self, seconds: float) -> Channel:
        """A channel to a new fork, which no earlier test has touched; it closes itself after `seconds`."""
        for _ in range(2):
            if self.worker is None:
                self._load()
            if self.worker is None:
                raise NotLoaded
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    socket.send_fds(self.worker.channel.socket, [b"F"], [theirs.fileno()])
                    return Channel(ours, self.seconds(seconds))       # loading may have used time up
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
            control.settimeout(max(self.seconds(END_SECONDS), SHORTEST))
            control.sendall(b"E")
            if control.recv(1) == b"E":
                return
        except OSError:
            pass
        self.stop()

    def _load(self) -> None:
        """Leaves a loaded worker, or none when the time is over."""
        failures = 0
        while self.worker is None and time.monotonic() < self.end:
            try:
                self.worker = self._start()
                self._run_steps([step for step in self.steps if _label(step) not in self.deadly])
            except StartError:
                failures += 1
                if failures == STARTS:
                    raise

    def _start(self) -> Worker:
        if self.ahead is None:
            return Worker(backend_for(self.sandboxed))
        worker, self.ahead = self.ahead, None
        worker.ready()
        return worker

    def _run_steps(self, steps: list[tuple]) -> None:
        """Follow the worker through the steps; when one is its end, note which and stop it."""
        channel, current, seconds = self.worker.channel, None, self.seconds(CELL_SECONDS)
        try:
            channel.set_deadline(seconds)
            channel.send({"module": self.module, "package": self.package, "names": self.names, "steps": steps,
                          "plain": PLAIN})
            while True:
                match channel.receive()[0]:
                    case ["step", int(number)] if 0 <= number < len(steps):
                        current, seconds = steps[number], self.seconds(CELL_SECONDS)
                        channel.set_deadline(seconds)
                    case ["done", _, error, bool(left_out)] if current:
                        self._note(_label(current), error, left_out)
                    case ["loaded"]:
                        return
                    case _:
                        raise Broken("not a step")
        except TooLarge:                                  # no fault of the grader's: graded, without this code
            self.stop()
            self.package = {"__init__": self.package["__init__"]}
            for step in steps:
                self.deadly.add(_label(step))
                self.errors[_label(step)] = [("ours", "all your code together is too long to be graded")]
        except ChannelError as error:
            self.stop()
            if current is None:
                raise StartError("the worker did not take its first message") from None
            self.deadly.add(_label(current))
            self.errors[_label(current)] = reasons.of_lost_worker(error, seconds)


    def _note(self, label: str, error: Any, left_out: bool) -> None:
        """What the worker says of a step. Not which lines it left out: numbers could tell something else."""
        if left_out:
            self.left_out.add(label)
        match error:
            case None:
                return
            case [str(), str(), str(), [str(), int(), str()]]:
                self.errors[label] = reasons.of_error(*error, self.cells, self.stands_in)
            case _:
                raise Broken("not a step")


def _label(step: tuple) -> str:
    kind, label, _ = step
    return f"tinytorch.{label}" if kind == "import" else label
