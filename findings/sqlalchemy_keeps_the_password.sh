#!/usr/bin/env bash
# SQLAlchemy: URL.set(password=None) takes no password out of a URL.
#
# Guessed: set(password=None) gives the URL without its password, to be shown or written into a file.
# Seen: None means "leave as it is", for every part, so the copy still has the password: str() hides it as ***, which
# looks like success, and render_as_string(hide_password=False), or an engine made of it, has it. An empty text takes the
# word away and leaves the colon. What helps is URL.create from the parts that are meant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check sqlalchemy==2.1.9 2>&1 | { grep -v '^WARNING' || true; }
"$folder/bin/python" - <<'PY'
import sqlalchemy
from sqlalchemy.engine import URL, make_url

url = make_url("postgresql://ada:example@host/course")
kept = url.set(password=None)
emptied = url.set(password="")
made = URL.create(url.drivername, url.username, None, url.host, url.port, url.database)
seen = [one.render_as_string(hide_password=False) for one in (kept, emptied, made)]
print(f"SQLAlchemy {sqlalchemy.__version__}: set(password=None), set(password=''), create without: {seen}")
assert kept.password == "example" and seen[0] == "postgresql://ada:example@host/course"
assert seen[2] == "postgresql://ada@host/course"
PY
