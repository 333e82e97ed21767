"""`helpdesk web` and `helpdesk worker`, each in processes of their own, on one PostgreSQL database."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, func, make_url, select

from bot.store.tables import workers
from tests.rig import CHANNEL
from tests.world import World, a_world, card


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        made.environment["DATABASE_URL"] = url
        yield made


async def told_to_stop(*processes: asyncio.subprocess.Process) -> list[str]:
    """Their logs; each ends well, and in time."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    logs = []
    for process in processes:
        logs.append((await asyncio.wait_for(process.communicate(), 25))[1].decode())
        assert process.returncode == 0, logs[-1]
    return logs


async def at_work(url: str, count: int) -> None:
    """Return once so many workers say that they live."""
    engine = create_engine(url)
    async with asyncio.timeout(60):
        while True:
            with engine.connect() as connection:
                if connection.scalar(select(func.count()).select_from(workers)) == count:
                    break
            await asyncio.sleep(0.1)
    engine.dispose()


async def test_what_the_web_hears_the_workers_do(world: World, url: str) -> None:
    slack = world.slack
    web = await world.run("web")
    both = [await world.command("worker") for _ in range(2)]
    threads = [await slack.say("U0ALEX", CHANNEL, f"<@U0BOT> what is {n}*7?") for n in range(6)]
    await slack.wait_for(lambda: all(len(slack.thread(CHANNEL, each)) == 2 for each in threads), 60)

    asked = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> reset the password of U-456")
    await slack.wait_for(lambda: card(slack, asked), 60)
    shown = card(slack, asked)
    assert shown
    await slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
    await slack.wait_for(lambda: "Done" in str(getattr(card(slack, asked), "blocks", "")), 60)
    await at_work(url, 2)
    for log in await told_to_stop(web, *both):
        assert "Traceback" not in log


async def test_the_api_of_the_web_is_answered_by_a_worker(world: World) -> None:
    """Also with a token that was made while both ran; the logs have nothing of what was asked."""
    web, worker = await world.run("web"), await world.command("worker")
    made = await world.command("tokens", "create", "portal", "--owner", "U0DANA", "--acts-for", "U0ALEX")
    shown = (await made.communicate())[0].decode()
    found = re.search(r"^Token: (\S+)$", shown, re.MULTILINE)
    assert found, shown
    asked = {"user_id": "U0ALEX", "message": "what is 6*7?"}
    address = f"http://127.0.0.1:{world.environment['PORT']}"
    headers = {"Authorization": f"Bearer {found[1]}"}
    async with httpx.AsyncClient(base_url=address, headers={"Authorization": "Bearer wrong"}) as nobody:
        assert (await nobody.post("/api/agent", json=asked)).status_code == 401
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        told = await client.post("/api/agent", json=asked)
        assert told.status_code == 200, told.text
        assert told.json()["status"] == "answered"
        asked = {"user_id": "U-123", "message": "reset the password of U-456"}
        told = await client.post("/api/agent", json=asked)
        assert told.json()["status"] == "waiting_for_approval"
        place = f"/api/agent/{told.json()['conversation_id']}"
        waiting = asyncio.create_task(client.get(place, headers={"Prefer": "wait=20"}))
        await world.slack.wait_for(lambda: world.slack.messages("D0OMAR"), 60)
        await world.slack.click("U0OMAR", "D0OMAR", world.slack.messages("D0OMAR")[-1].ts, "approval.approve")
        told = await waiting
        assert (told.json()["status"], told.json()["tool_calls"][0]["outcome"]) == ("answered", "done")
    for log in await told_to_stop(web, worker):
        assert "Traceback" not in log
        assert "6*7" not in log
        assert found[1] not in log


async def test_a_call_from_the_command_line_is_a_worker_s_and_is_taken_back_where_there_is_none(world: World) -> None:
    asked = ("tools", "call", "search_kb", '{"query": "wifi"}')
    web = await world.run("web")
    nobody = await world.command(*asked, "--tenant", "T0DEMO", "--wait", "1")
    assert b"so it was taken back: nothing was done" in (await nobody.communicate())[1]
    assert nobody.returncode == 1
    worker = await world.command("worker")
    done = await world.command(*asked, "--tenant", "T0DEMO", "--wait", "30")
    out, err = await done.communicate()
    assert done.returncode == 0, err.decode()
    assert b"wifi" in out
    await told_to_stop(web, worker)


async def test_a_worker_that_stops_politely_hands_over_at_once(world: World) -> None:
    slack = world.slack
    web, first = await world.run("web"), await world.command("worker")
    thread = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) == 2, 60)
    await told_to_stop(first)
    later = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*8?")
    second = await world.command("worker")
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, later)) == 2, 60)
    await told_to_stop(web, second)


async def test_everything_in_one_process_works_on_postgresql_too(world: World) -> None:
    process = await world.run()
    thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 60)
    await told_to_stop(process)


async def failed(world: World, *command: str, **changes: str | None) -> str:
    """What it says."""
    process = await world.command(*command, **changes)
    _, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert "Traceback" not in error.decode()
    return error.decode()


@pytest.mark.parametrize("command", ["run", "web", "worker"])
async def test_a_start_on_an_empty_database_says_what_to_run_and_that_helps(
    world: World, url: str, command: str
) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
    assert "Run: helpdesk db upgrade" in await failed(world, command)
    for _ in range(2):
        upgrade = await world.command("db", "upgrade")
        assert await upgrade.wait() == 0
    if command == "run":
        await told_to_stop(await world.run(command))


async def test_a_schema_of_the_future_is_worked_with_as_long_as_it_was_only_expanded(world: World, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await told_to_stop(await world.run())
    upgrade = await world.command("db", "upgrade")
    assert b"revision 9999" in (await upgrade.communicate())[0]
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE house SET value = '9000' WHERE name = 'schema_works_with'")
    engine.dispose()
    assert "newer version" in await failed(world, "run")


async def test_a_database_that_is_not_there_is_named_without_its_password(world: World, url: str) -> None:
    away = make_url(url).set(port=1, password="hunter2", username="helpdesk").render_as_string(hide_password=False)
    told = await failed(world, "worker", DATABASE_URL=away)
    assert "DATABASE_URL" in told
    assert "does not answer" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("command", ["web", "worker"])
async def test_sqlite_is_for_one_process(world: World, command: str) -> None:
    assert "use: helpdesk run" in await failed(world, command, DATABASE_URL="sqlite:///helpdesk.db")
