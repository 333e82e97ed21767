"""What people press below an answer: whether it helped, and that they want a person.

Promise: only people of the thread's tenant count, and only where the thread can be read; one press is stored once.
"""

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.core.known import SlackUser
from bot.slack import blocks, solved, words
from bot.slack.blocks import Content
from bot.slack.card_words import FORGED, NOT_STORED
from bot.slack.edge import Edge, tenant_of, thread_of
from bot.slack.solved import Answer
from bot.store import inbox, turns
from bot.store.arrivals import FeedbackArrived, HumanWanted

Pressed = FeedbackArrived | HumanWanted

log = structlog.get_logger()


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listeners to the app."""
    ear = _Ear(edge)
    app.action("feedback")(ear.voted)
    app.action("human")(ear.wanted)


class _Ear:
    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def voted(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Thumbs up or down."""
        await ack()
        answer, verdict = solved.read(body["actions"][0].get("value")) or (None, None)
        if answer is None or verdict is None:
            await _whisper(client, body, {"text": FORGED})
            return
        arrived = FeedbackArrived(turn=answer.turn, actor=body["user"]["id"], verdict=verdict)
        refusal = await self._stored(body, answer, "feedback", lambda _: arrived)
        await _whisper(client, body, {"text": refusal} if refusal else _thanks(answer, verdict))

    async def wanted(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Get a human."""
        await ack()
        answer, verdict = solved.read(body["actions"][0].get("value")) or (None, None)
        if answer is None or verdict is not None:
            await _whisper(client, body, {"text": FORGED})
            return
        actor = body["user"]["id"]
        refusal = await self._stored(
            body, answer, "human", lambda author: HumanWanted(turn=answer.turn, author=author, actor=actor)
        )
        await _whisper(client, body, {"text": refusal or words.WANTED})

    async def _stored(
        self, body: dict[str, Any], answer: Answer, pressed: str, arrived: Callable[[SlackUser], Pressed]
    ) -> str | None:
        """Put what `arrived` makes of the answer's author into the inbox; else the sentence that says why not."""
        at, key = self._edge.now().timestamp(), f"{pressed}:{body['trigger_id']}"

        def store(connection: Connection) -> bool:
            author = turns.author_of(connection, answer.conversation, answer.turn)
            if author is None or not _reads(body, answer, author):
                return False
            inbox.put(connection, key, answer.conversation, arrived(author), sent_at=at, received_at=at)
            return True

        try:
            if not await self._edge.database.run(store):
                return FORGED
        except SQLAlchemyError:
            log.exception("a press below an answer was not stored", pressed=pressed)
            return NOT_STORED
        self._edge.wake(answer.conversation)
        return None


def _reads(body: dict[str, Any], answer: Answer, author: str) -> bool:
    """The person belongs to the thread's tenant, and pressed it there or got the answer themselves."""
    tenant, channel, thread = answer.conversation.split(":")
    here = (body["channel"]["id"], thread_of(body)) == (channel, thread)
    return tenant_of(body) == tenant and (here or body["user"]["id"] == author)


def _thanks(answer: Answer, verdict: solved.Verdict) -> Content:
    if verdict == "good":
        return {"text": words.THANKS}
    return {"text": words.SORRY, "blocks": [blocks.section(words.SORRY, solved.human(answer))]}


async def _whisper(client: AsyncWebClient, body: dict[str, Any], content: Content) -> None:
    """Where Slack does not take it, its error passes through, and Slack itself shows that the press did not work."""
    where = {"channel": body["channel"]["id"], "thread_ts": thread_of(body)}
    await client.chat_postEphemeral(user=body["user"]["id"], **where, **content)
