"""Proves the tests."""
