"""The app's request URL: everything is posted to it, signed as Slack signs."""

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

import httpx2

from bot.playground.delivery import Answer, Kind, NoAnswer, Repeat
from bot.playground.messages import Json

_FORM = "application/x-www-form-urlencoded"


class RequestUrl:
    """An Endpoint that posts."""

    def __init__(self, url: str, signing_secret: str, now: Callable[[], datetime], answer_within: float) -> None:
        self.url = url
        self.answer_within = answer_within
        self._secret = signing_secret.encode()
        self._now = now
        self._client: httpx2.AsyncClient | None = None

    def start(self, transport: httpx2.AsyncBaseTransport | None, /) -> None:
        """Open the connections; proxies of the environment are none of ours, and no certificate is trusted: the app
        is on this machine, and reading those of the system takes longer than all the rest."""
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx2.AsyncClient(
            transport=transport, timeout=self.answer_within, trust_env=False, verify=trusted
        )

    async def stop(self) -> None:
        """Close the connections."""
        if self._client:
            await self._client.aclose()
            self._client = None

    async def reachable(self) -> None:
        """At once: whether somebody is there, an attempt finds out."""

    async def send(self, kind: Kind, payload: Json, repeat: Repeat | None = None) -> Answer:
        """The app's answer. Raises NoAnswer."""
        body, content_type = _body(kind, payload)
        try:
            answer = await self._post(body, content_type, repeat)
        except (TimeoutError, httpx2.TimeoutException):
            raise NoAnswer("http_timeout") from None
        except httpx2.HTTPError:
            raise NoAnswer("connection_failed") from None
        no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
        return Answer(answer.status_code, _payload(answer) if answer.is_success else {}, no_retry)

    async def _post(self, body: bytes, content_type: str, repeat: Repeat | None) -> httpx2.Response:
        assert self._client is not None, "LocalSlack.start() comes first"
        timestamp = str(int(self._now().timestamp()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": self.signature(body, timestamp),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if repeat:
            headers |= {"X-Slack-Retry-Num": str(repeat.number), "X-Slack-Retry-Reason": repeat.reason}
        async with asyncio.timeout(self.answer_within):
            return await self._client.post(self.url, content=body, headers=headers)

    def signature(self, body: bytes, timestamp: str) -> str:
        """`v0=` and the HMAC-SHA256 of `v0:timestamp:body`, see "Verifying requests from Slack"."""
        signed = b":".join((b"v0", timestamp.encode(), body))
        return "v0=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest()


def _body(kind: Kind, payload: Json) -> tuple[bytes, str]:
    match kind:
        case "events_api":
            return json.dumps(payload).encode(), "application/json"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}).encode(), _FORM
        case "slash_commands":
            return urlencode(payload).encode(), _FORM


def _payload(answer: httpx2.Response) -> Json:
    if not answer.content.strip():
        return {}
    if "json" not in answer.headers.get("content-type", ""):
        return {"text": answer.text}
    payload: Json = json.loads(answer.content)
    return payload
