"""The HTTP API of a bot under test, over real HTTP, with tokens made as `helpdesk tokens create` makes them.

async with an_api(tmp_path, ScriptedModel([say("42.")])) as api:
    token = await api.token("portal", owner="U0DANA", acts_for=("U0ALEX",))
    assert (await api.ask(token, "U0ALEX", "what is 6*7?")).json()["answer"] == "42."
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bot.api import app as http
from bot.api import parts, routes
from bot.api.agent import Agent
from bot.api.serving import serving
from bot.core.tokens import digest_of
from bot.model.port import Model
from bot.store import tokens
from bot.store.tokens import Token
from tests.rig import Helpdesk, helpdesk

#: seconds a caller is kept waiting in tests
WAIT = 10.0

#: for tests that ask so often that they would be held up
QUICK = parts.Terms(wait=WAIT, rate=10_000)


@dataclass
class Api:
    """The API, and the bot behind it."""

    desk: Helpdesk
    client: httpx2.AsyncClient
    agent: Agent

    async def token(
        self, name: str = "portal", owner: str = "U0DANA", acts_for: tuple[str, ...] = ("U0ALEX",), **changes: Any
    ) -> str:
        """A new one."""
        token, now = f"helpdesk_{secrets.token_urlsafe(32)}", self.desk.bot.kit.now().timestamp()
        made = Token(id=secrets.token_hex(4), name=name, owner=owner, acts_for=acts_for, created_at=now, **changes)
        await self.desk.bot.database.run(lambda connection: tokens.add(connection, made, digest_of(token)))
        return token

    async def ask(
        self,
        token: str | None,
        user: str = "U0ALEX",
        message: str = "what is 6*7?",
        conversation: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        """Ask; `headers` are named with `_` in the place of `-`."""
        body = {"user_id": user, "message": message} | ({"conversation_id": conversation} if conversation else {})
        return await self.client.post("/api/agent", json=body, headers=_headers(token, headers))

    async def look(self, token: str, conversation: str, **headers: str) -> httpx2.Response:
        """How it stands."""
        return await self.client.get(f"/api/agent/{conversation}", headers=_headers(token, headers))


@asynccontextmanager
async def an_api(folder: Path, model: Model, *, terms: parts.Terms | None = None, **changes: Any) -> AsyncIterator[Api]:
    """The bot at work, and its API; `changes` are fields of its Setup."""
    terms = terms or parts.Terms(wait=WAIT)
    async with helpdesk(folder, model, **changes) as desk:
        bot = desk.bot
        agent = parts.agent(bot.kit, bot.wake, bot.tenant, terms)
        app = http.application(None, bot.ready)
        app.router.routes.extend(routes.routes(agent, terms.wait))
        async with (
            serving(app, "127.0.0.1", 0) as port,
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
        ):
            try:
                yield Api(desk, client, agent)
            finally:
                agent.waits.close()


def _headers(token: str | None, more: Mapping[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return named | ({"Authorization": f"Bearer {token}"} if token is not None else {})


def error(response: httpx2.Response) -> tuple[int, str]:
    """The status and the code of a refusal, which has nothing else."""
    told = response.json()
    assert set(told) == {"error"}
    assert set(told["error"]) == {"code", "message"}
    assert told["error"]["message"]
    return response.status_code, told["error"]["code"]
