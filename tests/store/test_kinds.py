"""The tests here that say they run on PostgreSQL do."""

from pathlib import Path

from bot.store.database import Database
from tests.databases import url_for


def test_the_database_is_of_the_kind_that_the_test_is_named_after(tmp_path: Path, database_kind: str) -> None:
    database = Database(url_for(tmp_path))
    database.close()
    assert database.shared == (database_kind == "postgresql")
