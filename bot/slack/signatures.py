"""What comes to the HTTP door is signed by Slack: with the signing secret, or the one of before while it is changed.

Bolt's own check (1.30) knows one secret, and writes what is not signed into the log, body and all.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from pydantic import SecretStr
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.store.keys import good

log = structlog.get_logger()


class Signed(AsyncMiddleware):
    """Lets pass to the next middleware what is signed, or comes by Socket Mode; a request with neither is refused."""

    def __init__(self, secret: SecretStr | None, then: AsyncMiddleware) -> None:
        """Without a secret nothing that came by HTTP is signed."""
        self._verifiers = [SignatureVerifier(each.get_secret_value()) for each in (good(secret) if secret else ())]
        self._then = then

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 -- Bolt's name
    ) -> BoltResponse | None:
        """Check one request."""
        if req.mode == "socket_mode" or self._is_signed(req):
            return await self._then.async_process(req=req, resp=resp, next=next)
        log.info("a request was not signed by Slack")
        return BoltResponse(status=HTTPStatus.UNAUTHORIZED)

    def _is_signed(self, request: AsyncBoltRequest) -> bool:
        timestamp = request.headers.get("x-slack-request-timestamp", ["0"])[0]
        signature = request.headers.get("x-slack-signature", [""])[0]
        try:
            # all are asked, so that the time taken does not tell which
            return any([each.is_valid(request.raw_body, timestamp, signature) for each in self._verifiers])  # noqa: C419
        except (TypeError, ValueError):
            # no number, or a signature that is not in ASCII: Slack made neither
            return False
