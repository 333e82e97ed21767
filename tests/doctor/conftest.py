from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.install import SCOPES
from tests.doctor.patient import Patient
from tests.world import a_world


@pytest.fixture
async def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Patient]:
    async with a_world(tmp_path) as world:
        world.slack.say_scopes(*SCOPES)
        yield Patient(world, monkeypatch)
