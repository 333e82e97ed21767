"""Slack's limits: what falls under one waits, everything else goes on, and all workers know of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError

from bot.run.kit import utc_now
from bot.slack import budget as limits
from bot.slack.budget import Budget, Closing
from bot.slack.line import Line, Rank
from bot.store import pauses
from bot.store.database import Database
from bot.store.pauses import Limit
from tests.slack.edge import Clock
from tests.slack.office import TEAM, Office, office
from tests.waiting import until

POST = "chat.postMessage"
LIMIT = Limit(TEAM, POST, "C0IT")


async def paused(desk: Office) -> dict[Limit, float]:
    """The pauses that all workers see."""
    return await desk.database.run(lambda connection: pauses.in_force(connection, utc_now().timestamp()))


async def pause_of(desk: Office, limit: Limit, later_than: float = 0.0) -> float:
    """When the pause ends that a worker notes."""
    async with asyncio.timeout(60):
        while (found := (await paused(desk)).get(limit, 0.0)) <= later_than:
            await asyncio.sleep(0.01)
    return found


async def test_a_paused_channel_waits_and_other_channels_are_answered_at_once(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        worker = desk.deliverer("one")
        here, beside, elsewhere = desk.thread(), desk.thread(), desk.thread("C0GENERAL")
        for each in (here, beside, elsewhere):
            await desk.want(each, 1)
        desk.slack.limit(POST, 1, retry_after=2)
        first = desk.start(worker, here)
        over = await pause_of(desk, LIMIT)
        second = desk.start(worker, beside)
        await worker.deliver(elsewhere, asyncio.Event())
        assert desk.ts(elsewhere) < over
        await asyncio.gather(first, second)
        assert min(desk.ts(here), desk.ts(beside)) >= over
        assert desk.calls(POST) == 4, "the one that was refused, and each once"
        assert desk.calls("conversations.replies") == 0, "what was refused for sure is not looked for"


async def test_other_methods_go_on_in_a_paused_channel(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        worker, here, beside = desk.deliverer("one"), desk.thread(), desk.thread()
        await desk.want(here, 1)
        await worker.deliver(here, asyncio.Event())
        await desk.want(beside, 1)
        desk.slack.limit(POST, 1, retry_after=2)
        waiting = desk.start(worker, beside)
        over = await pause_of(desk, LIMIT)
        await desk.want(here, 1)
        await worker.deliver(here, asyncio.Event())
        assert desk.calls("chat.update") == 1
        assert utc_now().timestamp() < over
        await waiting


async def test_what_is_worth_nothing_later_is_left_out_during_a_pause(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        clock = Clock()
        budget = Budget(desk.database, clock, lambda: 0.5)

        async def sign() -> str:
            await desk.client.agents_sessions_setStatus(channel_id="C0IT", status="processing", thread_ts=ts)
            return "shown"

        ts = desk.thread().split(":")[2]
        limit = Limit(TEAM, "agents.sessions.setStatus", "")
        desk.slack.limit(limit.method, 1, retry_after=7)
        assert await budget.spare(limit, sign) is None
        assert await budget.spare(limit, sign) is None
        assert desk.calls(limit.method) == 1, "during the pause Slack is not asked"
        assert clock.pass_(8)
        assert await budget.spare(limit, sign) == "shown"


async def test_a_worker_keeps_the_pause_that_another_one_was_told_of(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        here, beside = desk.thread(), desk.thread()
        await desk.want(here, 1, by="one")
        await desk.want(beside, 1, by="two")
        desk.slack.limit(POST, 1, retry_after=1)
        first = desk.start(desk.deliverer("one"), here)
        over = await pause_of(desk, LIMIT)
        await desk.deliverer("two").deliver(beside, asyncio.Event())
        await first
        assert min(desk.ts(here), desk.ts(beside)) >= over
        assert desk.calls(POST) == 3


async def test_after_a_pause_one_tries_and_the_others_wait_for_what_comes_of_it(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        worker = desk.deliverer("one")
        threads = [desk.thread() for _ in range(5)]
        for each in threads:
            await desk.want(each, 1)
        desk.slack.limit(POST, 1, retry_after=1)
        first = desk.start(worker, threads[0])
        over = await pause_of(desk, LIMIT)
        desk.slack.limit(POST, 1, retry_after=1)
        others = [desk.start(worker, each) for each in threads[1:]]
        again = await pause_of(desk, LIMIT, later_than=over)
        assert desk.calls(POST) == 2
        await asyncio.gather(first, *others)
        assert min(desk.ts(each) for each in threads) >= again
        assert desk.calls(POST) == 7


async def test_a_place_that_is_paused_holds_up_no_other_place_of_the_conversation(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        worker, here = desk.deliverer("one"), desk.thread()
        await desk.want(here, 1, "user:U0SAM")
        await desk.want(here, 2)
        desk.slack.limit("conversations.open", 1, retry_after=100)
        woken = asyncio.Event()
        delivering = desk.start(worker, here, woken)
        await pause_of(desk, Limit(TEAM, "conversations.open"))
        await until(lambda: desk.shown(here) == ["2"])
        await desk.want(here, 3)
        woken.set()
        await until(lambda: desk.shown(here) == ["2", "3"])
        worker.stop()
        await delivering
        assert not desk.slack.messages("D0SAM")


async def test_a_look_up_that_is_limited_goes_on_where_it_was_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        here = desk.thread()
        await desk.want(here, 1, by="another")
        desk.slack.limit("conversations.replies", 2, retry_after=0)
        await desk.deliverer("one").deliver(here, asyncio.Event())
        assert (desk.calls("conversations.replies"), desk.calls(POST), desk.shown(here)) == (3, 1, ["1"])


async def test_a_stop_ends_waiting_and_what_waited_is_shown_by_the_next_process(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        worker, here = desk.deliverer("one"), desk.thread()
        await desk.want(here, 1)
        desk.slack.limit(POST, 1, retry_after=1)
        waiting = desk.start(worker, here)
        await pause_of(desk, LIMIT)
        worker.stop()
        await waiting
        assert await desk.due() == [here]
        await desk.deliverer("two").deliver(here, asyncio.Event())
        assert desk.shown(here) == ["1"]


async def test_who_is_cut_off_while_waiting_loses_nothing_and_holds_nobody_up(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        worker, here, beside = desk.deliverer("one"), desk.thread(), desk.thread()
        await desk.want(here, 1)
        await desk.want(beside, 1)
        desk.slack.limit(POST, 1, retry_after=1)
        waiting = desk.start(worker, here)
        await pause_of(desk, LIMIT)
        behind = desk.start(worker, beside)
        waiting.cancel()
        await behind
        assert (await desk.due(), desk.shown(beside)) == ([here], ["1"])
        await worker.deliver(here, asyncio.Event())
        assert desk.shown(here) == ["1"]


# ── the budget alone ──


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with office(tmp_path) as desk:
        yield desk.database


def calling(name: str, log: list[str]) -> Callable[[], Awaitable[str]]:
    """A call that Slack takes."""

    async def call() -> str:
        log.append(name)
        await asyncio.sleep(0)
        return name

    return call


@given(ranks=st.lists(st.sampled_from(Rank), min_size=1, max_size=12))
async def test_who_waits_goes_by_rank_and_then_in_order(ranks: list[Rank]) -> None:
    line, log = Line(), list[int]()

    async def stand(number: int) -> None:
        async with line.turn(ranks[number]):
            log.append(number)
            await asyncio.sleep(0)

    async with line.turn(Rank.STATUS):
        waiting = [asyncio.create_task(stand(number)) for number in range(len(ranks))]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert log == sorted(range(len(ranks)), key=lambda number: (ranks[number], number))


@given(steps=st.lists(st.integers(0, 5), max_size=12))
async def test_whoever_is_cut_off_in_a_line_holds_nobody_up(steps: list[int]) -> None:
    line, log = Line(), list[int]()

    async def stand(number: int) -> None:
        async with line.turn(Rank(number % 3)):
            await asyncio.sleep(0)
            log.append(number)

    waiting = [asyncio.create_task(stand(number)) for number in range(6)]
    for number in steps:
        await asyncio.sleep(0)
        waiting[number].cancel()
    async with asyncio.timeout(60):
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    stayed = {number for number, end in enumerate(ended) if end is None}
    assert set(log) == stayed
    assert stayed >= set(range(6)) - set(steps)
    assert line.is_over


async def test_a_paused_limit_lets_cards_go_before_answers_and_these_before_a_status(database: Database) -> None:
    budget, log = Budget(database, utc_now, lambda: 0.0), list[str]()
    budget.learn({LIMIT: utc_now().timestamp() + 0.3})
    given_ = [("a", Rank.ANSWER), ("status", Rank.STATUS), ("b", Rank.ANSWER), ("card", Rank.CARD)]
    await asyncio.gather(*(budget.call(LIMIT, calling(name, log), rank=rank) for name, rank in given_))
    assert log == ["a", "card", "b", "status"]


async def test_a_call_that_was_under_way_when_a_pause_began_does_not_end_it(database: Database) -> None:
    clock, log, answered = Clock(), list[str](), asyncio.Event()
    budget = Budget(database, clock, lambda: 0.0)

    async def slow() -> Any:
        return await answered.wait()

    under_way = asyncio.create_task(budget.call(LIMIT, slow))
    await asyncio.sleep(0)
    budget.learn({LIMIT: clock().timestamp() + 0.3})
    answered.set()
    await under_way
    waiting = asyncio.create_task(budget.call(LIMIT, calling("next", log)))
    await asyncio.sleep(0.05)
    assert log == []
    assert await waiting == "next"


async def test_a_line_is_over_when_nobody_stands_in_it_also_where_an_error_is_kept(database: Database) -> None:
    budget, log, kept = Budget(database, utc_now, lambda: 0.0), list[str](), list[BaseException]()

    async def lost() -> str:
        raise TimeoutError

    async def told() -> None:
        try:
            await budget.call(LIMIT, lost)
        except TimeoutError as error:
            # Slack's client keeps errors beyond their time, too: they hold whatever they came through
            kept.append(error)

    budget.learn({LIMIT: utc_now().timestamp() + 0.1})
    await asyncio.gather(*(told() for _ in range(3)))
    assert len(kept) == 3
    assert await budget.spare(LIMIT, calling("next", log)) == "next"


async def test_nobody_waits_longer_than_the_longest_wait_whatever_was_noted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_WAIT", 0.05)
    budget, log = Budget(database, utc_now, lambda: 0.0), list[str]()
    budget.learn({LIMIT: utc_now().timestamp() + 1e9})
    assert await asyncio.wait_for(budget.call(LIMIT, calling("a", log)), 60) == "a"


async def test_other_failures_are_the_callers(database: Database) -> None:
    budget = Budget(database, utc_now, lambda: 0.0)

    async def refused() -> str:
        raise SlackApiError("no", {"ok": False, "error": "channel_not_found"})  # type: ignore[no-untyped-call]

    with pytest.raises(SlackApiError):
        await budget.call(LIMIT, refused)
    budget.learn({LIMIT: utc_now().timestamp() + 60})
    budget.stop()
    with pytest.raises(Closing):
        await budget.call(LIMIT, refused)
