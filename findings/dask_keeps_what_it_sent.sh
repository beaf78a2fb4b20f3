#!/usr/bin/env bash
# A dask scheduler keeps the data of tasks that are done and forgotten.
#
# Guessed: when a task is done and its future is gone, nothing of its arguments is left in the scheduler's memory.
# Seen: 300 tasks of 0.9 MB, one after the other, none kept: a process that holds scheduler and client ends 540 MB larger.
# Each connection logs its last 1,000 messages, and a message that hands a task in or out holds its arguments; only those
# over 1 MB are left out. So a scheduler may keep a gigabyte for each worker, and the client another. What helps is
# distributed.admin.low-level-log-length: 0, set before they start.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 psutil==7.2.2 2>&1 | { grep -v '^WARNING' || true; }
cat > "$folder/keeps.py" <<'PY'
import gc
import os
import sys

import dask
import distributed
import psutil
from distributed import Client, LocalCluster


def memory() -> float:
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    dask.config.set({"distributed.worker.profile.enabled": False})
    if len(sys.argv) > 1:
        dask.config.set({"distributed.admin.low-level-log-length": 0})
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        before = None
        for number in range(320):
            if number == 20:
                before = memory()
            assert client.submit(len, os.urandom(900_000), pure=False).result() == 900_000
        grown, left = memory() - before, len(cluster.scheduler.tasks)
    words = "no log" if len(sys.argv) > 1 else "as it is"
    print(f"distributed {distributed.__version__}, {words}: {grown:.0f} MB more after 300 tasks of 0.9 MB, {left} tasks known")
    assert left <= 1
    assert grown < 50 if len(sys.argv) > 1 else grown > 200
PY
"$folder/bin/python" -W ignore "$folder/keeps.py"
"$folder/bin/python" -W ignore "$folder/keeps.py" without
