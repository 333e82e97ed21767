"""A conversation costs the same to go on with at its tenth item and at its ten-thousandth, also for a worker that
never saw it; what the model is shown does not grow for ever either.

Counted are rows, items and characters, not seconds.
"""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, update

from bot.core import items
from bot.core.exchange import Called, Output
from bot.core.fold import fold
from bot.core.rebase import KEPT, LEFT_OUT
from bot.core.summary import LEFT_OUT as LEFT_OUT_LINE
from bot.run.kit import Kit
from bot.run.worker import Worker
from bot.store import erasure
from bot.store import log as stored
from bot.store.snapshots import EVERY
from bot.store.tables import conversations, deliveries, log, snapshots
from tests.core import promises
from tests.fakes.model import ScriptedModel
from tests.run.growing import HERE, advance, at_work, conversation, entries_of, kinds, rows_read, said, write

#: what is shown at most, in whole turns; what follows the newest snapshot; what is looked up besides
BOUND = KEPT + LEFT_OUT + 2 * EVERY + 50


@pytest.mark.parametrize("length", [10, 700, 5_000])
async def test_a_worker_that_never_saw_the_conversation_reads_no_more_of_a_long_one(
    tmp_path: Path, length: int
) -> None:
    async with at_work(tmp_path) as kit:
        await kit.database.run(lambda connection: write(connection, conversation(length)))
        await said(kit, "Try again.", "m1")
        with rows_read(kit.database) as counted:
            await advance(kit)
        assert (await kinds(kit))[-3:] == ["user_message", "facts", "model_output"]
        assert counted["log"] <= BOUND
        assert counted["rows"] <= BOUND + 20
        assert counted["statements"] <= 25


async def test_a_worker_that_has_the_conversation_in_its_memory_reads_only_what_is_new(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        await kit.database.run(lambda connection: write(connection, conversation(1_000)))
        worker = Worker(kit, lambda _: None)
        await said(kit, "Try again.", "m1")
        await worker.advance(HERE, asyncio.Event())
        await said(kit, "Try again.", "m2")
        with rows_read(kit.database) as counted:
            await worker.advance(HERE, asyncio.Event())
        assert counted["log"] == 0


async def test_what_the_model_is_shown_begins_anew_with_whole_turns(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        assert isinstance(kit.model, ScriptedModel)
        entries = conversation(3_000)
        await kit.database.run(lambda connection: write(connection, entries))
        await said(kit, "Try again.", "m1")
        await advance(kit)
        (prompt,) = kit.model.prompts
        assert prompt.items[0] == LEFT_OUT_LINE
        promises.paired(prompt.items)
        shown = [each for each in prompt.items if isinstance(each, Called | Output)]
        assert KEPT // 7 <= len(shown) // 2 <= (KEPT + LEFT_OUT) // 7 + 1
        rebases = [entry for entry in entries if isinstance(entry.item, items.Rebase)]
        # whole turns of seven items are left out, so each time a few more than LEFT_OUT
        assert (3_000 - KEPT) // (LEFT_OUT + 7) <= len(rebases) <= 3_000 // LEFT_OUT


async def test_a_rebase_is_written_by_the_worker_that_makes_it_and_shows_from_there_on(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        assert isinstance(kit.model, ScriptedModel)
        worker, wanted = Worker(kit, lambda _: None), 0
        await kit.database.run(lambda connection: write(connection, conversation(LEFT_OUT + KEPT - 10)))
        for turn in range(8):
            await said(kit, "Try again.", f"m{turn}")
            await worker.advance(HERE, asyncio.Event())
            wanted += "rebase" in await kinds(kit)
        assert wanted
        found = await entries_of(kit)
        assert len([entry for entry in found if isinstance(entry.item, items.Rebase)]) == 1
        first = next(i for i, prompt in enumerate(kit.model.prompts) if prompt.items[0] == LEFT_OUT_LINE)
        before, after = kit.model.prompts[:first], kit.model.prompts[first:]
        assert before
        assert len(after[0].items) < len(before[-1].items) / 2
        for some in (before, after):
            for earlier, later in pairwise(some):
                assert later.items[: len(earlier.items)] == earlier.items


async def test_what_a_worker_has_in_memory_is_what_a_new_one_reads(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        assert isinstance(kit.model, ScriptedModel)
        entries = conversation(LEFT_OUT + KEPT - 10)
        await kit.database.run(lambda connection: write(connection, entries))
        for turn in range(6):
            await said(kit, "Try again.", f"m{turn}")
            await advance(kit)
        cold = [prompt.items for prompt in kit.model.prompts]
        assert fold(await entries_of(kit)).since
    (tmp_path / "other").mkdir()
    async with at_work(tmp_path / "other") as kit:
        assert isinstance(kit.model, ScriptedModel)
        worker = Worker(kit, lambda _: None)
        await kit.database.run(lambda connection: write(connection, entries))
        for turn in range(6):
            await said(kit, "Try again.", f"m{turn}")
            await worker.advance(HERE, asyncio.Event())
        assert [prompt.items for prompt in kit.model.prompts] == cold


async def long_one(kit: Kit, memory: str) -> tuple[Worker, int]:
    """A worker that has a long conversation in its memory, where that is `full`; and the conversation's last item."""
    await kit.database.run(lambda connection: write(connection, conversation(100)))
    worker = Worker(kit, lambda _: None)
    if memory == "full":
        await said(kit, "Try again.", "m1")
        await worker.advance(HERE, asyncio.Event())
    return worker, (await entries_of(kit))[-1].seq


@pytest.mark.parametrize("memory", ["empty", "full"])
async def test_an_erased_conversation_begins_anew_and_nothing_of_it_comes_back(tmp_path: Path, memory: str) -> None:
    async with at_work(tmp_path) as kit:
        worker, end = await long_one(kit, memory)

        def erase(connection: Connection) -> list[erasure.Reach]:
            connection.execute(update(conversations).values(wake_at=None))
            connection.execute(update(deliveries).values(due=0))
            return erasure.erase(connection, [erasure.Reach(HERE, end, 1, end)])

        assert await kit.database.run(erase)
        await said(kit, "Good morning.", "m2")
        await worker.advance(HERE, asyncio.Event())
        found = await kit.database.run(lambda c: stored.read(c, HERE, after=end))
        assert [entry.item.kind for entry in found] == ["opened", "user_message", "facts", "model_output"]
        assert isinstance(kit.model, ScriptedModel)
        assert len(kit.model.prompts[-1].items) == 1
        kept = select(log.c.seq).where(log.c.seq <= end, log.c.body.is_not(None))
        assert await kit.database.run(lambda c: c.scalars(kept).all()) == []
        ends = select(snapshots.c.seq).where(snapshots.c.seq <= end)
        assert await kit.database.run(lambda c: c.scalars(ends).all()) == []


@pytest.mark.parametrize("memory", ["empty", "full"])
async def test_a_purged_conversation_goes_on_as_one_that_nobody_knows(tmp_path: Path, memory: str) -> None:
    async with at_work(tmp_path) as kit:
        worker, end = await long_one(kit, memory)

        def purge(connection: Connection) -> None:
            connection.execute(delete(log))
            connection.execute(update(conversations).values(purged_to=end))

        await kit.database.run(purge)
        await said(kit, "Good morning.", "m2")
        await worker.advance(HERE, asyncio.Event())
        found = await entries_of(kit)
        assert [entry.item.kind for entry in found] == ["opened", "user_message", "facts", "model_output"]
        assert found[0].seq == end + 1
        assert isinstance(kit.model, ScriptedModel)
        assert len(kit.model.prompts[-1].items) == 1
