#!/usr/bin/env bash
# `import nbformat` compiles 38 grammars when an unrelated package is installed.
#
# Guessed: what an import costs depends on what it imports.
# Seen: nbformat imports jsonschema, and jsonschema tries a package for one kind of string check that notebooks never
# use. Where JupyterLab is installed that package is there too (jsonschema's extra format-nongpl), and it makes a parser
# of every rule of a grammar while it is imported: most of the time of every program that opens a notebook.
# Putting None for it into sys.modules first gives the time back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check nbformat==5.11.1 jsonschema==4.26.0 \
    rfc3987-syntax==1.1.0 lark==1.3.1 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/python" - <<'PY'
import subprocess, sys
from importlib.metadata import version

def user_seconds(before):
    code = (f"{before}\nimport resource, sys, nbformat\n"
            "print('lark' in sys.modules, resource.getrusage(resource.RUSAGE_SELF).ru_utime)")
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    grammar, seconds = zip(*(run.stdout.split() for run in runs))
    return set(grammar), min(map(float, seconds))

with_it, without = user_seconds(""), user_seconds("import sys; sys.modules['rfc3987_syntax'] = None")
print(f"nbformat {version('nbformat')}, jsonschema {version('jsonschema')}, rfc3987-syntax {version('rfc3987-syntax')}: "
      f"import nbformat takes {with_it[1]:.2f} s of CPU, {without[1]:.2f} s without the grammar")
assert with_it[0] == {"True"} and without[0] == {"False"} and with_it[1] > 3 * without[1]
PY
