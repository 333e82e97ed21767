"""How Request Tracker is asked, and how its failures reach people.

Promise: an answer comes within a time and a size, or as ToolFailed; neither a sentence nor the log holds the token.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import httpx2
from pydantic import BaseModel, SecretStr, ValidationError

from tools.backends.failures import TICKETS
from tools.backends.http_answers import answer

M = TypeVar("M", bound=BaseModel)

#: seconds for one request, and for its connection; a new ticket may have mail sent before it is answered
LIMIT_S, CONNECT_S = 5.0, 2.0
#: bytes of an answer
MAX_BYTES = 5_000_000

#: below the address of the web pages
_REST = "/REST/2.0/"
_ETAG = re.compile('(W/)?"[!#-~]{1,100}"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said, other than that it cannot be done."""

    status: int
    body: bytes
    #: the version of what was read, where one was given
    etag: str | None

    def read(self, kind: type[M]) -> M:
        """The body. Raises ToolFailed where it is something else."""
        try:
            return kind.model_validate_json(self.body)
        except ValidationError as error:
            # what it says holds what was given
            raise TICKETS.unreadable(
                f"{kind.__name__}: {error.error_count()} things are wrong", status=self.status
            ) from None


class Client:
    """Asks one Request Tracker. Its methods raise ToolFailed."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, params: Mapping[str, str], *, passed: tuple[int, ...] = ()) -> Answer:
        """What is there; `passed`: statuses that are answers, too."""
        return await self._asked("GET", path, passed, params=params)

    async def send(
        self, method: str, path: str, values: Mapping[str, object], *, etag: str | None = None, passed: tuple[int, ...]
    ) -> Answer:
        """What came of a change. Raises NoAnswer where nobody knows."""
        headers = {"if-match": etag} if etag else {}
        return await self._asked(method, path, passed, json=values, headers=headers)

    async def _asked(self, method: str, path: str, passed: tuple[int, ...], **more: object) -> Answer:
        found = await answer(TICKETS, self._http, method, _REST + path, seconds=LIMIT_S, most=MAX_BYTES, **more)
        status, etag = found.status_code, found.headers.get("etag", "")
        if status in passed or HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Answer(status, found.content, etag if _ETAG.fullmatch(etag) else None)
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            raise TICKETS.busy(None, status=status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TICKETS.no_answer("server error", status=status)
        if status >= HTTPStatus.BAD_REQUEST:
            raise TICKETS.refused(status, "HELPDESK_RT_TOKEN and its rights")
        raise TICKETS.unreadable("it leads elsewhere", status=status)


@asynccontextmanager
async def connected(url: str, token: SecretStr) -> AsyncIterator[Client]:
    """A client with its connections, which end with the block; nobody is followed elsewhere."""
    headers = {"authorization": f"token {token.get_secret_value()}", "accept": "application/json"}
    limit = httpx2.Timeout(LIMIT_S, connect=CONNECT_S)
    async with httpx2.AsyncClient(base_url=url, timeout=limit, headers=headers) as http:
        yield Client(http)
