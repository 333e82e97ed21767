"""What is around the processes under test, and the processes: Slack, the model, bells, the front, the database."""

import asyncio
import os
import random
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette

from bot.api.serving import serving
from bot.playground import DEMO, LocalSlack
from bot.playground.seed import Channel, Seed, User
from tests.chaos.front import Front
from tests.chaos.outside import Bells, ModelServer
from tests.chaos.process import Process
from tests.chaos.weather import Sky, Weather
from tests.postgres import OwnServer
from tests.rig import CHANNEL

ROOT = Path(__file__).parent.parent.parent

#: colleagues beside the demo's cast: nobody reaches the limit of turns in an hour
COLLEAGUES = tuple(f"U0P{number:02}" for number in range(40))

#: where people ask, beside direct messages: so many that one message a second in each is enough. The bot posts
#: no more where Slack refused (bot/slack/budget.py): in one channel all their answers would take six minutes
CHANNELS = tuple(f"C0P{number:02}" for number in range(8))

#: waits between Slack's attempts, seconds; longer in all than anything is away, also where a busy machine takes long to
#: start it, and shorter than Slack's own six minutes. Each attempt may find the one process that is dead
RETRIES = (0.2, 1, 2, 4, 8, *[15] * 7)


@dataclass
class World:
    """Everything, as long as the block of `a_world` lasts."""

    slack: LocalSlack
    front: Front
    model: ModelServer
    bells: Bells
    sky: Sky
    weather: Weather
    database_url: str
    folder: Path
    environment: Mapping[str, str]
    #: PostgreSQL, where it may be stopped
    server: OwnServer | None
    webs: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)
    #: the database is stopped by one at a time
    mending: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def processes(self) -> list[Process]:
        """Each once: embedded, one is both."""
        return list(dict.fromkeys([*self.webs, *self.workers]))

    async def command(self, *arguments: str) -> tuple[int, str]:
        """The exit code and output of `helpdesk …`; what it says to the error stream goes to a file."""
        with (self.folder / "commands.log").open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *arguments),
                cwd=self.folder,
                env=self.environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
            out, _ = await process.communicate()
        return process.returncode or 0, out.decode()


@asynccontextmanager
async def a_world(
    folder: Path, database_url: str, chance: random.Random, *, server: OwnServer | None = None
) -> AsyncIterator[World]:
    """A world with its processes at work: one on SQLite, two for the web and three workers on PostgreSQL."""
    async with AsyncExitStack() as stack:
        app, sky, front = Starlette(), Sky(), Front(chance)
        weather = Weather(app, sky, chance)
        own = await stack.enter_async_context(serving(weather, "127.0.0.1", 0))
        address = f"http://127.0.0.1:{own}"
        slack = LocalSlack(f"{address}/slack/events", base_url=address, retry_delays=RETRIES, seed=_seed())
        model, bells = ModelServer(chance), Bells(chance)
        app.router.routes.extend([*slack.routes(), *front.routes(), *model.routes(), *bells.routes()])
        stack.push_async_callback(front.close)
        environment = _environment(slack, address, database_url)
        world = World(slack, front, model, bells, sky, weather, database_url, folder, environment, server)
        _hired(world)
        front.processes = world.webs
        await _upgraded(world)
        for process in world.processes:
            stack.push_async_callback(process.leave)
        await asyncio.gather(*(process.keep() for process in world.processes))
        await slack.start()
        stack.push_async_callback(slack.stop)
        yield world


def _hired(world: World) -> None:
    """The processes, not yet started."""
    ports = _free_ports()

    def made(name: str, command: str, *, listens: bool = True) -> Process:
        return Process(name, command, world.folder, world.environment, next(ports) if listens else None)

    if world.database_url.startswith("sqlite"):
        world.webs = world.workers = [made("helpdesk", "run")]
        return
    world.webs = [made(f"web{number}", "web") for number in (1, 2)]
    world.workers = [made(f"worker{number}", "worker", listens=False) for number in (1, 2, 3)]


async def _upgraded(world: World) -> None:
    code, said = await world.command("db", "upgrade")
    assert code == 0, said


def _environment(slack: LocalSlack, address: str, database_url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": slack.token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": f"{address}/api/",
        "OPENAI_BASE_URL": f"{address}/v1",
        "CHAOS_BELL": f"{address}/bell",
        "HELPDESK_APPROVERS": "S0ITADM",
        "HELPDESK_SECRET_KEY": "k" * 32,
        "HELPDESK_RESET_URL": "https://reset.example.com/?token={token}",
        "HELPDESK_DEMO_DATA": "1",
        "DATABASE_URL": database_url,
    }


def _seed() -> Seed:
    """The demo's workspace with more people and channels in it."""
    more = tuple(User(id=each, name=each.lower(), real_name=f"Colleague {each}") for each in COLLEAGUES)
    (it,) = (each for each in DEMO.channels if each.id == CHANNEL)
    members = (*it.members, *COLLEAGUES)
    channels = tuple(Channel(id=each, name=each.lower(), members=members) for each in CHANNELS)
    return Seed(users=(*DEMO.users, *more), channels=(*DEMO.channels, *channels), usergroups=DEMO.usergroups)


def _free_ports() -> Iterator[int]:
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        yield port
