"""How long things are kept: first what was written goes, then who decided what; the chain stays whole all the time."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from bot.ops.retention import DAY, Keep, keeping, once
from bot.run.kit import utc_now
from bot.store import checkpoint_file, snapshots
from bot.store.tables import conversations, house, inbox, log
from tests.ops.beside import Told, command
from tests.ops.trail import KEY, RESET, SHORT, WIFI, Trail, audit, exported, short

#: half a day after the last item of the trail, which is years ago
LATER = datetime(2020, 11, 21, tzinfo=UTC)


@pytest.fixture
async def over(trail: Trail) -> Trail:
    """Three conversations at rest, years old."""
    await trail.database.run(lambda c: c.execute(update(conversations).values(wake_at=None)))
    return trail


async def contents(trail: Trail) -> dict[str, int]:
    """How many items of each conversation still say something."""
    count = select(log.c.conversation, func.count(log.c.body)).group_by(log.c.conversation)
    return {name: many for name, many in await trail.database.run(lambda c: c.execute(count).all())}  # noqa: C416 -- rows


async def erased(trail: Trail, *words: object) -> Told:
    """`helpdesk purge --older-than 90d --content-only`."""
    told = ("purge", "--older-than", "90d", "--content-only", "--database-url", trail.url)
    return await asyncio.to_thread(command, *told, *words)


async def test_what_was_written_goes_and_who_did_what_when_stays_provable(over: Trail, tmp_path: Path) -> None:
    before, file = await exported(over), tmp_path / "checkpoints.jsonl"
    await checkpoint_file.write(over.database, file, KEY, over.now)
    assert (await erased(over, "--dry-run")).out.startswith("Would erase the content of 3 conversations with 24 items")
    told = await erased(over)
    assert (told.code, told.out[:58]) == (0, "Erased the content of 3 conversations with 24 items, in wh")
    empty: dict[str, Any] = {"body": None, "nonce": None, "content": {}, "arguments": None}
    assert await exported(over) == [each | empty for each in before]
    code, said = await audit(over, "verify", "--checkpoint", file)
    assert (code, said[:60]) == (0, "24 items (24 erased) in 3 conversations; chain whole; checkp"[:60])
    assert (await erased(over)).out.startswith("Erased the content of 0 conversations")


async def test_who_writes_there_again_begins_anew_and_that_is_erased_in_its_turn(over: Trail) -> None:
    await erased(over)
    thread = await over.database.run(lambda c: snapshots.thread_at_head(c, SHORT))
    assert (thread.head, thread.since, thread.turns) == (2, 3, {})
    await over.add(SHORT, short())
    thread = await over.database.run(lambda c: snapshots.thread_at_head(c, SHORT))
    assert [each.author for each in thread.turns.values()] == ["U0SAM"]
    assert (await audit(over, "verify"))[0] == 0
    await over.database.run(lambda c: c.execute(update(conversations).values(wake_at=None)))
    assert (await erased(over)).out.startswith("Erased the content of 1 conversation with ")
    assert set((await contents(over)).values()) == {0}


async def test_where_something_waits_or_does_not_verify_nothing_is_erased(over: Trail) -> None:
    def wait(connection: Connection) -> None:
        connection.execute(update(conversations).where(conversations.c.id == SHORT).values(wake_at=9e9))
        row = {"key": "1", "conversation": RESET, "sent_at": 1, "received_at": 1, "needs_thread": 0, "body": "{}"}
        connection.execute(inbox.insert().values(row))

    await over.database.run(wait)
    await asyncio.to_thread(over.tamper, "UPDATE log SET tool = 'x' WHERE conversation = ? AND seq = 3", WIFI)
    before = await contents(over)
    told = await erased(over)
    assert told.code == 1
    assert "1 more were left, because they are not as they were written" in told.err
    assert await contents(over) == before


async def test_first_content_goes_then_decisions(over: Trail) -> None:
    keep = Keep(content=timedelta(days=90), decisions=timedelta(days=730))
    await once(over.url, KEY, keep, LATER + timedelta(days=89))
    assert 0 not in (await contents(over)).values()
    await once(over.url, KEY, keep, LATER + timedelta(days=90))
    assert set((await contents(over)).values()) == {0}
    await once(over.url, KEY, keep, LATER + timedelta(days=730))
    assert await contents(over) == {}
    assert (await audit(over, "verify"))[1].startswith("0 items in 3 conversations (3 purged, by who had the key)")


async def test_a_running_bot_does_it_once_a_day_and_one_of_several_has_the_turn(over: Trail) -> None:
    keep, at = Keep(content=timedelta(days=90)), select(house.c.at).where(house.c.name == "retention")

    async def done() -> None:
        async with asyncio.timeout(60):
            while set((await contents(over)).values()) != {0}:
                await asyncio.sleep(0.01)

    async with keeping(over.url, KEY, keep, utc_now, look=0.01), keeping(over.url, KEY, keep, utc_now, look=0.01):
        await done()
    begun = await over.database.run(lambda c: c.scalar(at))
    await over.add(SHORT, short())
    await over.database.run(lambda c: c.execute(update(conversations).values(wake_at=None)))
    async with keeping(over.url, KEY, keep, utc_now, look=0.01):
        await asyncio.sleep(0.1)
    assert await over.database.run(lambda c: c.scalar(at)) == begun
    assert (await contents(over))[SHORT] == 2
    async with keeping(over.url, KEY, keep, lambda: utc_now() + timedelta(seconds=DAY), look=0.01):
        await done()


async def test_without_settings_nothing_goes(over: Trail) -> None:
    before = await contents(over)
    async with keeping(over.url, KEY, Keep(), utc_now, look=0.01):
        await asyncio.sleep(0.05)
    assert await contents(over) == before
