"""The process and the model's server: what they say, and what they leave."""

import asyncio
import signal
import sqlite3
import sys
from collections.abc import Iterable
from typing import Self

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.exchange import Prompt, Reply, TextPart
from bot.model.port import Hear, unheard
from tests.fakes.collector import Collector
from tests.fakes.obedient import ObedientModel
from tests.fakes.openai import OpenAI
from tests.leaks.planted import FORMED, values
from tests.world import World


class Loose(ObedientModel):
    """Obeys, and ends each answer with something planted."""

    def __init__(self) -> None:
        super().__init__()
        self._left = values("output") + [each for each, _ in FORMED]

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        reply = await super().reply(prompt, hear)
        if isinstance(reply.parts[0], TextPart) and self._left:
            return Reply(model=self.name, parts=(TextPart(f"It is {self._left.pop()}."),))
        return reply


class Server(OpenAI):
    """The model's server; `troubles` are its next answers. A collector of traces is beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._model = Loose()  # type: ignore[assignment]  # both are models
        self.troubles: list[Response] = []
        self.collector = Collector()

    def routes(self, at: str = "") -> list[Route]:
        return [*super().routes(at), *self.collector.routes()]

    async def _respond(self, request: Request) -> Response:
        body = await self._body(request)
        if not self.troubles:
            request._json = body
            return await super()._respond(request)
        return self.troubles.pop(0)


def troubles(status: int, kind: str) -> list[Response]:
    """Answers that quote."""
    found: list[Response] = []
    for value in values(kind):
        error = {"message": f"invalid: {value}", "param": value, "code": f"no {value}"}
        headers = {"retry-after": "0", "x-request-id": f"of {value}"}
        found.append(JSONResponse({"error": error}, status, headers))
    return found


class Told:
    """The process, what it said, and the database it left."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.output = world.folder / "output"

    async def get(self, path: str, port: str = "PORT") -> str:
        """What the process answers there, at the port that the variable names."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{self.world.environment[port]}{path}")).text

    def traces(self) -> str:
        """What the collector got: spans, and what is said of the process."""
        assert isinstance(self.world.model, Server)
        return str(self.world.model.collector.got)

    async def __aenter__(self) -> Self:
        ready = f"http://127.0.0.1:{self.world.environment['PORT']}/readyz"
        with self.output.open("wb") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.leaks.program", "run"),
                cwd=self.world.folder,
                env=self.world.environment,
                stdout=said,
                stderr=said,
            )
        async with httpx.AsyncClient() as client, asyncio.timeout(60):
            while True:
                assert self._process.returncode is None, self.output.read_text()
                try:
                    if (await client.get(ready)).status_code == 200:
                        return self
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    async def __aexit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(self._process.wait(), 30) == 0


def rows(told: Told, table: str, without: Iterable[str] = ()) -> str:
    """The rows of the table, but for columns that are there to hold what people write."""
    with sqlite3.connect(told.world.folder / "helpdesk.db") as database:
        named = [each[1] for each in database.execute(f"PRAGMA table_info({table})") if each[1] not in without]
        quoted = ", ".join(f'"{each}"' for each in named)
        return str(database.execute(f"SELECT {quoted} FROM {table}").fetchall())  # noqa: S608 -- our own words


async def command(told: Told, *words: str) -> str:
    """What a command says."""
    ended = await told.world.command(*words)
    said = await ended.communicate()
    return (said[0] + said[1]).decode()
