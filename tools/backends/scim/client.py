"""How a SCIM server is asked, and how its failures reach people.

Promise: an answer comes within a time and a size, or as ToolFailed; neither a sentence nor the log holds the token.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Any

from httpx2 import AsyncClient, Response
from scim2_client.engines.httpx2 import AsyncSCIMClient

from tools.backends.failures import DIRECTORY
from tools.backends.http_answers import answer
from tools.backends.scim.models import PROVIDER
from tools.spec import ToolFailed

#: seconds for one request, and for its connection: people are looked up with several
LIMIT_S, CONNECT_S = 4.0, 2.0
#: bytes of an answer
MAX_BYTES = 5_000_000
#: seconds that we wait where the server says when to come back; for longer, people are told
MAX_WAIT = 2.0

_SECONDS = re.compile("[0-9]{1,6}")


class Client(AsyncSCIMClient):
    """The library's client, within our limits. Its methods raise ToolFailed, too."""

    def __init__(self, client: AsyncClient) -> None:
        super().__init__(client, provider=PROVIDER)

    async def request(self, method: str, url: str, **kwargs: Any) -> Response:
        """The answer, unless the server does not let us in or cannot answer. Raises ToolFailed."""
        response = await self._once(method, url, **kwargs)
        if (wait := _wait(response)) is not None and wait <= MAX_WAIT:
            await asyncio.sleep(wait)
            response = await self._once(method, url, **kwargs)
        return _answered(response)

    async def _once(self, method: str, url: str, **kwargs: Any) -> Response:
        return await answer(DIRECTORY, self.client, method, url, seconds=LIMIT_S, most=MAX_BYTES, **kwargs)


def refusal(status: int) -> ToolFailed:
    """What to raise where the server does not do what it is asked; nothing was done."""
    return DIRECTORY.refused(status, "HELPDESK_SCIM_TOKEN and at what it may do")


def _wait(response: Response) -> float | None:
    """Seconds after which the server can be asked again, where it says so."""
    if response.status_code not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    after = response.headers.get("retry-after", "")
    return float(after) if _SECONDS.fullmatch(after) else None


def _answered(response: Response) -> Response:
    status = response.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise refusal(status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise DIRECTORY.busy(_wait(response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DIRECTORY.no_answer("server error", status=status)
    return response
