"""Entries of the Olympics as untrusted input: measured again in the grading sandbox, and recorded."""
