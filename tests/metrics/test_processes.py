"""`/metrics` of real processes: a worker's own port, behind a token at the main one, and nowhere."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.metrics.scraping import read
from tests.rig import CHANNEL
from tests.world import World, a_world

#: the worlds bring databases of their own
pytestmark = pytest.mark.sqlite

TOKEN = "a-token-of-the-test-hunter2"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def stopped(process: asyncio.subprocess.Process) -> str:
    """Its log; it ends well."""
    process.send_signal(signal.SIGTERM)
    log = (await asyncio.wait_for(process.communicate(), 60))[1].decode()
    assert process.returncode == 0, log
    return log


async def test_a_worker_with_a_port_for_metrics_is_asked_how_it_is_there(world: World, url: str) -> None:
    port = free_port()
    world.environment |= {"DATABASE_URL": url}
    web = await world.run("web")
    worker = await world.command("worker", HELPDESK_METRICS_PORT=str(port))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client, asyncio.timeout(60):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx.TransportError:
                await asyncio.sleep(0.05)
        assert (await client.get("/healthz")).text == "ok"
        thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
        await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 60)
        while (found := read(await client.get("/metrics"))).of("helpdesk_answer_seconds_count") == 0:
            await asyncio.sleep(0.05)
        assert found.of("helpdesk_turns_ended_total", "answered") == 1
        assert found.of("helpdesk_workers_alive") == 1
        assert found.of("process_resident_memory_bytes") > 1_000_000
        assert (await client.post("/slack/events")).status_code == 404, "nothing else is there"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.environment['PORT']}") as client:
        assert (await client.get("/metrics")).status_code == 404, "nobody said that anybody may ask"
    for process in (web, worker):
        assert "Traceback" not in await stopped(process)


async def test_at_the_main_port_it_takes_the_token(world: World) -> None:
    world.environment |= {"HELPDESK_METRICS_TOKEN": TOKEN}
    process = await world.run()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.environment['PORT']}") as client:
        assert (await client.get("/metrics")).status_code == 401
        found = read(await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}))
        assert found.of("helpdesk_database_up") == 1
        assert found.all("helpdesk_workers_alive") == {}, "SQLite has one process"
    assert "hunter2" not in await stopped(process)


async def test_a_port_that_is_taken_is_named_by_its_setting(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = await world.command("run", HELPDESK_METRICS_PORT=str(port))
        error = (await asyncio.wait_for(process.communicate(), 60))[1].decode()
    assert process.returncode == 2
    assert f"HELPDESK_METRICS_PORT {port} cannot be used" in error
    assert "Traceback" not in error
