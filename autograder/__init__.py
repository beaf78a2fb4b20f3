"""Releasing, collecting and grading the course: what instructors run. Students' code never runs in these processes."""
