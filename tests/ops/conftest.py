"""What the tests of the audit trail are given."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ops.trail import KEY, Trail


@pytest.fixture
async def trail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trail]:
    """Three conversations, in a folder without settings but the key."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPDESK_SECRET_KEY", KEY.get_secret_value())
    made = Trail(tmp_path)
    await made.begin()
    yield made
    made.close()
