"""`helpdesk run` in a process of its own, in a local Slack, with a model server; and a dialog that can be cut short."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette

from bot.api.serving import serving
from bot.playground import LocalSlack
from bot.playground.messages import Message
from tests.fakes.openai import OpenAI
from tests.rig import CHANNEL, is_card, spoken
from tests.waiting import until

ROOT = Path(__file__).parent.parent


class World:
    """A local Slack and a model server, outside of the process under test."""

    def __init__(self, slack: LocalSlack, model: OpenAI, environment: dict[str, str], folder: Path) -> None:
        self.slack = slack
        self.model = model
        self.environment = environment
        self.folder = folder
        self._started: list[asyncio.subprocess.Process] = []

    async def command(self, *arguments: str, **changes: str | None) -> asyncio.subprocess.Process:
        """Start `helpdesk …`; `changes` to the environment, None takes a variable away."""
        merged = {**self.environment, **changes}
        environment = {name: value for name, value in merged.items() if value is not None}
        pipe = asyncio.subprocess.PIPE
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *arguments, cwd=self.folder, env=environment, stdout=pipe, stderr=pipe
        )
        self._started.append(started)
        return started

    async def end(self) -> None:
        """Nothing of what was started goes on."""
        for each in self._started:
            if each.returncode is None:
                each.kill()
                await each.wait()

    async def run(self, command: str = "run", within: float = 60) -> asyncio.subprocess.Process:
        """`helpdesk run`, or `web`, once it is ready, which may take so many seconds."""
        process = await self.command(command)
        async with httpx.AsyncClient() as client, asyncio.timeout(within):
            while process.returncode is None:
                try:
                    if (await client.get(f"http://127.0.0.1:{self.environment['PORT']}/readyz")).status_code == 200:
                        return process
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        raise AssertionError((await process.communicate())[1].decode())


@asynccontextmanager
async def a_world(folder: Path, *, socket_mode: bool = False, model: OpenAI | None = None) -> AsyncIterator[World]:
    """A folder for the process, and what is outside of it; events come by HTTP or by Socket Mode."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app, model = Starlette(), model or OpenAI()
    async with serving(app, "127.0.0.1", 0) as own:
        slack = LocalSlack(
            f"ws://127.0.0.1:{own}/link" if socket_mode else f"http://127.0.0.1:{port}/slack/events",
            base_url=f"http://127.0.0.1:{own}",
            retry_delays=(0.1, 0.5, 1, 2, 4),
        )
        app.router.routes.extend([*slack.routes(), *model.routes()])
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": slack.token,
            **({"SLACK_APP_TOKEN": slack.app_token} if socket_mode else {"SLACK_SIGNING_SECRET": slack.signing_secret}),
            "SLACK_API_URL": f"http://127.0.0.1:{own}/api/",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{own}/v1",
            "HELPDESK_APPROVERS": "S0ITADM",
            "HELPDESK_SECRET_KEY": "k" * 32,
            "HELPDESK_RESET_URL": "https://reset.example.com/?token={token}",
            "HELPDESK_DEMO_DATA": "1",
            "PORT": str(port),
        }
        await slack.start()
        world = World(slack, model, environment, folder)
        try:
            yield world
        finally:
            await world.end()
            await slack.stop()


def card(slack: LocalSlack, thread: str) -> Message | None:
    """The approval card of the thread, if it has one."""
    return next((each for each in slack.thread(CHANNEL, thread) if is_card(each)), None)


def told(slack: LocalSlack, thread: str) -> list[str]:
    """What the thread shows, up to times."""
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
        await until(lambda: world.model.bodies)
    await reborn("asked")
    await slack.wait_for(lambda: card(slack, thread), 60)
    await reborn("card")
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) == 3, 60)
    shown = card(slack, thread)
    assert shown
    await slack.click("U0DANA", CHANNEL, shown.ts, "approval.approve")
    await reborn("approved")
    await slack.wait_for(lambda: len(slack.thread(CHANNEL, thread)) == 4, 60)
    await slack.wait_for(lambda: "Done" in str(getattr(card(slack, thread), "blocks", "")), 60)
    await slack.wait_for(lambda: "token=" in str(slack.messages("D0SAM")), 60)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 25) == 0
    return told(slack, thread)
