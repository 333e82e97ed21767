"""What Slack and the model provider do to those who call them: too many requests, errors, silence, lost answers."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.playground.web_api import LostConnection

#: too many requests; an error and nothing done; done, and an error; done, and no answer; nothing done, and no answer;
#: an answer that comes late
Fate = Literal["limited", "broken", "lost", "cut", "gone", "slow"]

#: how many of a hundred requests meet it in usual bad weather
SLACK: Mapping[Fate, float] = {"limited": 3, "broken": 3, "lost": 1.5, "cut": 1.5, "gone": 1, "slow": 6}
MODEL: Mapping[Fate, float] = {"limited": 3, "broken": 4, "cut": 2, "gone": 2, "slow": 5}

#: the longest silence, seconds
SLACK_SILENCE, MODEL_SILENCE = 3.0, 6.0


@dataclass
class Sky:
    """How bad it is: 0 is calm, 1 usual, more is worse."""

    slack: float = 0.0
    model: float = 0.0


class Weather:
    """Around the application that stands for Slack and the model; `met` counts what was met."""

    def __init__(self, app: ASGIApp, sky: Sky, chance: random.Random) -> None:
        self._app = app
        self._sky = sky
        self._chance = chance
        self.met: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # whoever asked may be killed meanwhile
        with contextlib.suppress(ClientDisconnect):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith("/api/"):
            await self._meet("slack", self._draw(SLACK, self._sky.slack), scope, receive, send)
        elif path == "/v1/responses":
            await self._meet("model", self._draw(MODEL, self._sky.model), scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _draw(self, odds: Mapping[Fate, float], badness: float) -> Fate | None:
        left = self._chance.uniform(0, 100)
        for fate, share in odds.items():
            left -= share * badness
            if left < 0:
                return fate
        return None

    async def _meet(self, who: str, fate: Fate | None, scope: Scope, receive: Receive, send: Send) -> None:
        if fate:
            self.met[f"{who} {fate}"] += 1
        if fate in ("lost", "cut"):
            await self._app(scope, receive, _nowhere)
        match fate:
            case None:
                await self._app(scope, receive, send)
            case "slow":
                longest = SLACK_SILENCE if who == "slack" else MODEL_SILENCE
                await asyncio.sleep(self._chance.uniform(0.3, longest))
                await self._app(scope, receive, send)
            case "limited":
                wait = {"Retry-After": str(self._chance.randint(1, 3))}
                await JSONResponse({"ok": False, "error": "ratelimited"}, 429, wait)(scope, receive, send)
            case "broken" | "lost":
                await PlainTextResponse("upstream trouble", 500)(scope, receive, send)
            case "cut" | "gone":
                await LostConnection()(scope, receive, send)


async def _nowhere(_: Message) -> None:
    """The answer is lost."""
