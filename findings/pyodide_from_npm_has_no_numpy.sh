#!/usr/bin/env bash
# The Pyodide of npm lists NumPy among its packages, and neither npm nor PyPI has it.
#
# Guessed: pyodide-lock.json in npm's package names 356 packages by relative file names, NumPy 2.4.6 among them, so who
# ships that package with a website has them beside it; or, since PEP 783, PyPI has NumPy for this platform.
# Seen: of those files not one is in the package. Pyodide fetches them from a public server when they are first
# imported. PyPI has wheels for the platform pyemscripten, of other projects, and none of NumPy 2.4.6. A page that shall
# work offline needs Pyodide's full release, which neither registry has.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent pyodide@314.0.6 >/dev/null
tar xzf pyodide-314.0.6.tgz
has() {
    "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest wheels \
        --platform pyemscripten_2026_0_wasm32 --python-version 314 --abi cp314 "$1" >/dev/null 2>&1 && echo yes || echo no
}
other=$(has luau-wasm==0.1a0) numpy=$(has numpy==2.4.6)
"${PYTHON:-python3}" - "$other" "$numpy" <<'PY'
import json
import sys
from pathlib import Path

packages = json.loads(Path("package/pyodide-lock.json").read_text())["packages"]
there = [name for name, entry in packages.items() if Path("package", entry["file_name"]).exists()]
print(f"pyodide 314.0.6 of npm lists {len(packages)} packages, numpy {packages['numpy']['version']} as "
      f"{packages['numpy']['file_name']}, and holds {len(there)}; PyPI has a wheel for its platform of luau-wasm: "
      f"{sys.argv[1]}, of numpy: {sys.argv[2]}")
assert not there and packages["numpy"]["version"] == "2.4.6" and sys.argv[1:] == ["yes", "no"]
PY
