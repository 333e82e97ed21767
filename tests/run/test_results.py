"""Results that are kept: the same call of the same person, for a moment; never anybody else's, nor what was changed."""

import asyncio
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from bot.core import items
from bot.run.results import Results
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.run.spenders import MORNING, Clock
from tools.spec import Context, Risk, ToolFailed, TryAgain, Untrusted, tool

READ: list[str] = []


@tool(risk=Risk.LOW, read_only=True, cached_s=60)
async def peek(text: str, *, context: Context) -> Untrusted | str:
    """Say who reads."""
    READ.append(text)
    if text == "fails":
        raise ToolFailed("down")
    if text == "wrong":
        raise TryAgain("no such thing")
    whose = f"{context.requester} {'alone' if context.private else 'in public'}"
    return Untrusted(whose, ("U-9",), ("U0EVE",)) if text == "theirs" else whose


@tool(risk=Risk.LOW, idempotent=True)
async def change(text: str) -> str:
    """Change something."""
    return text


async def peeked(desk: Helpdesk, user: str, channel: str = "C0IT") -> items.ToolResult:
    """Somebody lets the bot look; what the log says of that."""
    place = desk.slack.dm(user) if channel == "D" else channel
    thread = await desk.say(user, "look", channel=place)
    await desk.settle()
    found = await desk.items(thread, place)
    assert [each.kind for each in found].count("tool_start") == 1, "the trail has each call"
    (result,) = [each for each in found if isinstance(each, items.ToolResult)]
    return result


def script(*wanted: str) -> ScriptedModel:
    replies = [reply for text in wanted for reply in (call(*text.split(":")[:1], text=text.split(":")[1]), say("ok"))]
    return ScriptedModel(replies)


async def test_the_same_call_of_the_same_person_is_answered_from_memory_for_a_minute(tmp_path: Path) -> None:
    READ.clear()
    clock = Clock()
    async with helpdesk(tmp_path, script(*["peek:x"] * 3), tools=[peek, change], now=clock) as desk:
        first = await peeked(desk, "U0ALEX")
        clock.go(seconds=59)
        again = await peeked(desk, "U0ALEX")
        assert (first.cached, again.cached, again.output, READ) == (False, True, first.output, ["x"])
        clock.go(seconds=1)
        assert not (await peeked(desk, "U0ALEX")).cached
        assert READ == ["x", "x"]


async def test_what_one_person_may_read_is_never_anothers_nor_shown_elsewhere(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, script(*["peek:x"] * 4), tools=[peek, change]) as desk:
        seen = [
            await peeked(desk, user, place) for user, place in (("U0ALEX", "D"), ("U0SAM", "D"), ("U0ALEX", "C0IT"))
        ]
        assert [each.output for each in seen] == ['"U-123 alone"', '"U-456 alone"', '"U-123 in public"']
        assert not any(each.cached for each in seen)
        assert (await peeked(desk, "U0SAM", "D")).output == '"U-456 alone"'


async def test_who_wrote_it_is_remembered_with_it(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, script(*["peek:theirs"] * 2), tools=[peek, change]) as desk:
        first, again = [await peeked(desk, "U0ALEX") for _ in range(2)]
        assert again == first.model_copy(update={"cached": True, "call": again.call, "ms": again.ms})
        assert (again.trusted, again.authors, again.speakers) == (False, ("U-9",), ("U0EVE",))


async def test_whatever_changes_something_ends_what_was_read_before(tmp_path: Path) -> None:
    READ.clear()
    async with helpdesk(tmp_path, script("peek:x", "change:y", "peek:x"), tools=[peek, change]) as desk:
        for _ in range(3):
            assert not (await peeked(desk, "U0ALEX")).cached
        assert READ == ["x", "x"]


async def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    READ.clear()
    async with helpdesk(tmp_path, script("peek:fails", "peek:wrong", "peek:fails", "peek:wrong"), tools=[peek]) as desk:
        for _ in range(4):
            assert not (await peeked(desk, "U0ALEX")).cached
        assert READ == ["fails", "wrong", "fails", "wrong"]


def context(requester: str | None = "U-1", *, private: bool = True, tenant: str = "T1") -> Context:
    key, nothing = f"{tenant}:C1:1.1#4", cast("Any", None)
    return Context(requester=requester, private=private, key=key, now=MORNING, requests=nothing, results=nothing)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "U-1", "U-2"]), st.booleans(), st.sampled_from(["T1", "T2"]), st.sampled_from("ab")
        ),
        max_size=30,
    )
)
def test_only_equal_rights_share_a_result(asked: list[tuple[str | None, bool, str, str]]) -> None:
    kept = Results(most=3)

    async def all_of_them() -> None:
        for number, (requester, private, tenant, text) in enumerate(asked):
            owner = f"{requester} {private} {tenant} {text}"
            wanted = items.Call(turn=2, tool="peek", arguments=f'{{"text": "{text}"}}')

            async def attempt(owner: str = owner, seq: int = number) -> items.ToolResult:
                return items.ToolResult(call=seq, tool="peek", outcome="done", output=owner)

            found = await kept.through(
                peek, wanted, number, context(requester, private=private, tenant=tenant), attempt
            )
            assert isinstance(found, items.ToolResult)
            assert (found.output, found.call) == (owner, number)

    asyncio.run(all_of_them())


async def test_memory_is_bounded_and_what_was_read_while_something_changed_is_not_kept() -> None:
    kept, asked = Results(most=10, chars=100), 0

    async def read(size: int) -> items.ToolResult:
        nonlocal asked
        asked += 1
        return items.ToolResult(call=1, tool="peek", outcome="done", output="x" * size)

    async def look(text: str, size: int = 30) -> bool:
        wanted = items.Call(turn=2, tool="peek", arguments=f'{{"text": "{text}"}}')
        found = await kept.through(peek, wanted, 1, context(), lambda: read(size))
        return isinstance(found, items.ToolResult) and found.cached

    assert [await look(text) for text in "abcabc"] == [False, False, False, True, True, True]
    assert [await look(text) for text in "da"] == [False, False], "the oldest had to go"
    assert [await look("large", 500) for _ in range(2)] == [False, False]

    async def changing() -> items.ToolResult:
        assert not await look("meanwhile")
        return await read(1)

    await kept.through(change, items.Call(turn=2, tool="change", arguments="{}"), 1, context(), changing)
    assert not await look("meanwhile")
