#!/usr/bin/env bash
# A dask LocalCluster that is told to have no dashboard still opens an HTTP server.
#
# Guessed: LocalCluster(dashboard_address=None) opens no HTTP port: by the documentation None disables the dashboard.
# Seen: the scheduler's HTTP server listens all the same and answers /health, with scheduler_kwargs={"dashboard": False},
# too. So a program that fans out over dask opens a port more than it asked for. What helps is an address of one's own,
# on loopback, and no routes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/python" -W ignore - <<'PY'
from urllib.request import urlopen

import distributed
from distributed import LocalCluster

if __name__ == "__main__":
    answers = {}
    for name, options in {"dashboard_address=None": {},
                          "and dashboard=False": {"scheduler_kwargs": {"dashboard": False}}}.items():
        with LocalCluster(n_workers=1, processes=False, dashboard_address=None, **options) as cluster:
            port = cluster.scheduler.http_server.port
            answers[name] = bool(port), urlopen(f"http://127.0.0.1:{port}/health").read().decode()
    print(f"distributed {distributed.__version__}: listens, /health says: {answers}")
    assert set(answers.values()) == {(True, "ok")}
PY
