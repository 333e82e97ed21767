"""The door that Slack knows: passes each request on to one of the web processes, as a load balancer does."""

import json
import random
import time
from collections.abc import Sequence
from http import HTTPStatus

import aiohttp
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.chaos.process import Process

#: how long a web process may take, seconds; Slack waits for three
PATIENCE = 2.8

#: channel and ts of a message
Place = tuple[str, str]


class Front:
    """Serves `/slack/events`; 502 where the process is dead, 504 where it says nothing, so that Slack repeats it."""

    def __init__(self, chance: random.Random) -> None:
        self.processes: Sequence[Process] = ()
        self._chance = chance
        self._client: aiohttp.ClientSession | None = None
        #: of each message (channel, ts): when Slack first offered it and when it was taken, by `time.monotonic`
        self.offered: dict[Place, float] = {}
        self.taken: dict[Place, float] = {}

    def routes(self) -> list[Route]:
        return [Route("/slack/events", self._pass_on, methods=["POST"])]

    async def _pass_on(self, request: Request) -> Response:
        process, place = self._chance.choice(self.processes), _place(await request.body())
        if place:
            self.offered.setdefault(place, time.monotonic())
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "connection")}
        try:
            answer = await self._asked(process, await request.body(), headers)
        except TimeoutError:
            return PlainTextResponse("no answer", 504)
        except aiohttp.ClientError:
            return PlainTextResponse("nobody there", 502)
        if place and answer.status_code == HTTPStatus.OK:
            self.taken.setdefault(place, time.monotonic())
        return answer

    async def _asked(self, process: Process, body: bytes, headers: dict[str, str]) -> Response:
        if self._client is None:
            # each request has a connection of its own: none is found dead when it is used again
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            self._client = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE))
        url = f"http://127.0.0.1:{process.port}/slack/events"
        async with self._client.post(url, data=body, headers=headers) as answer:
            kept = {name: answer.headers[name] for name in ("Content-Type",) if name in answer.headers}
            return Response(await answer.read(), answer.status, kept)

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client:
            await self._client.close()


def _place(body: bytes) -> Place | None:
    """Where the message is that the event tells of, if it is one."""
    try:
        event = json.loads(body).get("event", {})
    except ValueError:
        return None  # a form: somebody pressed something
    return (event["channel"], event["ts"]) if event.get("type") in ("message", "app_mention") else None
