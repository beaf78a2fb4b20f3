"""The ways to make a sandbox. Each starts the same worker in the same file system, under the same filter."""
from collections.abc import Callable
from dataclasses import dataclass

from autograder.sandbox.mounts import Step


@dataclass(frozen=True)
class Backend:
    """`command(info, system_calls, plan, variables)` is a program in front of the worker's own command line.

    It makes the plan of `mounts` true, and gives the worker these variables of the environment and no others.
    It writes {"child-pid": N} to the descriptor `info`, N being the first process of a namespace of processes, so that
    everything in there ends with it; it reads the filter of system calls from the descriptor `system_calls`; and it
    ends when the process that started it ends.
    """
    name: str
    missing: Callable[[], str | None]       # None, or what this machine lacks for it
    describe: Callable[[], str]
    command: Callable[[int, int, tuple[Step, ...], dict[str, str]], list[str]]
