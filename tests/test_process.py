"""The program as it is started: `helpdesk run` in a process of its own, stopped politely and killed rudely."""

import asyncio
import contextlib
import json
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.rig import CHANNEL
from tests.world import World, a_world, whole_dialog


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def test_a_kill_minus_nine_changes_nothing_that_people_see(tmp_path: Path) -> None:
    shown = []
    for moment in ("never", "asked", "card", "approved"):
        folder = tmp_path / moment
        folder.mkdir()
        async with a_world(folder) as world:
            shown.append(await whole_dialog(world, await world.run(), moment))
    assert shown[0] == shown[1] == shown[2] == shown[3]


async def test_the_audit_trail_is_exported_beside_the_running_bot_and_a_second_bot_is_refused(world: World) -> None:
    process = await world.run()
    thread = await world.slack.say("U0ALEX", CHANNEL, "<@U0BOT> what is 6*7?")
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 60)

    export = await world.command("audit", "export")
    exported = [json.loads(line) for line in (await export.communicate())[0].splitlines()]
    house = [line["kind"] for line in exported if ":house:" in line["conversation"]]
    assert house == ["opened", "policy_changed"]
    lines = [line for line in exported if ":house:" not in line["conversation"]]
    kinds = [line["kind"] for line in lines]
    assert kinds == [
        "opened", "user_message", "facts", "model_output", "call", "tool_start", "tool_result", "model_output",
    ]  # fmt: skip
    start = lines[5]
    assert (start["tool"], start["call"]) == ("calculator", 5)
    assert [line["prev_hash"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]

    second = await world.command("run", PORT="65000")
    assert b"already works on" in (await second.communicate())[1]
    assert second.returncode == 2

    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 25) == 0
    log = (await process.communicate())[1].decode()
    assert "6*7" not in log


async def test_what_is_too_old_is_looked_for_where_the_settings_say_so(world: World) -> None:
    turn = "SELECT count(*) FROM house WHERE name = 'retention'"
    for keep, turns in ((None, 0), ("90d", 1)):
        world.environment |= {"HELPDESK_KEEP_CONTENT": keep} if keep else {}
        process = await world.run()
        with contextlib.closing(sqlite3.connect(world.folder / "helpdesk.db")) as database:
            async with asyncio.timeout(60):
                while database.execute(turn).fetchone() != (turns,):
                    await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 25) == 0


@pytest.mark.parametrize(
    ("name", "value", "told_about"),
    [
        ("SLACK_BOT_TOKEN", None, "SLACK_BOT_TOKEN is missing. Copy the Bot User OAuth Token"),
        ("SLACK_CLIENT_ID", "1.2", "SLACK_BOT_TOKEN takes no SLACK_CLIENT_ID beside it"),
        ("SLACK_SIGNING_SECRET", None, "SLACK_SIGNING_SECRET is missing"),
        ("OPENAI_BASE_URL", None, "OPENAI_API_KEY is missing"),
        ("HELPDESK_SECRET_KEY", "short", "HELPDESK_SECRET_KEY takes 32 characters or more"),
        ("HELPDESK_APPROVERS", "Dana Kim", "HELPDESK_APPROVERS takes Slack ids"),
        ("PORT", "many", "PORT"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL"),
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "SLACK_BOT_TOKEN is refused by Slack: invalid_auth"),
        ("SLACK_API_URL", "http://127.0.0.1:1/api/", "Slack is not reachable"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_its_name_and_what_to_do(
    world: World, name: str, value: str | None, told_about: str
) -> None:
    process = await world.command("run", **{name: value})
    _, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert told_about in error.decode()
    assert "Traceback" not in error.decode()
    assert "xoxb" not in error.decode().replace("(xoxb-…)", "")


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o600, False)])
async def test_an_env_file_that_others_can_read_is_warned_of(world: World, mode: int, warned: bool) -> None:
    file = world.folder / ".env"
    file.write_text("HELPDESK_HUMANS=C0IT\n")
    file.chmod(mode)
    process = await world.run()
    process.send_signal(signal.SIGTERM)
    log = (await asyncio.wait_for(process.communicate(), 25))[1].decode()
    assert ("the file .env can be read by others on this machine: chmod 600 .env" in log) == warned


async def test_several_workspaces_find_where_to_install_it(world: World) -> None:
    world.environment |= {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret",
        "HELPDESK_TEAMS": "T0DEMO",
        "HELPDESK_PUBLIC_URL": "https://helpdesk.example.com",
    }
    del world.environment["SLACK_BOT_TOKEN"]
    process = await world.run()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.environment['PORT']}") as browser:
        begun = await browser.get("/slack/install")
        back = await browser.get("/slack/oauth_redirect?code=a-code&state=x")
    assert (begun.status_code, back.status_code) == (302, 400)
    assert "client_id=1.2" in begun.headers["location"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 25) == 0
    log = (await process.communicate())[1].decode()
    assert "client-secret" not in log
    assert "a-code" not in log


async def test_a_start_waits_for_a_slack_that_is_busy_and_does_not_blame_the_token(world: World) -> None:
    world.slack.fail("auth.test", 1, 500)
    world.slack.limit("auth.test", 1)
    world.slack.fail("auth.test", 1, "connection_lost")
    process = await world.run()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 25) == 0


async def test_a_knowledge_base_that_cannot_be_read_stops_the_start_and_names_the_file(world: World) -> None:
    (world.folder / "kb").mkdir()
    (world.folder / "kb" / "wifi.md").write_text("no front matter")
    process = await world.command("run", KB_DIR=str(world.folder / "kb"))
    _, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert "KB_DIR" in error.decode()
    assert "wifi.md" in error.decode()
    assert "Traceback" not in error.decode()


async def test_the_demo_asks_by_the_policy_that_one_tries_in_it(world: World) -> None:
    rule = "version: 1\nrules: [{name: two, tool: reset_password, require: {approvals: 2}}]"
    (world.folder / "mine.yml").write_text(rule)
    demo = await world.command("demo", "--policy", "mine.yml", OPENAI_BASE_URL=None)
    assert demo.stdout
    address = (await asyncio.wait_for(demo.stdout.readline(), 60)).decode().split()[-1]
    said = {"user": "U0ALEX", "channel": CHANNEL, "text": "<@U0BOT> please reset the password of U-456"}
    async with httpx.AsyncClient(base_url=address) as page, asyncio.timeout(60):
        assert (await page.post("/page/say", json=said)).status_code == 200
        while "Waiting for 2 of" not in (await page.get("/page/state", params={"user": "U0ALEX"})).text:
            await asyncio.sleep(0.05)
