#!/usr/bin/env bash
# nbgrader takes fetched feedback for the assignment itself, and then hands in a folder without a notebook.
#
# Guessed: where a student fetches feedback in a folder in which the assignment is not (another clone, a new machine of a
# hub), the feedback is put there and nothing else changes: the assignment still counts as one to fetch.
# Seen: fetch_feedback puts the page into ps1/feedback/TIME; a folder ps1 is all that makes an assignment "fetched". The
# list no longer offers it under "Released" but under "Downloaded", with a button Submit. Pressed, or typed as
# `nbgrader submit ps1`, it succeeds, for a missing notebook is only a warning; `nbgrader collect --update` replaces the
# good submission by one in which there is no notebook.
# What helps: Exchange.assignment_dir names the folder that holds the assignments, wherever nbgrader is started.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nbgrader==0.9.6 jupyterlab==4.6.6 2>&1 | { grep -v '^WARNING' || true; }
export PATH="$folder/venv/bin:$PATH" HOME="$folder/home" JUPYTER_CONFIG_DIR="$folder/config"
mkdir -p "$folder"/{home,config,exchange,course/source/ps1,first,second}
chmod 777 "$folder/exchange"
cat > "$folder/config/nbgrader_config.py" <<PY
c = get_config()
c.CourseDirectory.course_id = "course"
c.Exchange.root = "$folder/exchange"
PY
python - "$folder/course/source/ps1/ps1.ipynb" <<'PY'
import sys

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

cell = new_code_cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", metadata={"nbgrader": {
    "schema_version": 3, "grade_id": "x", "grade": True, "solution": True, "locked": False, "task": False, "points": 1}})
nbformat.write(new_notebook(cells=[cell], metadata={"kernelspec": {"name": "python3", "display_name": "P"}}), sys.argv[1])
PY
{
    cd "$folder/course"
    nbgrader generate_assignment ps1
    nbgrader release_assignment ps1
    cd "$folder/first"
    nbgrader fetch_assignment ps1
    nbgrader submit ps1
    cd "$folder/course"
    nbgrader collect ps1
    nbgrader autograde ps1
    nbgrader generate_feedback ps1
    nbgrader release_feedback ps1
    before=$(cd "$folder/course/submitted" && find . -name '*.ipynb')
    cd "$folder/second"
    offered=$(nbgrader list 2>&1)
    nbgrader fetch_feedback ps1
    then=$(nbgrader list 2>&1)
    sleep 1
    submit=0
    nbgrader submit ps1 || submit=$?
    cd "$folder/course"
    nbgrader collect --update ps1
    after=$(cd "$folder/course/submitted" && find . -name '*.ipynb')
} >"$folder/log" 2>&1 || { tail -5 "$folder/log"; exit 1; }
python - "$offered" "$then" "$submit" "$before" "$after" <<'PY'
import sys
from importlib.metadata import version

offered, then = ("already downloaded" in text for text in sys.argv[1:3])
submit, before, after = sys.argv[3:]
assert all("course ps1" in text for text in sys.argv[1:3])
print(f"nbgrader {version('nbgrader')}, a folder without the assignment: listed as already downloaded: {offered}, and with "
      f"its feedback fetched: {then}; submit ends with {submit}; collected before: {before!r}, after: {after!r}")
assert (offered, then, submit) == (False, True, "0")
assert before.endswith("/ps1/ps1.ipynb") and not after
PY
