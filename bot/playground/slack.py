"""The local Slack itself: workspace, Web API, event delivery, people and page, put together."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bot.playground.administration import Administration
from bot.playground.delivery import Outbox
from bot.playground.files import Downloads
from bot.playground.journal import Journal
from bot.playground.messages import Json
from bot.playground.page import Page
from bot.playground.request_url import RequestUrl
from bot.playground.seed import DEMO, Seed
from bot.playground.socket_mode import SocketMode
from bot.playground.teams import THE_DEMO, Team
from bot.playground.tiers import PER_MINUTE, Tiers
from bot.playground.web_api import AppLevel, RateLimit, WebApi
from bot.playground.workspace import Workspace

T = TypeVar("T")

TOKEN = "xoxb-playground"  # noqa: S105 - opens nothing but a local Slack
APP_TOKEN = "xapp-playground"  # noqa: S105 - as above
SIGNING_SECRET = "playground-signing-secret"  # noqa: S105 - as above
#: Slack repeats an event at once, after a minute, and after five minutes; seconds.
RETRY_DELAYS = (0.0, 60.0, 300.0)
#: Slack waits this long for an answer to an event or interaction; seconds.
ANSWER_WITHIN = 3.0
LABEL = "Playground · offline model"


class LocalSlack(Administration):
    """A Slack workspace on this machine; for one event loop.

    The bot's Web API is `base_url` + "/api/". `routes()` go into a Starlette app; `start()` begins to deliver events.
    With a `ws://` address for events the app gets them by Socket Mode: connections begin there, at one of the routes,
    and whoever serves them needs a WebSocket implementation.
    With `journal` the state survives a kill; events that the app has not acknowledged are sent again.
    `subscribed` are the events about people and groups, and app_home_opened, that the app's manifest subscribes to.
    """

    def __init__(  # noqa: PLR0913 - all have defaults; a caller names the one or two that matter
        self,
        events_url: str,
        *,
        seed: Seed = DEMO,
        token: str = TOKEN,
        signing_secret: str = SIGNING_SECRET,
        base_url: str = "http://127.0.0.1:8080",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        retry_delays: Sequence[float] = RETRY_DELAYS,
        answer_within: float = ANSWER_WITHIN,
        journal: Path | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        label: str = LABEL,
        subscribed: Collection[str] = (),
        team: Team = THE_DEMO,
    ) -> None:
        workspace = Workspace(seed, now, Journal(journal), team)
        endpoint: RequestUrl | SocketMode = (
            SocketMode(events_url, answer_within, workspace.changes.mark)
            if events_url.startswith("ws://")
            else RequestUrl(events_url, signing_secret, now, answer_within)
        )
        outbox = Outbox(workspace, endpoint, retry_delays)
        super().__init__(workspace, outbox, endpoint, base_url, subscribed)
        self.signing_secret = signing_secret
        self.app_token = APP_TOKEN
        socket = endpoint if isinstance(endpoint, SocketMode) else None
        self._socket = socket
        self._transport = transport
        self._api = WebApi(workspace, token, AppLevel(APP_TOKEN, socket.address) if socket else None)
        workspace.origin = lambda: self.base_url
        self._downloads = Downloads(workspace, lambda: self.token)
        self._page = Page(self, label)
        self.hear(outbox)

    @property
    def token(self) -> str:
        """The bot's; empty where it has none."""
        return self._api.token

    @token.setter
    def token(self, token: str) -> None:
        self._api.token = token

    def hear(self, outbox: Outbox | None) -> None:
        """Tell the app what happens from now on; nothing without an outbox."""
        self.workspace.emit = outbox.enqueue if outbox else lambda _event: None

    async def start(self) -> None:
        """Begin to deliver, first what a former process left."""
        self.endpoint.start(self._transport)
        self.outbox.start()

    async def stop(self) -> None:
        """Stop delivering; what is not acknowledged stays in the journal. The Web API goes on answering."""
        await self.outbox.stop()
        await self.endpoint.stop()
        self.workspace.changes.close()

    def close(self) -> None:
        """Release the journal, when nobody calls the Web API any more."""
        self.workspace.journal.close()

    async def api(self, request: Request) -> Response:
        """One call of the Web API."""
        return await self._api.endpoint(request)

    async def download(self, request: Request) -> Response:
        """The bytes of a file, for the app."""
        return await self._downloads.to_app(request)

    def routes(self) -> list[BaseRoute]:
        """Web API, response URLs and page. They ask nobody who they are: serve them behind `guard.LoopbackOnly`."""
        verbs = ["GET", "POST"]
        return [
            Route("/api/{method}", self._api.endpoint, methods=verbs),
            Route("/response/{response_id}", self.responses.endpoint, methods=["POST"]),
            Route("/files-pri/{place}/download/{name}", self.download, methods=["GET"]),
            Route("/page/file/{file}", self._downloads.to_page, methods=["GET"]),
            *([WebSocketRoute(urlsplit(self._socket.url).path, self._socket)] if self._socket else []),
            *self._page.routes(),
        ]

    # -- for tests ----------------------------------------------------------------------------------------------

    @property
    def socket(self) -> SocketMode:
        """The app's connections, in Socket Mode."""
        assert self._socket is not None, "this local Slack posts events by HTTP"
        return self._socket

    @property
    def calls(self) -> list[tuple[str, Json]]:
        """(method, arguments) of every Web API call with a good token, oldest first."""
        return self._api.calls

    def limit(self, method: str, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of a method with HTTP 429 and `Retry-After` (seconds)."""
        self._api.trouble(method, times, RateLimit(retry_after))

    def enforce_tiers(self, per_minute: Mapping[str, int] = PER_MINUTE) -> None:
        """From now on take only as many calls as Slack's documented tiers; `per_minute` are others."""
        self._api.tiers = Tiers(self.workspace.now, per_minute)

    @property
    def limited(self) -> Counter[str]:
        """How many calls of each method were too many for its tier."""
        return self._api.limited

    def fail(self, method: str, times: int = 1, how: str | int = "internal_error") -> None:
        """Fail the next calls of a method: an error code, an HTTP status, ANSWER_LOST or CONNECTION_LOST.

        With ANSWER_LOST the call takes effect and then the connection is cut.
        """
        self._api.trouble(method, times, how)

    def lack(self, *families: str) -> None:
        """From now on the workspace has no methods of these families, such as `agents.sessions`."""
        self._api.lacking = tuple(f"{family}." for family in families)

    def say_scopes(self, *scopes: str) -> None:
        """From now on the answers say that the bot's token has these."""
        self._api.scopes = ",".join(scopes)

    def end_streams(self) -> None:
        """End every open stream, as Slack does with those that are left idle for minutes."""
        for message in [each for inside in self.workspace.messages.values() for each in inside.values()]:
            if message.streaming:
                self.workspace.change(message, {"streaming": False})

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 30.0) -> T:  # noqa: ASYNC109 - its own word
        """The first true value of `predicate`, asked after each change; `TimeoutError` after `timeout` seconds."""
        return await self.workspace.changes.wait_for(predicate, timeout)
