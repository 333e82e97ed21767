"""Planted secrets, and all that is done with them: tests/test_leaks.py looks where they are."""
