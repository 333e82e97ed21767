"""Organisations (Enterprise Grid): who presses something in another workspace than their own is a colleague still.

Slack tells the workspace of whoever pressed, and not whether that belongs to the organisation, so it is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bot.errors import Unanswered
from bot.run.ports import People

#: seconds for the look-up; Slack waits three for the answer
PATIENCE = 2.0

log = structlog.get_logger()


def listen(app: AsyncApp, people_in: Callable[[str], People]) -> None:
    """Where all of an organisation has the bot, its people are of the organisation, whatever their workspace."""

    async def belong(body: dict[str, Any], context: Mapping[str, Any], next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002 -- Bolt's name
        user, enterprise = body.get("user"), context.get("enterprise_id")
        if context.get("is_enterprise_install") and enterprise and isinstance(user, dict):
            elsewhere = user.get("team_id") not in (None, enterprise, context.get("team_id"))
            if elsewhere and await _colleague(people_in(enterprise), str(user.get("id"))):
                user["team_id"] = enterprise
        await next()

    app.use(belong)


async def _colleague(people: People, user: str) -> bool:
    """Slack says so; where it does not answer, they are a stranger."""
    try:
        async with asyncio.timeout(PATIENCE):
            person = await people.who(user)
    except (Unanswered, TimeoutError):
        log.warning("it is not known whose colleague somebody is")
        return False
    return bool(person and person.colleague)
