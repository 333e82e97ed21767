"""These tests can run on both databases."""

from tests.databases import database_kind, pytest_generate_tests

__all__ = ["database_kind", "pytest_generate_tests"]
