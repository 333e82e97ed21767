"""Traces of real processes, as a collector gets them; and a collector that is not there, or hangs."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette

from bot.api.serving import serving
from tests.fakes.collector import Collector, Got
from tests.postgres import own_database
from tests.rig import CHANNEL
from tests.test_processes import told_to_stop
from tests.waiting import until
from tests.world import World, a_world, card

#: how often processes send what they have, milliseconds
OFTEN = "50"


@pytest.fixture
async def collector() -> AsyncIterator[tuple[Collector, str]]:
    """A collector, and where it is."""
    made = Collector()
    async with serving(Starlette(routes=made.routes()), "127.0.0.1", 0) as port:
        yield made, f"http://127.0.0.1:{port}"


@pytest.fixture
async def world(tmp_path: Path, collector: tuple[Collector, str]) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        made.environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector[1], "OTEL_BSP_SCHEDULE_DELAY": OFTEN}
        yield made


def whole(got: list[Got]) -> None:
    """Fails where spans of one trace have no common top, or an id means two things."""
    ids = Counter(each.span.span_id for each in got)
    assert [each.span.name for each in got if ids[each.span.span_id] > 1] == []
    (top,) = [each.span for each in got if not each.span.parent_span_id]
    assert {each.span.parent_span_id for each in got} == {b"", top.span_id}
    assert all(each.span.end_time_unix_nano >= each.span.start_time_unix_nano > 0 for each in got)


async def asked(world: World) -> str:
    """A question with a card, which is there; its thread."""
    thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> reset the password of U-456")
    await world.slack.wait_for(lambda: card(world.slack, thread), 60)
    return thread


async def approved(world: World, thread: str) -> None:
    """Somebody who may do that approves, and it is done and told."""
    shown = card(world.slack, thread)
    assert shown
    await world.slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
    await world.slack.wait_for(lambda: "Done" in str(getattr(card(world.slack, thread), "blocks", "")), 60)
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 3, 60)


def trace_of(collector: Collector) -> list[Got]:
    """The trace of the one turn."""
    (found,) = [got for got in collector.traces().values() if any(each.span.name == "receive" for each in got)]
    return found


async def test_a_turn_with_an_approval_is_one_trace_across_processes(
    world: World, collector: tuple[Collector, str]
) -> None:
    with own_database() as url:
        world.environment["DATABASE_URL"] = url
        web, worker = await world.run("web"), await world.command("worker")
        thread = await asked(world)
        await approved(world, thread)
        await told_to_stop(web, worker)
    got = trace_of(collector[0])
    whole(got)
    names = Counter(each.span.name for each in got)
    assert {*names} >= {
        "invoke_agent helpdesk",
        "receive",
        "admit",
        "facts",
        "chat gpt-5-mini",
        "execute_tool reset_password",
        "wait_for_approval",
        "deliver",
    }
    of = {each.span.name: each for each in got}
    assert of["receive"].process["helpdesk.role"] == "web"
    assert of["execute_tool reset_password"].process["helpdesk.role"] == "worker"
    assert {each.process["service.name"] for each in got} == {"helpdesk"}
    assert of["wait_for_approval"].says["helpdesk.verdict"] == "approved"
    assert of["execute_tool reset_password"].says["helpdesk.outcome"] == "done"
    told = str(collector[0].got)
    assert not any(private in told for private in ("U-456", "U0ALEX", "U0DANA", "Sam", "reset the password", "token="))


@pytest.mark.parametrize("moment", ["card", "approved"])
async def test_the_trace_is_whole_though_a_worker_dies_in_the_middle(
    world: World, collector: tuple[Collector, str], moment: str
) -> None:
    with own_database() as url:
        world.environment["DATABASE_URL"] = url
        web, first = await world.run("web"), await world.command("worker")
        thread = await asked(world)
        if moment == "approved":
            shown = card(world.slack, thread)
            assert shown
            await world.slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
        else:
            # what was seen is sent before
            await until(lambda: any(got.span.name == "deliver" for got in collector[0].got))
        first.kill()
        await first.wait()
        second = await world.command("worker")
        if moment == "card":
            await approved(world, thread)
        await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 3, 60)
        await told_to_stop(web, second)
    got = trace_of(collector[0])
    whole(got)
    assert {"invoke_agent helpdesk", "receive", "wait_for_approval"} <= {each.span.name for each in got}


async def test_nobody_waits_for_a_collector_that_is_away_or_hangs(world: World) -> None:
    async def hang(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = free.getsockname()[1]
    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    hanging = server.sockets[0].getsockname()[1]
    for port in (away, hanging):
        world.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{port}"
        process = await world.run()
        thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
        await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 60)  # noqa: B023
        (log,) = await told_to_stop(process)
        assert "Traceback" not in log
    server.close()


async def test_what_stands_in_the_file_of_settings_counts_too(world: World, collector: tuple[Collector, str]) -> None:
    names = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_BSP_SCHEDULE_DELAY")
    moved = [f"{name}={world.environment.pop(name)}" for name in names]
    (world.folder / ".env").write_text(
        "\n".join([*moved, "OTEL_SERVICE_NAME=it", "OTEL_RESOURCE_ATTRIBUTES=site=north"])
    )
    process = await world.run()
    thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 60)
    await told_to_stop(process)
    got = trace_of(collector[0])
    whole(got)
    assert {(each.process["service.name"], each.process["site"]) for each in got} == {("it", "north")}


@pytest.mark.parametrize(
    "off", [{}, {"OTEL_SDK_DISABLED": "true"}, {"OTEL_TRACES_EXPORTER": "none"}, {"OTEL_TRACES_SAMPLER": "always_off"}]
)
async def test_what_nobody_wants_is_not_sent(
    world: World, collector: tuple[Collector, str], off: dict[str, str]
) -> None:
    if not off:
        del world.environment["OTEL_EXPORTER_OTLP_ENDPOINT"]
    world.environment |= off
    process = await world.run()
    thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 60)
    await told_to_stop(process)
    assert collector[0].got == []
