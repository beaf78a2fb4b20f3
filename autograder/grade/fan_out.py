"""Many students side by side, each one's work in order, with as much in hand as there are workers and no more."""
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any


def fan_out(pool, chains: Iterable[list], prepare: Callable[[Any], Any],
            settle: Callable[[Any, Any, Any], None]) -> None:
    """Work through chains of items, side by side; in a chain an item is prepared when the one before is settled.

    prepare(item): its task, None if there is nothing to do; settle(item, task, result), where the result is WorkerLost
    if there is none. One task a worker is prepared ahead and no result is kept: memory does not grow with the class.
    """
    waiting, ready = deque(deque(chain) for chain in chains if chain), deque()

    def submit() -> None:
        while ready and pool.busy < pool.size:
            chain, item, task = ready.popleft()
            pool.submit(task, (chain, item, task))

    while waiting or ready or pool.busy:
        while waiting and len(ready) + pool.busy < 2 * pool.size:
            chain = waiting.popleft()
            item = chain.popleft()
            if (task := prepare(item)) is not None:
                ready.append((chain, item, task))
                submit()
            elif chain:
                waiting.appendleft(chain)
        if pool.busy:
            (chain, item, task), result = pool.next()
            submit()          # no worker waits while the result is settled
            settle(item, task, result)
            if chain:
                waiting.appendleft(chain)
