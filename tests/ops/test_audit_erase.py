"""Erased content is gone, and everything else is as it was: the chain, the order, who did what when."""

import pytest

from bot.core.fold import fold
from bot.core.items import UserMessage
from bot.store import log
from bot.store.log import Erased
from tests.ops.trail import RESET, SHORT, WIFI, Trail, audit, exported, short


async def test_only_body_and_nonce_of_the_named_items_go(trail: Trail) -> None:
    before = await exported(trail)
    await trail.erase(WIFI, 2, 3, 999)
    await trail.erase(RESET)
    for was, now in zip(before, await exported(trail), strict=True):
        gone = now["conversation"] == WIFI and now["seq"] in (2, 3)
        empty: dict[str, object] = {"body": None, "nonce": None, "content": {}, "arguments": None}
        assert now == (was | empty if gone else was)
    assert (await audit(trail, "verify"))[1].startswith("24 items (2 erased) in 3 conversations; chain whole")


async def test_an_erased_message_is_read_without_its_words_and_the_conversation_goes_on(trail: Trail) -> None:
    before = await trail.database.run(lambda c: log.read(c, WIFI))
    await trail.erase(WIFI, 2, 6)
    after = await trail.database.run(lambda c: log.read(c, WIFI))
    assert after[1].item == UserMessage(author="U0ALEX", text="[erased]", ts="", joins=None)
    assert [entry for entry in after if entry.seq not in (2, 6)] == [each for each in before if each.seq not in (2, 6)]
    assert (fold(after).head, fold(after).speakers) == (fold(before).head, fold(before).speakers)
    await trail.add(WIFI, short()[1:])
    assert (await audit(trail, "verify"))[0] == 0


async def test_an_erased_message_still_joins_the_turn_it_joined(trail: Trail) -> None:
    await trail.add(SHORT, [UserMessage(author="U0SAM", text="more", ts="3.4", joins=2)])
    await trail.erase(SHORT, 2, 3)
    first, second = (await trail.database.run(lambda c: log.read(c, SHORT)))[1:]
    assert isinstance(first.item, UserMessage)
    assert isinstance(second.item, UserMessage)
    assert (first.item.joins, second.item.joins) == (None, 2)


async def test_of_other_erased_items_the_skeleton_is_read(trail: Trail) -> None:
    await trail.erase(WIFI, 3, 5)
    after = await trail.database.run(lambda c: log.read(c, WIFI))
    left: list[object] = [after[2].item, after[4].item]
    assert left == [Erased("call", 2, 3, "search_kb", None), Erased("tool_result", None, 3, "search_kb", None)]


@pytest.mark.parametrize("column", ["body", "nonce"])
async def test_half_an_erasure_is_a_change(trail: Trail, column: str) -> None:
    trail.tamper(f"UPDATE log SET {column} = NULL WHERE conversation = ? AND seq = 4", WIFI)  # noqa: S608
    assert await audit(trail, "verify") == (1, f"{WIFI}, item 4: its content is erased in part only.\n")
