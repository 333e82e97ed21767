"""What other people wrote in a thread before we were called into it: read once, cut, and never more than a quote."""

import asyncio
from collections.abc import Iterable, Iterator

from bot.core import items
from bot.core.change import cut
from bot.core.items import EarlierMessage
from bot.core.thread import Thread
from bot.run.kit import Kit
from bot.store import links

#: messages that are read, characters of one and of all together
MAX_MESSAGES, MAX_TEXT, MAX_TOGETHER = 50, 2_000, 20_000

#: time limit, seconds
LIMIT = 5


async def earlier(kit: Kit, thread: Thread, turn: int) -> items.Earlier:
    """What was said before, as far as there is room. Raises Unanswered or TimeoutError."""
    assert thread.opened
    place = thread.opened
    async with asyncio.timeout(LIMIT):
        where = (place.conversation.partition(":")[0], place.channel, place.thread_ts)
        found, whole = await kit.threads.before(*where, thread.called_at, MAX_MESSAGES)
    kept = list(_cut(found))
    authors = tuple(dict.fromkeys(each.author for each in kept))
    known = await kit.database.run(lambda connection: [links.of_user(connection, user) for user in authors])
    return items.Earlier(
        turn=turn,
        messages=tuple(kept),
        authors=authors,
        records=tuple(dict.fromkeys(link.record for link in known if link)),
        complete=whole and len(kept) == len(found),
    )


def unread(turn: int) -> items.Earlier:
    """There is something, and it could not be read."""
    return items.Earlier(turn=turn, messages=(), complete=False)


def _cut(found: Iterable[EarlierMessage]) -> Iterator[EarlierMessage]:
    """The newest that fit, oldest first."""
    short = [each.model_copy(update={"text": cut(each.text, MAX_TEXT)}) for each in found]
    while sum(len(each.text) for each in short) > MAX_TOGETHER:
        del short[0]
    yield from short
