"""The agent behind the HTTP API: a question is put into the inbox as any message is, and looked after in the log."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.api.doors import Doors, Principal, too_often
from bot.api.persons import Persons
from bot.api.rates import Rate
from bot.api.reading import Reading
from bot.api.shapes import CONVERSATION, Problem, Question
from bot.api.waits import Gone, Waits
from bot.core.items import API, Sent
from bot.core.known import SlackUser
from bot.store import sent
from bot.store.arrivals import MessageArrived, ThreadId
from bot.store.database import Database

#: random bytes of a conversation's id
BYTES = 16

log = structlog.get_logger()


class Agent:
    """Takes questions of those who were let in, and says how things stand."""

    def __init__(
        self,
        database: Database,
        wake: Callable[[str], None],
        now: Callable[[], datetime],
        doors: Doors,
        persons: Persons,
        rate: Rate,
    ) -> None:
        """`wake` is told of each conversation with something new; `rate` is what each principal may ask."""
        self.waits = Waits(database)
        self._database = database
        self._wake = wake
        self._now = now
        self._doors = doors
        self._persons = persons
        self._rate = rate

    async def enter(self, headers: dict[str, str], address: str) -> Principal:
        """Who asks, if they may ask just now. Raises Problem."""
        principal = await self._doors.enter(headers, address)
        if wait := self._rate.take(f"{principal.tenant}:{principal.name}"):
            raise too_often(wait)
        return principal

    def gone(self, principal: Principal, left: Gone) -> Gone:
        """Whether whoever waits has `left`; it raises Problem once their token has ended."""

        async def gone() -> bool:
            await self._doors.stay(principal)
            return await left()

        return gone

    async def ask(self, principal: Principal, question: Question, key: str | None) -> Reading:
        """The question, taken; one that was sent with this key before is the same one. Raises Problem."""
        user = await self._persons.named(principal, question.user_id)
        known = question.conversation_id
        if known and await self._author(principal, known) != user:
            raise _unknown()
        arrived = self._arrived(principal, user, question, key)
        at = self._now().timestamp()
        conversation, same = await self._database.run(lambda connection: sent.put(connection, arrived, sent_at=at))
        if not same:
            raise Problem(409, "conflict", "This Idempotency-Key was used for another request.")
        self._wake(conversation)
        log.info("asked by the API", conversation=conversation, principal=principal.name)
        assert arrived.sent
        return Reading(conversation, arrived.sent.key)

    async def look(self, principal: Principal, conversation: str) -> Reading:
        """The newest question of a conversation of theirs. Raises Problem."""
        author = await self._author(principal, conversation)
        if author is None:
            raise _unknown()
        await self._persons.named(principal, author)
        return Reading(conversation)

    async def _author(self, principal: Principal, conversation: str) -> SlackUser | None:
        """In whose name a conversation of theirs is led; None where it is none of theirs."""
        of_tenant = conversation.startswith(f"{self._persons.tenant(principal)}:{API}:")
        if not (of_tenant and re.fullmatch(CONVERSATION, conversation)):
            return None

        def look(connection: Connection) -> sent.Whose | None:
            return sent.whose(connection, conversation)

        found = await self._database.run(look)
        return found.author if found and found.token == principal.name else None

    def _arrived(self, principal: Principal, user: SlackUser, question: Question, key: str | None) -> MessageArrived:
        tenant, known = self._persons.tenant(principal), question.conversation_id
        place = known.split(":")[2] if known else secrets.token_urlsafe(BYTES)
        return MessageArrived(
            thread=ThreadId(tenant=tenant, channel=API, thread_ts=place, private=True, token=principal.name),
            author=user,
            text=question.message,
            ts=f"{self._now().timestamp():.6f}",
            sent=Sent(
                token=principal.name,
                owner=principal.owner,
                key=sent.digest(key or secrets.token_urlsafe(BYTES)),
                digest=sent.digest(user, question.user_id, question.message, known),
            ),
        )


def _unknown() -> Problem:
    return Problem(404, "not_found", "There is no such conversation.")
