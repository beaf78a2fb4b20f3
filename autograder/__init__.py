"""Releasing, collecting and grading the course: what instructors run. Students' code never runs in these processes."""
import sys

# nbformat brings jsonschema, which takes this for checks of URIs that notebooks never use: it compiles a grammar, 1 s
sys.modules.setdefault("rfc3987_syntax", None)
