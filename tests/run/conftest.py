"""These tests can run on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from tests.databases import database_kind, pytest_generate_tests

__all__ = ["database_kind", "pytest_generate_tests"]


@pytest.fixture
def killer(url: str) -> Iterator[Engine]:
    """What ends the connections of others, and is spared itself."""
    engine = create_engine(url, connect_args={"application_name": "killer"})
    yield engine
    engine.dispose()
