"""Streams in trouble: Slack refuses, ends or forgets them, the process dies. The answer arrives, once."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.playground.web_api import ANSWER_LOST, CONNECTION_LOST
from bot.slack import streams
from bot.store import streams as rows
from tests.fakes.model import ScriptedModel, say
from tests.rig import CHANNEL, Helpdesk, helpdesk, kill
from tests.slack.growing import (
    APPEND,
    FIRST,
    LAST,
    POST,
    SECOND,
    START,
    STOP,
    UPDATE,
    WHOLE,
    bots,
    calls,
    growing,
    in_a_hurry,
    markdown,
    one_whole_answer,
    solid,
)
from tests.slack.speaking import Piece, SpeakingModel
from tests.waiting import until

__all__ = ["in_a_hurry"]

pytestmark = pytest.mark.usefixtures("in_a_hurry")


@pytest.mark.parametrize(
    "how", [502, "internal_error", "fatal_error", "not_allowed", CONNECTION_LOST, ANSWER_LOST, 429]
)
@pytest.mark.parametrize("method", [START, APPEND, STOP])
async def test_the_answer_arrives_once_whatever_befalls_the_stream(tmp_path: Path, method: str, how: str | int) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST])) as desk:
        if how == 429:
            desk.slack.limit(method, 1, retry_after=1)
        else:
            desk.slack.fail(method, 1, how)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: bool(calls(desk, START)))
        await asyncio.sleep(0.05)
        first.set()
        await asyncio.sleep(0.1)
        second.set()
        await one_whole_answer(desk, thread)


@pytest.mark.parametrize("moment", ["growing", "before the last words"])
async def test_a_stream_that_slack_ended_is_completed_in_its_place(tmp_path: Path, moment: str) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, second, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        stream = await growing(desk, thread, "First paragraph")
        if moment == "growing":
            desk.slack.end_streams()
        first.set()
        if moment != "growing":
            await growing(desk, thread, "Second paragraph")
            desk.slack.end_streams()
        second.set()
        assert (await one_whole_answer(desk, thread)).ts == stream.ts


@pytest.mark.parametrize("code", ["edit_window_closed", "message_not_found", "cant_update_message"])
async def test_a_stream_that_can_not_be_changed_any_more_is_said_again_whole(tmp_path: Path, code: str) -> None:
    gate = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, gate, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await growing(desk, thread, "First paragraph")
        desk.slack.end_streams()
        desk.slack.fail(UPDATE, 1, code)
        gate.set()
        await desk.settle()
        *_, last = bots(desk, thread)
        assert solid(markdown(last)) == solid(FIRST + LAST)
        assert calls(desk, POST) == [POST]


# ── processes that die ──


async def _while_it_grows(desk: Helpdesk, thread: str) -> None:
    await growing(desk, thread, "First paragraph")


async def _before_slack_answers(desk: Helpdesk, thread: str) -> None:
    await until(lambda: any(each.streaming for each in bots(desk, thread)))


@pytest.mark.parametrize("answer", [WHOLE, "Other words."])
@pytest.mark.parametrize("moment", [_while_it_grows, _before_slack_answers])
async def test_killed_while_the_answer_grows(
    tmp_path: Path, moment: Callable[[Helpdesk, str], Awaitable[None]], answer: str
) -> None:
    async with helpdesk(tmp_path, SpeakingModel([FIRST, asyncio.Event()])) as desk:
        if moment is _before_slack_answers:
            desk.slack.fail(START, 1, ANSWER_LOST)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await moment(desk, thread)
        kill()
    async with helpdesk(tmp_path, ScriptedModel([say(answer)]), slack=desk.slack) as again:
        message = await one_whole_answer(again, thread, answer)
        assert message.ts == min(each.ts for each in bots(again, thread))
        assert calls(again, POST) == []


async def test_killed_after_the_answer_was_stored_and_before_the_stream_was_completed(tmp_path: Path) -> None:
    gate = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, gate, LAST])) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        await growing(desk, thread, "First paragraph")
        desk.slack.fail(STOP, 1, CONNECTION_LOST)
        gate.set()
        await until(lambda: bool(calls(desk, STOP)))
        kill()
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        await one_whole_answer(again, thread, FIRST + LAST)


async def test_streams_that_nothing_completes_are_taken_away_at_the_next_start(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, ScriptedModel([say(FIRST), say(FIRST)])) as desk:
        threads = [await desk.say("U0ALEX", "my wifi is down") for _ in range(2)]
        await desk.settle()
        found, gone = (bots(desk, thread)[0] for thread in threads)
        desk.slack.workspace.store(found.model_copy(update={"streaming": True}))

        def open_again(connection: Connection) -> None:
            for thread, ts in zip(threads, (found.ts, "1.000001"), strict=True):
                row = rows.reserve(connection, f"T0DEMO:{CHANNEL}:{thread}", "T0DEMO", float(gone.ts), "gone")
                assert row
                rows.note(connection, row, ts)

        await desk.bot.database.run(open_again)
    async with helpdesk(tmp_path, ScriptedModel(), slack=desk.slack) as again:
        await until(lambda: calls(again, STOP) == [STOP, STOP])
        await until(lambda: not bots(again, threads[0]))
        assert await again.bot.database.run(rows.left) == []


@pytest.mark.parametrize("seed", range(8))
async def test_one_whole_message_is_left_whatever_happens_together(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable
    gates = [asyncio.Event() for _ in range(3)]
    pieces: list[Piece] = [FIRST, gates[0], SECOND, gates[1], SECOND, gates[2], LAST]
    whole = "".join(each for each in pieces if isinstance(each, str))
    async with helpdesk(tmp_path, SpeakingModel(pieces)) as desk:
        thread = await desk.say("U0ALEX", "my wifi is down")
        for gate in gates:
            _trouble(desk, chance)
            await asyncio.sleep(chance.random() * 0.15)
            if chance.random() < 0.3:
                desk.slack.end_streams()
            gate.set()
        await asyncio.sleep(chance.random() * 0.05)
        kill()
    _trouble(desk, chance)
    async with helpdesk(tmp_path, ScriptedModel([say(whole)]), slack=desk.slack) as again:
        await one_whole_answer(again, thread, whole)


def _trouble(desk: Helpdesk, chance: random.Random) -> None:
    """Perhaps Slack is about to misbehave."""
    method = chance.choice([START, APPEND, STOP, UPDATE, POST, "conversations.replies"])
    match chance.choice([None, 502, "internal_error", CONNECTION_LOST, ANSWER_LOST, 429]):
        case 429:
            desk.slack.limit(method, 1, retry_after=0)
        case str() | int() as how:
            desk.slack.fail(method, 1, how)


# ── limits ──


async def test_all_workers_together_begin_no_more_streams_in_a_minute_than_slack_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST", 2)
    gate = asyncio.Event()
    answers: list[list[Piece]] = [[FIRST, gate, LAST] for _ in range(4)]
    async with helpdesk(tmp_path, SpeakingModel(*answers)) as desk:
        threads = [await desk.say(user, "my wifi is down") for user in ("U0ALEX", "U0SAM", "U0MARIA", "U0OMAR")]
        await until(lambda: sum(each.streaming for thread in threads for each in bots(desk, thread)) == 2)
        await asyncio.sleep(0.1)
        gate.set()
        for thread in threads:
            await one_whole_answer(desk, thread, FIRST + LAST)
        assert sorted(calls(desk, START, POST)) == [POST, POST, START, START]


async def test_streams_at_once_share_what_slack_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "PAUSE_EACH", 100.0)
    gate = asyncio.Event()
    answers: list[list[Piece]] = [[FIRST, gate, LAST] for _ in range(2)]
    async with helpdesk(tmp_path, SpeakingModel(*answers)) as desk:
        threads = [await desk.say(user, "my wifi is down") for user in ("U0ALEX", "U0SAM")]
        await until(lambda: len(calls(desk, START)) == 2)
        await asyncio.sleep(0.1)
        assert calls(desk, APPEND) == []
        gate.set()
        for thread in threads:
            await one_whole_answer(desk, thread, FIRST + LAST)


async def test_what_was_said_for_a_question_that_is_deleted_is_taken_away(tmp_path: Path) -> None:
    first = asyncio.Event()
    async with helpdesk(tmp_path, SpeakingModel([FIRST, first, SECOND, LAST])) as desk:
        thread = await desk.say("U0ALEX", "why is my wifi down?")
        await growing(desk, thread, "wifi")
        await desk.slack.delete("U0ALEX", CHANNEL, thread)
        await until(lambda: not bots(desk, thread))


async def test_no_stream_overtakes_an_answer_that_waits_to_be_posted(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, SpeakingModel(["Short."], [FIRST, SECOND, LAST])) as desk:
        desk.slack.limit(POST, 1, retry_after=2)
        thread = await desk.say("U0ALEX", "my wifi is down")
        await until(lambda: bool(calls(desk, POST)))
        await desk.slack.say("U0SAM", CHANNEL, "mine too", thread)
        await until(lambda: len(bots(desk, thread)) == 2)
        await desk.settle()
        assert [markdown(each)[:6] for each in bots(desk, thread)] == ["Short.", WHOLE[:6]]
        assert calls(desk, START) == []
