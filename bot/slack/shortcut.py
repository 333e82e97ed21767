"""The message shortcut: somebody asks about a message, and the answer comes in their direct messages with us.

Promise: what is sent is a conversation once, however often it is sent; or the form says that it is none. The message is
quoted as the words of who wrote it, and gives nobody any power.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core.items import Quoted
from bot.core.permalink import permalink
from bot.core.words import NOT_A_COLLEAGUE
from bot.slack import asked, forms, words
from bot.slack.asked import MAX_QUESTION, About
from bot.slack.card_words import NOT_STORED
from bot.slack.clients import tenant_here
from bot.slack.edge import Edge, opened, tenant_of
from bot.slack.search import find_post
from bot.store import inbox
from bot.store.arrivals import MessageArrived, ThreadId

#: what the first message of such a conversation carries, so that it can be found again
EVENT_TYPE = "helpdesk_asked"

#: seconds within which all is done; Slack waits three
PATIENCE = 2.5

#: a form that was opened longer ago than this and is sent again begins anew, seconds
REMEMBERED = 3_600

log = structlog.get_logger()


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listeners to the app."""
    hand = _Hand(edge)
    app.message_shortcut("ask_helpdesk")(hand.form)
    app.view("ask_helpdesk")(hand.sent)


@dataclass(frozen=True, slots=True)
class _Question:
    """What was sent: by whom, about what, and Slack's id of the form."""

    tenant: str
    user: str
    about: About
    text: str
    form: str

    @property
    def key(self) -> str:
        return f"asked:{self.tenant}:{self.form}"


class _Hand:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def form(
        self, ack: AsyncAck, body: dict[str, Any], context: Mapping[str, Any], client: AsyncWebClient
    ) -> None:
        """Ask helpdesk was chosen in the menu of a message."""
        await ack()
        about = About.of(body)
        form = asked.form(about) if _ours(body, context) else forms.notice_form(NOT_A_COLLEAGUE)
        await opened(client, body, form)

    async def sent(
        self,
        ack: AsyncAck,
        body: dict[str, Any],
        view: dict[str, Any],
        context: Mapping[str, Any],
        client: AsyncWebClient,
    ) -> None:
        """The question was sent."""
        text = forms.typed(view, "question")[:MAX_QUESTION]
        about = About.carried(view.get("private_metadata") or "")
        if not _ours(body, context):
            await _wrong(ack, NOT_A_COLLEAGUE)
        elif about is None:
            await _wrong(ack, NOT_STORED)
        elif not text:
            await _wrong(ack, words.NO_QUESTION)
        else:
            await self._take(ack, client, _Question(tenant_here(context), body["user"]["id"], about, text, view["id"]))

    async def _take(self, ack: AsyncAck, client: AsyncWebClient, question: _Question) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                link = await self._begun(client, question)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, SQLAlchemyError) as error:
            log.warning("a question could not be taken", error=type(error).__name__)
            await _wrong(ack, NOT_STORED)
        else:
            await ack(response_action="update", view=forms.notice_form(words.asked_here(link)))

    async def _begun(self, client: AsyncWebClient, question: _Question) -> str:
        """Make a conversation of it, once; the address of its first message, empty where links are not known."""
        database, url = self._edge.database, self._edge.kit.workspace_url
        before = await database.run(lambda connection: inbox.place_of(connection, question.key))
        _, channel, ts = (before or await self._new(client, question)).split(":")
        return permalink(url, channel, ts, ts) if url else ""

    async def _new(self, client: AsyncWebClient, question: _Question) -> str:
        """The conversation, which begins with a message of ours, unless the same was sent twice at once."""
        direct = (await client.conversations_open(users=question.user))["channel"]["id"]
        since = self._edge.now().timestamp() - REMEMBERED
        found = await find_post(
            lambda page: client.conversations_history(**page), direct, EVENT_TYPE, question.form, since
        )
        ts = found or await self._posted(client, direct, question)
        place = ThreadId(tenant=question.tenant, channel=direct, thread_ts=ts, private=True)
        taken = await self._edge.database.run(lambda connection: self._put(connection, place, question))
        self._edge.wake(taken)
        if taken != place.conversation:
            with suppress(SlackApiError, aiohttp.ClientError):
                await client.chat_delete(channel=direct, ts=ts)
        return taken

    async def _posted(self, client: AsyncWebClient, direct: str, question: _Question) -> str:
        link = question.about.link(self._edge.kit.workspace_url)
        content = asked.first_message(question.user, question.text, question.about, link)
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": question.form}}
        message = {**content, "channel": direct, "metadata": metadata}
        posted = await client.chat_postMessage(unfurl_links=False, unfurl_media=False, **message)
        return str(posted["ts"])

    def _put(self, connection: Connection, place: ThreadId, question: _Question) -> str:
        """The conversation that the question is in now."""
        about = question.about
        quoted = Quoted(author=about.author, text=about.text, permalink=about.link(self._edge.kit.workspace_url))
        arrived = MessageArrived(
            thread=place, author=question.user, text=question.text, ts=place.thread_ts, quoted=quoted
        )
        at, now = float(place.thread_ts), self._edge.now().timestamp()
        inbox.put(connection, question.key, place.conversation, arrived, sent_at=at, received_at=now)
        return inbox.place_of(connection, question.key) or place.conversation


def _ours(body: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """The person belongs to where the app is installed."""
    return tenant_of(body) == tenant_here(context)


async def _wrong(ack: AsyncAck, words_: str) -> None:
    await ack(response_action="errors", errors={"question": words_})
