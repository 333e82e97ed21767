"""Waiting for what nothing announces, and longer than people would where the machine is busy."""

import asyncio
import sys
from collections.abc import Callable

import pytest

from bot.store import postgresql

#: seconds that people, Slack or Prometheus wait; beside five other workers an answer may take longer, for no fault
LIMITS = {
    "bot.api.keys": ("LIMIT",),
    "bot.metrics.standing": ("LIMIT",),
    "bot.model.harm": ("LIMIT_S",),
    "bot.run.earlier": ("LIMIT",),
    "bot.run.ring": ("CONNECT_LIMIT",),
    "bot.slack.commands": ("PATIENCE",),
    "bot.slack.hearing": ("TELL_LIMIT",),
    "bot.slack.home": ("PATIENCE", "ASKING"),
    "bot.slack.organisation": ("PATIENCE",),
    "bot.slack.remembered": ("PATIENCE",),
    "bot.slack.shortcut": ("PATIENCE",),
    "bot.slack.tickets": ("PATIENCE",),
    "bot.store.postgresql": ("CONNECT_LIMIT",),
    "tools.backends.http_search": ("LIMIT_S", "CONNECT_S"),
    "tools.backends.ldap.client": ("LIMIT_S",),
    "tools.backends.request_tracker.client": ("LIMIT_S", "CONNECT_S"),
    "tools.backends.scim.client": ("LIMIT_S", "CONNECT_S"),
    "tools.backends.scim.server": ("LIMIT_S", "CONNECT_S"),
}


def wait_longer() -> None:
    """Half a minute where the bot waits for some seconds, unless a test sets the limit itself; for the whole run."""
    patch = pytest.MonkeyPatch()
    for module in LIMITS.keys() & sys.modules.keys():
        for name in LIMITS[module]:
            patch.setattr(sys.modules[module], name, 30)
    patch.setitem(postgresql.LIMITS, "idle_in_transaction_session_timeout", 30_000)


async def until(reached: Callable[[], object], timeout: float = 60) -> None:
    """Returns once it is so; it is asked a hundred times a second. `TimeoutError` after `timeout` s."""
    async with asyncio.timeout(timeout):
        while not reached():
            await asyncio.sleep(0.01)
