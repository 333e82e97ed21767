"""Socket Mode: the app opens WebSockets to us, and what it would get by HTTP comes through one of them as an envelope.

Wire format: "Using Socket Mode" and "Socket Mode implementation" of docs.slack.dev, and slack_sdk's own tests.
"""

import asyncio
import json
import secrets
from collections.abc import Callable

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.delivery import Answer, Kind, NoAnswer, Repeat
from bot.playground.guard import is_local
from bot.playground.messages import Json
from bot.playground.seed import APP_ID

#: connections that one app may have open
MOST = 10


class Link:
    """One open connection."""

    def __init__(self, websocket: WebSocket, transport: asyncio.Transport | None) -> None:
        self._websocket = websocket
        self._transport = transport
        self._asked: dict[str, asyncio.Future[Json]] = {}
        #: it gets no more envelopes
        self.leaving = False

    async def ask(self, envelope: Json, within: float) -> Answer:
        """What the app acknowledges with, on this connection. Raises NoAnswer."""
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._asked[envelope["envelope_id"]] = answer
        try:
            async with asyncio.timeout(within):
                await self.send(envelope)
                return Answer(200, await answer)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):  # the last: what was closed cannot be sent to
            raise NoAnswer("timeout") from None
        finally:
            del self._asked[envelope["envelope_id"]]

    async def send(self, message: Json) -> None:
        """Send it."""
        await self._websocket.send_text(json.dumps(message))

    async def hear(self) -> int:
        """Take acknowledgements until the connection ends; the code it ended with. Late ones count for nothing."""
        try:
            while True:
                said = json.loads(await self._websocket.receive_text())
                answer = self._asked.get(said["envelope_id"])
                if answer and not answer.done():
                    answer.set_result(said.get("payload") or {})
        except WebSocketDisconnect as end:
            for waiting in self._asked.values():
                if not waiting.done():
                    waiting.set_exception(NoAnswer("timeout"))
            return end.code

    def drop(self) -> None:
        """Cut the connection without a word, as a router that dies does."""
        self.leaving = True
        assert self._transport is not None, "there is no transport to cut"
        self._transport.abort()


class SocketMode:
    """An Endpoint that waits for the app's connections; an envelope goes to one of them, each in its turn.

    As an ASGI application it is the place where they begin; `changed` is told when one comes or goes.
    """

    def __init__(self, url: str, answer_within: float, changed: Callable[[], None]) -> None:
        self.url = url
        self.answer_within = answer_within
        #: so many of the next handshakes are refused
        self.refuse = 0
        #: every envelope that was sent, oldest first
        self.sent: list[Json] = []
        #: the codes that connections ended with, oldest first; 1000 is polite, 1006 is a cut
        self.ended: list[int] = []
        self._changed = changed
        self._tickets: set[str] = set()
        self._links: list[Link] = []
        self._turn = 0
        self._open = asyncio.Event()

    def start(self, _: object, /) -> None:
        """Nothing to do: the app begins, by opening a connection."""

    async def stop(self) -> None:
        """Drop what is still open."""
        for link in self._links:
            link.drop()

    async def reachable(self) -> None:
        """Return when there is a connection."""
        await self._open.wait()

    async def send(self, kind: Kind, payload: Json, repeat: Repeat | None = None) -> Answer:
        """The app's answer. Raises NoAnswer, at once if it has no connection open."""
        links = self.links
        if not links:
            raise NoAnswer("timeout")
        self._turn += 1
        envelope = _envelope(kind, payload, repeat)
        self.sent.append(envelope)
        self._changed()
        return await links[self._turn % len(links)].ask(envelope, self.answer_within)

    # -- connections --------------------------------------------------------------------------------------------

    @property
    def links(self) -> list[Link]:
        """The connections that get envelopes."""
        return [link for link in self._links if not link.leaving]

    def address(self) -> str:
        """Where the next connection begins; good for one."""
        ticket = secrets.token_urlsafe()
        self._tickets.add(ticket)
        return f"{self.url}?ticket={ticket}"

    async def refresh(self) -> None:
        """Tell the app to open new connections; those that are open get nothing more."""
        for link in self.links:
            link.leaving = True
            await link.send({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "local"}})
        self._count()

    def drop(self) -> None:
        """Cut all connections."""
        for link in self.links:
            link.drop()
        self._count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, from its handshake to its end."""
        websocket = WebSocket(scope, receive, send)
        if not self._lets_in(websocket):
            await websocket.close()
            return
        await websocket.accept()
        link = Link(websocket, getattr(getattr(receive, "__self__", None), "transport", None))
        if len(self._links) == MOST:
            await link.send({"type": "disconnect", "reason": "too_many_websockets"})
            await websocket.close()
            return
        self._links.append(link)
        await link.send({"type": "hello", "num_connections": len(self._links), "connection_info": {"app_id": APP_ID}})
        self._count()
        try:
            self.ended.append(await link.hear())
        finally:
            self._links.remove(link)
            self._count()

    def _lets_in(self, websocket: WebSocket) -> bool:
        ticket = websocket.query_params.get("ticket", "")
        known = ticket in self._tickets
        self._tickets.discard(ticket)
        if self.refuse:
            self.refuse -= 1
            return False
        return known and is_local(websocket.headers.get("host", ""), websocket.headers.get("origin"))

    def _count(self) -> None:
        if self.links:
            self._open.set()
        else:
            self._open.clear()
        self._changed()


def _envelope(kind: Kind, payload: Json, repeat: Repeat | None) -> Json:
    envelope = {"envelope_id": secrets.token_hex(16), "type": kind, "payload": payload}
    if kind != "events_api":
        return envelope | {"accepts_response_payload": True}
    number, reason = (repeat.number, repeat.reason) if repeat else (0, "")
    return envelope | {"accepts_response_payload": False, "retry_attempt": number, "retry_reason": reason}
