"""`helpdesk run` by Socket Mode: connections come and go, envelopes are repeated, and people see each answer once."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.playground import LocalSlack
from tests.rig import CHANNEL
from tests.world import World, a_world, card, told, whole_dialog

NORMAL_CLOSURE = 1000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, socket_mode=True) as made:
        yield made


async def connected(world: World) -> asyncio.subprocess.Process:
    """`helpdesk run`, once its connection is open."""
    process = await world.run()
    await world.slack.wait_for(lambda: world.slack.socket.links, 60)
    return process


async def ended(process: asyncio.subprocess.Process) -> str:
    """Stop it politely; what it logged."""
    process.send_signal(signal.SIGTERM)
    log = (await asyncio.wait_for(process.communicate(), 25))[1].decode()
    assert process.returncode == 0, log
    return log


async def ask(slack: LocalSlack, what: str) -> str:
    return await slack.say("U0ALEX", CHANNEL, f"<@U0BOT> what is {what}?")


async def answered(slack: LocalSlack, *threads: str) -> None:
    """Each has an answer, and no event is on its way any more."""
    for thread in threads:
        await slack.wait_for(lambda ts=thread: len(slack.thread(CHANNEL, ts)) > 1, 60)  # type: ignore[misc]
    await slack.wait_for(lambda: not slack.outbox.pending, 60)


async def in_flight(slack: LocalSlack) -> None:
    """One more envelope is sent, and hardly answered yet."""
    count = len(slack.socket.sent)
    await slack.wait_for(lambda: len(slack.socket.sent) > count, 60)


def repeats(slack: LocalSlack) -> list[dict[str, Any]]:
    return [each for each in slack.socket.sent if each.get("retry_attempt")]


async def test_a_mention_is_answered_and_a_stop_closes_the_connection_politely(world: World) -> None:
    process = await connected(world)
    thread = await ask(world.slack, "6*7")
    await answered(world.slack, thread)
    address = f"http://127.0.0.1:{world.environment['PORT']}"
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/healthz")).text == "ok"
        assert (await client.post("/slack/events", json={})).status_code == 404

    log = await ended(process)
    assert told(world.slack, thread)[1:] == ["U0BOT: 6*7 = **42**"]
    assert world.slack.socket.ended == [NORMAL_CLOSURE]
    assert not repeats(world.slack)
    for secret in ("6*7", "xapp-", "ticket="):
        assert secret not in log
    assert '"level": "error"' not in log


async def test_the_form_of_a_denial_says_what_is_wrong_with_it_and_then_reaches_the_card(world: World) -> None:
    slack, process = world.slack, await connected(world)
    thread = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> reset the password of U-456")
    shown = await slack.wait_for(lambda: card(slack, thread), 60)
    assert shown
    assert await slack.click("U0DANA", CHANNEL, shown.ts, "approval.deny") == 200
    (form,) = slack.views("U0DANA")
    assert await slack.submit("U0DANA", form.id, {"reason": "   "}) == {"reason": "Please say why, in a few words."}
    assert await slack.submit("U0DANA", form.id, {"reason": "not today"}) is None
    await slack.wait_for(lambda: "not today" in str(slack.thread(CHANNEL, thread)), 60)
    assert not slack.views("U0DANA")
    await ended(process)


async def test_a_kill_minus_nine_changes_nothing_that_people_see(tmp_path: Path) -> None:
    async def shown(moment: str) -> list[str]:
        (tmp_path / moment).mkdir()
        async with a_world(tmp_path / moment, socket_mode=True) as world:
            return await whole_dialog(world, await connected(world), moment)

    undisturbed, disturbed = await asyncio.gather(shown("never"), shown("approved"))
    assert undisturbed == disturbed


async def test_a_refresh_loses_nothing_and_repeats_nothing(world: World) -> None:
    slack, process = world.slack, await connected(world)
    threads = []
    for number in range(3):
        threads.append(await ask(slack, f"{number}+1"))
        await in_flight(slack)
        await slack.socket.refresh()
        threads.append(await ask(slack, f"{number}+10"))
        await slack.wait_for(lambda: slack.socket.links, 60)
    await answered(slack, *threads)
    await ended(process)
    assert slack.socket.ended == [NORMAL_CLOSURE] * 4
    assert not repeats(slack)
    assert [len(told(slack, thread)) for thread in threads] == [2] * len(threads)


async def test_after_a_dropped_connection_and_a_refused_handshake_it_comes_back_and_nothing_is_lost(
    world: World,
) -> None:
    slack, process = world.slack, await connected(world)
    before = await ask(slack, "1+1")
    await in_flight(slack)
    slack.socket.refuse = 1
    slack.socket.drop()
    between = await ask(slack, "2+2")
    await slack.wait_for(lambda: slack.socket.links and not slack.socket.refuse, 60)
    after = await ask(slack, "3+3")
    await answered(slack, before, between, after)
    await ended(process)
    assert [len(told(slack, thread)) for thread in (before, between, after)] == [2, 2, 2]


async def test_an_event_that_cannot_be_stored_is_not_acknowledged_and_comes_again(world: World) -> None:
    slack, process = world.slack, await connected(world)
    with closing(sqlite3.connect(world.folder / "helpdesk.db", isolation_level=None)) as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        slack.endpoint.answer_within = 0.3
        thread = await ask(slack, "6*7")
        await slack.wait_for(lambda: len(repeats(slack)) > 1, 60)
        assert slack.outbox.pending
        database.execute("DROP TRIGGER full")
    await answered(slack, thread)
    await ended(process)
    assert told(slack, thread)[1:] == ["U0BOT: 6*7 = **42**"]
    assert not slack.outbox.given_up


async def test_an_event_that_is_stored_late_is_answered_once_though_it_came_again(world: World) -> None:
    slack, process = world.slack, await connected(world)
    with closing(sqlite3.connect(world.folder / "helpdesk.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        slack.endpoint.answer_within = 0.3
        thread = await ask(slack, "6*7")
        await slack.wait_for(lambda: len(repeats(slack)) > 1, 60)
        slack.endpoint.answer_within = 3
        database.execute("ROLLBACK")
    await answered(slack, thread)
    await ended(process)
    assert told(slack, thread)[1:] == ["U0BOT: 6*7 = **42**"]


async def test_a_refused_app_token_stops_the_start_and_is_named(world: World) -> None:
    process = await world.command("run", SLACK_APP_TOKEN="xapp-wrong")
    _, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert "SLACK_APP_TOKEN is refused by Slack: invalid_auth" in error.decode()
    assert "xapp-wrong" not in error.decode()
