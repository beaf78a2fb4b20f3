"""Malformed bytes to the grader's end of its sockets. `python -m tests.autograder.fuzz` sends a million frames."""
