"""Deletions and who works where: no worker remembers what another one erased, and nothing is too old to be erased."""

import asyncio
from pathlib import Path

from bot.core import items
from bot.run.kit import Kit
from bot.run.worker import Worker
from bot.store.arrivals import DeletionArrived, MessageArrived
from tests.core.story import ALEX
from tests.fakes.model import ScriptedModel, say
from tests.run.growing import HERE, PLACE, advance, arrives, at_work, conversation, entries_of, said, write

SECRET = "my password is swordfish"


async def tells(kit: Kit, ts: str, worker: Worker | None = None) -> None:
    """Alex writes something that should not be kept, and is answered."""
    assert isinstance(kit.model, ScriptedModel)
    kit.model.replies.append(say("Never tell that."))
    await arrives(kit, MessageArrived(thread=PLACE, author=ALEX, text=SECRET, ts=ts), f"message:{ts}")
    await advance(kit, worker=worker)


def held(worker: Worker) -> str:
    """What the worker has of its conversations in memory."""
    return str([(claim.entries, vars(claim.history), claim.thread) for claim in worker._recalled._claims.values()])


async def test_a_worker_that_comes_back_forgets_what_another_one_erased(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        assert isinstance(kit.model, ScriptedModel)
        await kit.database.run(lambda connection: write(connection, conversation(20)))
        first = Worker(kit, lambda _: None)
        await tells(kit, "5.5", first)
        assert "swordfish" in held(first)

        await arrives(kit, DeletionArrived(ts="5.5"), "deletion:5.5")
        await advance(kit)
        await said(kit, "Well.", "m1")
        await first.advance(HERE, asyncio.Event())
        assert "swordfish" not in str(kit.model.prompts[-1].items)
        assert "swordfish" not in held(first)

        await said(kit, "Well.", "m2")
        await advance(kit)
        shown = kit.model.prompts[-2].items
        assert kit.model.prompts[-1].items[: len(shown)] == shown, "a cold worker shows what the warm one did"


async def test_what_is_left_out_for_long_is_erased_all_the_same(tmp_path: Path) -> None:
    async with at_work(tmp_path) as kit:
        entries = conversation(600)
        await kit.database.run(lambda connection: write(connection, entries))
        await arrives(kit, DeletionArrived(ts="1.1"), "deletion:1.1")
        await advance(kit)
        found = await entries_of(kit)
        first = found[1].item
        assert isinstance(first, items.UserMessage)
        assert (first.text, first.ts) == ("[erased]", "")
        assert [entry.item.kind for entry in found[len(entries) :]] == ["deleted"], "the model does not see it anyway"
