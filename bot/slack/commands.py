"""The slash command: what somebody types behind /helpdesk. Only who typed sees the answer.

It only looks things up; what changes something is in the inbox before it is answered (switch.py).
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.slack import blocks, enrolling, listed, words
from bot.slack.blocks import Content
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge
from bot.slack.listed import requests_of
from bot.slack.switch import Brake
from bot.slack.text import label
from bot.slack.tickets import PATIENCE, tickets

#: requests in each list
MAX_LISTED = 10


def listen(app: AsyncApp, edge: Edge, brake: Brake) -> None:
    """Attach the listener to the app."""
    app.command("/helpdesk")(_Desk(edge, brake).typed)


class _Desk:
    def __init__(self, edge: Edge, brake: Brake) -> None:
        self._edge = edge
        self._brake = brake

    async def typed(
        self, ack: AsyncAck, body: dict[str, Any], context: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """Somebody typed /helpdesk."""
        typed = body.get("text") or ""
        match " ".join(typed.lower().split()).removeprefix("my "):
            case "freeze" | "unfreeze" as wanted:
                await ack(await self._brake.typed(wanted, body, context))
            case "authenticator":
                await ack(await enrolling.ask(self._edge, body, client) or "")
            case "tickets":
                await ack(**await self._tickets(tenant_here(context), body["user_id"]))
            case "approvals":
                await ack(**await self._approvals(body["user_id"]))
            case "" | "help":
                await ack(words.HELP)
            case _:
                await ack(words.no_such_command(label(typed)))

    async def _tickets(self, tenant: str, user: str) -> Content:
        found, now = await tickets(self._edge, tenant, user), self._edge.now()
        lines = [listed.ticket(each, now) for each in found.open]
        return _told([f"*{words.TICKETS}*", *lines, *([found.instead] if found.instead else [])])

    async def _approvals(self, user: str) -> Content:
        now, url = self._edge.now(), self._edge.kit.workspace_url
        look = partial(requests_of, user=user, now=now, most=MAX_LISTED)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._edge.database.run(look)
        except (TimeoutError, SQLAlchemyError):
            return _told([words.NOT_NOW])
        waiting = [listed.request(each, now, url) for each in found.waiting] or [words.NOTHING_WAITS]
        left = [words.more(found.left)] if found.left else []
        asked = [listed.request(each, now, url) for each in found.asked] or [words.NOTHING_ASKED]
        return _told([f"*{words.WAITING}*", *waiting, *left, f"*{words.ASKED}*", *asked])


def _told(lines: Iterable[str]) -> Content:
    """What others wrote is in it, so it is shown as it stands."""
    lines = list(lines)
    return {"text": "\n".join(lines), "blocks": [blocks.section(line) for line in lines]}
