"""Death at a chosen moment: the nth time the bot reaches outside, it stops for good.

Dying before an input or output covers dying after the one before: between two of them only memory changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.core.exchange import Prompt, Reply
from bot.model.port import Hear, Model, unheard


class Died(BaseException):
    """No handler of ours may survive it."""


class Death:
    """Comes at the `at`th moment; never for 0. `moments` counts them all."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.moments: list[str] = []
        #: False before the bot is up, and in its second life
        self.armed = False

    @property
    def came(self) -> bool:
        return 0 < self.at <= len(self.moments)

    def moment(self, name: str) -> None:
        """The bot is about to reach outside."""
        if not self.armed:
            return
        if not self.came:
            self.moments.append(name)
        if self.came:
            raise Died(name)

    @contextmanager
    def watching_databases(self) -> Iterator[None]:
        """A transaction's beginning and its commit are moments."""

        def begin(_: Any) -> None:
            self.moment("begin")

        def commit(_: Any) -> None:
            self.moment("commit")

        event.listen(Engine, "begin", begin)
        event.listen(Engine, "commit", commit)
        try:
            yield
        finally:
            event.remove(Engine, "begin", begin)
            event.remove(Engine, "commit", commit)


class MortalApi:
    """Middleware around the local Slack: each call of its Web API is a moment."""

    def __init__(self, app: ASGIApp, death: Death) -> None:
        self._app = app
        self._death = death

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            try:
                self._death.moment(scope["path"])
            except Died:
                await PlainTextResponse("dead", 503)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class MortalModel:
    """Each request to the model is a moment."""

    def __init__(self, model: Model, death: Death) -> None:
        self.name = model.name
        self._model = model
        self._death = death

    async def reply(self, prompt: Prompt, hear: Hear = unheard) -> Reply:
        self._death.moment("model")
        return await self._model.reply(prompt, hear)
