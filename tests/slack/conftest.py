"""These tests run on one of both databases; DATABASES=both runs each on both."""

from tests.databases import database_kind
from tests.databases import on_one_of_both as pytest_generate_tests

__all__ = ["database_kind", "pytest_generate_tests"]
