"""An installation in real surroundings, which a test breaks: a local Slack, a model server, files on the disk."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import config
from bot.doctor import examined
from tests.world import World

KEY = "doctor-key-hunter2-0123456789abcdef"


class Patient:
    """An installation, which a test breaks."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self._monkeypatch = world, monkeypatch
        for name in config.Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        self.set(**world.environment)
        self.set(HELPDESK_SECRET_KEY=KEY)
        monkeypatch.chdir(world.folder)

    def set(self, **variables: str) -> None:
        """In the environment."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    async def findings(self, *, skew: float = 0, offline: bool = False) -> list[dict[str, Any]]:
        """What is found."""
        out = io.StringIO()
        healthy = await examined(
            config.settings, lambda: datetime.now(UTC) + timedelta(seconds=skew), out, json=True, offline=offline
        )
        told = json.loads(out.getvalue())
        assert told["healthy"] is healthy
        assert "hunter2" not in out.getvalue()
        assert self.world.slack.token not in out.getvalue()
        assert all(each["why"] and each["fix"] for each in told["findings"] if each["state"] != "good")
        return list(told["findings"])

    async def told(self, about: str, state: str, **wanted: Any) -> str:
        """What is said of something in a state."""
        found = await self.findings(**wanted)
        return "\n".join(each["what"] for each in found if (each["about"], each["state"]) == (about, state))
