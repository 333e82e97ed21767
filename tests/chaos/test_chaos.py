"""The short form of `make chaos`: everything goes wrong at once for a few seconds, and all of it is true at the end."""

from pathlib import Path

import pytest

from tests.chaos.run import SHORT, run
from tests.postgres import postgres_or_skip

SEED = 4


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_nothing_is_lost_or_doubled_whatever_dies(database: str, tmp_path: Path) -> None:
    if database == "postgresql":
        postgres_or_skip()
    said: list[str] = []
    broken = await run(database, SEED, SHORT, tmp_path, said.append)
    assert not broken, "\n".join([*said, *broken])
