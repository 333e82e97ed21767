"""The program as it is started: `helpdesk run` in a process of its own, stopped politely and killed rudely."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from bot.api.serving import serving
from bot.playground import LocalSlack
from bot.playground.messages import Message
from tests.fakes.openai import OpenAI
from tests.rig import CHANNEL, is_card, spoken

ROOT = Path(__file__).parent.parent


class World:
    """A local Slack and a model server, outside of the process under test."""

    def __init__(self, slack: LocalSlack, model: OpenAI, environment: dict[str, str], folder: Path) -> None:
        self.slack = slack
        self.model = model
        self.environment = environment
        self.folder = folder

    async def command(self, *arguments: str, **changes: str | None) -> asyncio.subprocess.Process:
        """Start `helpdesk …`; `changes` to the environment, None takes a variable away."""
        merged = {**self.environment, **changes}
        environment = {name: value for name, value in merged.items() if value is not None}
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, cwd=self.folder, env=environment, stdout=pipe, stderr=pipe
        )

    async def run(self) -> asyncio.subprocess.Process:
        """`helpdesk run`, once it is ready."""
        process = await self.command("run")
        async with httpx.AsyncClient() as client, asyncio.timeout(20):
            while process.returncode is None:
                try:
                    if (await client.get(f"http://127.0.0.1:{self.environment['PORT']}/readyz")).status_code == 200:
                        return process
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        raise AssertionError((await process.communicate())[1].decode())


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app, model = Starlette(), OpenAI()
    async with serving(app, "127.0.0.1", 0) as own:
        slack = LocalSlack(
            f"http://127.0.0.1:{port}/slack/events",
            base_url=f"http://127.0.0.1:{own}",
            retry_delays=(0.1, 0.5, 1, 2, 4),
        )
        app.router.routes.extend([*slack.routes(), *model.routes()])
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": slack.token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_URL": f"http://127.0.0.1:{own}/api/",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{own}/v1",
            "HELPDESK_APPROVERS": "S0ITADM",
            "HELPDESK_SECRET_KEY": "k" * 32,
            "HELPDESK_RESET_URL": "https://reset.example.com/?token={token}",
            "HELPDESK_DEMO_DATA": "1",
            "PORT": str(port),
        }
        await slack.start()
        try:
            yield World(slack, model, environment, folder)
        finally:
            await slack.stop()


def card(slack: LocalSlack, thread: str) -> Message | None:
    return next((each for each in slack.thread(CHANNEL, thread) if is_card(each)), None)


def told(slack: LocalSlack, thread: str) -> list[str]:
    return [re.sub(r"\d{10}[.\d]*", "…", f"{each.user}: {spoken(each)}") for each in slack.thread(CHANNEL, thread)]


async def whole_dialog(world: World, process: asyncio.subprocess.Process, kill_at: str) -> list[str]:
    """A reset, approved, with a kill -9 at the moment it names; what the thread shows in the end."""
    slack = world.slack

    async def reborn(moment: str) -> None:
        nonlocal process
        if moment == kill_at:
            process.kill()
            await process.wait()
            process = await world.run()

    thread = await slack.say("U0ALEX", CHANNEL, "<@U0BOT> my wifi is down, and reset the password of U-456")
    if kill_at == "asked":
        await slack.wait_for(lambda: world.model.bodies, 10)
    await reborn("asked")
    await slack.wait_for(lambda: card(slack, thread), 20)
    await reborn("card")
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) == 3, 20)
    shown = card(slack, thread)
    assert shown
    await slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
    await reborn("approved")
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) == 4, 20)
    await slack.wait_for(lambda: "Done" in str(getattr(card(slack, thread), "blocks", "")), 20)
    await slack.wait_for(lambda: len(slack.messages("D0SAM")) == 1, 20)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 25) == 0
    return told(slack, thread)


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
    await world.slack.wait_for(lambda: len(world.slack.thread(CHANNEL, thread)) == 2, 10)

    export = await world.command("audit", "export")
    lines = [json.loads(line) for line in (await export.communicate())[0].splitlines()]
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


@pytest.mark.parametrize(
    ("name", "value", "told_about"),
    [
        ("SLACK_BOT_TOKEN", None, "SLACK_BOT_TOKEN is missing. Copy the Bot User OAuth Token"),
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
    _, error = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert told_about in error.decode()
    assert "Traceback" not in error.decode()
    assert "xoxb" not in error.decode().replace("(xoxb-…)", "")
