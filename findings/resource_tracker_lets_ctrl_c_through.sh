#!/usr/bin/env bash
# A blocked Ctrl-C is unblocked by multiprocessing's own helper, the first time that a process is started.
#
# Guessed: who blocks SIGINT around the start of worker processes has workers that do not hear Ctrl-C: a child inherits
# the mask of the thread that starts it.
# Seen: with the start method "spawn" the first start also starts the resource tracker. It blocks SIGINT and SIGTERM for
# a moment, and then does not put the mask back as it was: it unblocks both, in the caller. So neither the first worker
# nor any after it has Ctrl-C blocked. Starting the tracker before one blocks, by resource_tracker.ensure_running(), helps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/masks.py" <<'PY'
import multiprocessing
import platform
import signal
import sys
from multiprocessing import resource_tracker


def blocked():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def child(door):
    door.send(blocked())


def seen(context):
    (ours, theirs), found = context.Pipe(), []            # a queue has a lock, which starts the tracker
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    for _ in range(2):
        process = context.Process(target=child, args=(theirs,))
        process.start()
        found.append(ours.recv())
        process.join()
    return [*found, blocked()]


if __name__ == "__main__":
    if "first" in sys.argv:
        resource_tracker.ensure_running()
    print(platform.python_version(), seen(multiprocessing.get_context("spawn")))
PY
python="${PYTHON:-python3}"
plain=$("$python" "$folder/masks.py")
mended=$("$python" "$folder/masks.py" first)
echo "CPython, is SIGINT blocked in the first child, in the second, in the parent: $plain; with the tracker started first: $mended"
[[ "$plain" == *"[False, False, False]" ]]
[[ "$mended" == *"[True, True, True]" ]]
