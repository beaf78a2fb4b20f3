"""Exactly what lies beside the student's code in the sandbox: standard library and NumPy only."""
