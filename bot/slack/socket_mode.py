"""Socket Mode: WebSockets that we open to Slack, and what HTTP would bring comes through them in envelopes.

Promise: an envelope is acknowledged only after its listener did its work; a connection that Slack wants replaced is
read and answered until it ends, and one that breaks is replaced at once. What is sent twice has one effect, see inbox.

slack_sdk's own client (3.47) is not used: after a refused handshake it tries the same one-time address for ever, and
logs it; a dropped connection leaves it deaf for ten seconds, and clicks are not repeated; a wrong token is retried too.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from bot.errors import ConfigError
from bot.slack.client import CALL_LIMIT
from bot.slack.refusals import error_code, retry_after

#: seconds between our pings; a connection on which nothing comes back for half as long is dead
HEARTBEAT = 10.0

#: seconds a connection that Slack wants replaced is still read; Slack waits three for an answer
LINGER = 3.0

#: seconds that envelopes at work may take when their connection ends
GRACE = 5.0

#: seconds that Slack may take to answer our closing
GOODBYE = 1.0

#: longest pause between two attempts to connect, seconds; the first is one second
MAX_PAUSE = 30.0

#: errors of apps.connections.open that no second attempt will mend
REFUSED = {
    *("account_inactive", "invalid_auth", "missing_scope", "no_permission"),
    *("not_allowed_token_type", "not_authed", "token_expired", "token_revoked"),
}

log = structlog.get_logger()


@asynccontextmanager
async def socket_mode(app: AsyncApp, token: SecretStr) -> AsyncIterator[None]:
    """Receive until the block ends. Raises ConfigError where Slack refuses the app-level token."""
    async with aiohttp.ClientSession() as http:
        line = _Line(app, token, http)
        try:
            first = await line.address()
        except SlackApiError as error:
            if error_code(error) in REFUSED:
                raise ConfigError(f"SLACK_APP_TOKEN is refused by Slack: {error_code(error)}") from None
            first = None
        except (aiohttp.ClientError, OSError, TimeoutError):
            first = None
        staying = asyncio.create_task(line.stay(first))
        try:
            yield
        finally:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)


class _Connection:
    """One WebSocket, from its opening to its end."""

    def __init__(self, app: AsyncApp, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._app = app
        self._socket = socket
        self._at_work: set[asyncio.Task[None]] = set()
        #: Slack said hello
        self.greeted = False
        #: it is time for another one
        self.ending = asyncio.Event()

    async def live(self) -> None:
        """Take envelopes until Slack ends it, or until cancelled; what is at work is answered first."""
        try:
            await self._listen()
            self.ending.set()
            async with asyncio.timeout(LINGER):
                await self._listen()
        except TimeoutError:
            pass  # Slack leaves it to us to close it
        finally:
            self.ending.set()
            if self._at_work:
                await asyncio.wait(self._at_work, timeout=GRACE)
            await self._socket.close()

    async def _listen(self) -> None:
        """Until Slack wants it replaced, or it ended."""
        async for message in self._socket:
            said = json.loads(message.data) if message.type is aiohttp.WSMsgType.TEXT else {}
            match said:
                case {"type": "hello"}:
                    self.greeted = True
                    log.info("connected to Slack")
                case {"type": "disconnect"}:
                    log.info("Slack asks for another connection", reason=said.get("reason"))
                    return
                case {"envelope_id": str(envelope), "payload": dict(payload)}:
                    task = asyncio.create_task(self._take(envelope, payload))
                    self._at_work.add(task)
                    task.add_done_callback(self._at_work.discard)

    async def _take(self, envelope: str, payload: dict[str, Any]) -> None:
        response = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        if response.status != HTTPStatus.OK:
            return  # no answer: Slack sends an event again, and tells who clicked that it did not work
        try:
            await self._socket.send_json({"envelope_id": envelope, **_payload(response)})
        except ConnectionError:
            log.info("the connection ended before an answer")


class _Line:
    """The connections: one, or more while one is replaced."""

    def __init__(self, app: AsyncApp, token: SecretStr, http: aiohttp.ClientSession) -> None:
        self._app = app
        self._token = token
        self._http = http
        #: seconds before the next attempt
        self._pause = 0.0

    async def address(self) -> str:
        """Where the next connection begins; good for one, and for a short time."""
        answer = await self._app.client.apps_connections_open(app_token=self._token.get_secret_value())
        return str(answer["url"])

    async def stay(self, address: str | None) -> None:
        """Be connected until cancelled, first to `address`."""
        lives: set[asyncio.Task[None]] = set()
        try:
            while True:
                connection, address = await self._connect(address), None
                if connection:
                    life = asyncio.create_task(connection.live())
                    lives.add(life)
                    life.add_done_callback(lives.discard)
                    await connection.ending.wait()
                if connection and connection.greeted:
                    self._pause = 0.0
                    continue
                await asyncio.sleep(self._pause + random.random())  # noqa: S311 -- spreads attempts, hides nothing
                self._pause = min(max(1.0, self._pause * 2), MAX_PAUSE)
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    async def _connect(self, address: str | None) -> _Connection | None:
        limits = aiohttp.ClientWSTimeout(ws_close=GOODBYE)
        try:
            async with asyncio.timeout(CALL_LIMIT):
                socket = await self._http.ws_connect(
                    address or await self.address(), heartbeat=HEARTBEAT, timeout=limits, proxy=self._app.client.proxy
                )
        except SlackApiError as error:
            log.warning("Slack gives no connection", error=error_code(error))
            self._pause = retry_after(error, self._pause)
            return None
        except Exception as error:  # noqa: BLE001 -- whatever it is: a bot that gives up is deaf, and nobody sees it
            # its text would have the address, and that lets whoever reads it connect
            log.warning("no connection to Slack", error=type(error).__name__)
            return None
        return _Connection(self._app, socket)


def _payload(response: BoltResponse) -> dict[str, Any]:
    """What a form is answered with; empty for most."""
    if not response.body:
        return {}
    is_json = (response.headers.get("content-type") or [""])[0].startswith("application/json")
    return {"payload": json.loads(response.body) if is_json else {"text": response.body}}
