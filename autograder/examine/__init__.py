"""Runs the tests on a student's code: verdicts are made here, the code runs in the sandbox."""
