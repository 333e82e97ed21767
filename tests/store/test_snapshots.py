"""A snapshot changes nothing: with one that fits a load begins there, and every other is as if it were not there."""

import pytest
from sqlalchemy import Connection, delete, func, select, text, update

from bot.core import items
from bot.core.fold import fold
from bot.core.items import Entry
from bot.core.thread import Thread
from bot.errors import LostClaim
from bot.store import chain, log, snapshots
from bot.store.database import Database
from bot.store.tables import conversations
from bot.store.tables import log as log_table
from bot.store.tables import snapshots as table
from tests.core.story import Story

HERE = "T:C:1"


def nonce() -> bytes:
    return b"n" * 16


def a_long_story() -> Story:
    """Two requests, of which one is open, behind many turns."""
    story = Story()
    for _ in range(60):
        turn = story.turn()
        (call,) = story.calls(turn, ("look", '{"query":"a"}'))
        story.ran(call)
        story.answer(turn)
    call, number = story.asked()
    story.approve(number)
    story.ran(call)
    story.answer(max(story.thread.turns))
    story.given()
    return story


async def kept(database: Database, story: Story, at: int) -> None:
    """The story is in the log, and a snapshot of it behind item `at`."""

    def write(connection: Connection) -> None:
        head = fold(story.entries[:at])
        head_hash = log.append(connection, HERE, story.entries[:at], nonce, None)
        snapshots.keep(connection, HERE, head, head_hash, 0)
        if story.entries[at:]:
            log.append(connection, HERE, story.entries[at:], nonce, None)

    await database.run(write)


async def thread(database: Database) -> Thread:
    return await database.run(lambda connection: snapshots.thread_at_head(connection, HERE))


async def begins_at(database: Database) -> int:
    """How far the snapshot saves the fold."""
    return (await database.run(lambda connection: snapshots.newest(connection, HERE, 0))).head


async def test_a_load_begins_at_the_snapshot_and_gives_what_the_whole_log_gives(database: Database) -> None:
    story = a_long_story()
    await kept(database, story, 250)
    assert await begins_at(database) == 250
    assert await thread(database) == story.thread == fold(story.entries)


async def test_a_snapshot_is_made_now_and_then(database: Database) -> None:
    story = a_long_story()

    def write(connection: Connection) -> None:
        done = 0
        for size in (snapshots.EVERY - 10, 9, 1, snapshots.EVERY - 1):
            some = story.entries[done : done + size]
            head_hash = log.append(connection, HERE, some, nonce, None)
            snapshots.keep(connection, HERE, fold(story.entries[: done + size]), head_hash, done)
            done += size
            made.append(connection.scalar(select(func.max(table.c.seq))))

    made: list[int | None] = []
    await database.run(write)
    assert made == [None, None, snapshots.EVERY, snapshots.EVERY]


@pytest.mark.parametrize(
    "change",
    [
        update(table).values(hash="0" * 64),
        update(table).values(version="of another code"),
        update(table).values(body='{"head":250,"frozen":"perhaps"}'),
        update(table).values(seq=249),
        delete(table),
    ],
    ids=["another past", "another code", "damaged", "another place", "none"],
)
async def test_a_snapshot_that_does_not_fit_is_as_if_it_were_not_there(database: Database, change: object) -> None:
    story = a_long_story()
    await kept(database, story, 250)
    await database.run(lambda connection: connection.execute(change))  # type: ignore[call-overload]  # one of several
    assert await begins_at(database) == 0
    assert await thread(database) == story.thread


async def test_a_snapshot_is_of_this_code_alone() -> None:
    assert len(snapshots.version()) == 64


# ── purged ──


async def purged(database: Database, to: int) -> None:
    """All items up to this one are gone; the conversation's row stays."""

    def purge(connection: Connection) -> None:
        connection.execute(delete(log_table).where(log_table.c.seq <= to))
        connection.execute(update(conversations).values(purged_to=to))

    await database.run(purge)


async def test_a_purged_conversation_goes_on_at_the_next_item_as_a_new_one(database: Database) -> None:
    story = a_long_story()
    end = len(story.entries)
    await kept(database, story, 250)
    await purged(database, end)
    assert await thread(database) == Thread(head=end, since=end + 1)
    opened = Entry(seq=end + 1, at=story.now, item=story.entries[0].item)
    await database.run(lambda c: log.append(c, HERE, [opened], nonce, None, gone=(end, 0)))
    rows = await database.run(lambda c: c.execute(text("SELECT seq, prev_hash FROM log")).all())
    assert [row.seq for row in rows] == [end + 1]
    assert rows[0].prev_hash != chain.GENESIS
    assert (await thread(database)).opened == story.thread.opened


async def test_who_does_not_know_that_the_conversation_was_purged_cannot_go_on(database: Database) -> None:
    story = a_long_story()
    end = len(story.entries)
    await kept(database, story, 250)
    await purged(database, end)
    said = Entry(seq=end + 1, at=story.now, item=items.Thawed())
    with pytest.raises(LostClaim):
        await database.run(lambda c: log.append(c, HERE, [said], nonce, None))


async def test_a_writer_whose_place_was_written_and_purged_since_loses(database: Database) -> None:
    story = a_long_story()
    await kept(database, story, 250)
    await database.run(lambda c: c.execute(delete(log_table).where(log_table.c.seq > 200)))
    with pytest.raises(LostClaim):
        await database.run(lambda c: log.append(c, HERE, story.entries[200:201], nonce, None))
