"""The slash command: what somebody types behind /helpdesk. Only who typed sees the answer.

It only looks things up; what changes something is in the inbox before it is answered (switch.py).
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.slack import blocks, listed, words
from bot.slack.blocks import Content
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge
from bot.slack.home import SHOWN
from bot.slack.switch import Brake
from bot.slack.text import label
from bot.slack.tickets import PATIENCE, tickets
from bot.store import lists
from bot.store.lists import Listed

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
                await ack(await self._brake.authenticator(body, client) or "")
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
        return _told([words.TICKETS, *lines, *([found.instead] if found.instead else [])])

    async def _approvals(self, user: str) -> Content:
        now, url = self._edge.now(), self._edge.kit.workspace_url

        def look(connection: Connection) -> tuple[list[Listed], int, list[Listed]]:
            waiting, in_all = lists.waiting_for(connection, user, MAX_LISTED)
            return waiting, in_all, lists.asked_by(connection, user, (now - SHOWN).timestamp(), MAX_LISTED)

        try:
            async with asyncio.timeout(PATIENCE):
                waiting, in_all, asked = await self._edge.database.run(look)
        except (TimeoutError, SQLAlchemyError):
            return _told([words.NOT_NOW])
        left = [f"… and {in_all - len(waiting)} more."] if in_all > len(waiting) else []
        first = [listed.request(each, now, url) for each in waiting] or [words.NOTHING_WAITS]
        second = [listed.request(each, now, url) for each in asked] or [words.NOTHING_ASKED]
        return _told([words.WAITING, *first, *left, words.ASKED, *second])


def _told(lines: Iterable[str]) -> Content:
    """What others wrote is in it, so it is shown as it stands."""
    lines = list(lines)
    return {"text": "\n".join(lines), "blocks": [blocks.section(line) for line in lines]}
