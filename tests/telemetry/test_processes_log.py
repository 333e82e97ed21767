"""What real processes log of a turn: nothing that people wrote, unless redacted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.postgres import own_database
from tests.rig import CHANNEL
from tests.telemetry.test_logs import PLANTED, WORD, lines
from tests.telemetry.test_processes import approved
from tests.test_processes import told_to_stop
from tests.world import World, a_world, card

SAID = (
    f"<@U0BOT> reset the password of U-456. {WORD} mail zebra@example.com or call +49 170 5556677, Sam Patel, "
    f"it says {PLANTED[2]}, card 4111 1111 1111 1111, password: hunter2"
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def logged(world: World, url: str, **settings: str) -> str:
    """All that two processes log of a turn with an approval."""
    world.environment |= {"DATABASE_URL": url, "LOG_LEVEL": "DEBUG", **settings}
    web, worker = await world.run("web"), await world.command("worker")
    thread = await world.slack.say("U0ALEX", CHANNEL, SAID)
    await world.slack.wait_for(lambda: card(world.slack, thread), 60)
    await approved(world, thread)
    return "".join(await told_to_stop(web, worker))


async def test_nothing_of_a_turn_is_logged_at_any_level(world: World) -> None:
    with own_database() as url:
        log = await logged(world, url)
    assert lines(log)
    secrets = (world.slack.token, world.slack.signing_secret, "k" * 32, "token=", url)
    for private in (*PLANTED, WORD, "user_id", *secrets):
        assert private not in log, private


async def test_with_content_it_is_redacted(world: World) -> None:
    with own_database() as url:
        log = await logged(world, url, HELPDESK_LOG_CONTENT="redacted")
    for private in (*PLANTED, world.slack.token, "token="):
        assert private not in log, private
    told = [line for line in lines(log) if line["event"] == "item"]
    assert any(WORD in line["said"].get("text", "") for line in told)
    kinds = [line["kind"] for line in told]
    assert {"user_message", "model_output", "call", "request", "tool_start", "tool_result"} <= {*kinds}
    output = next(line for line in told if line["kind"] == "model_output")
    assert output["turn"] == 2
    assert len(output["trace_id"]) == 32
    assert output["conversation"].startswith("T0DEMO:C0IT:")
