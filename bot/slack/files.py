"""Files that people send: what an event says of them, and getting them from where Slack keeps our team's.

Promise: the bot's token goes to Slack's own host for files and nowhere else, whatever an address or an answer says;
nothing larger than asked for is ever held.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.core import words
from bot.core.files import MAX_FILES, File
from bot.core.known import SLACK_USER
from bot.errors import NotInstalled, Unanswered, Unreadable
from bot.run.ports import TIME_LIMIT, Found
from bot.slack.clients import Clients
from bot.slack.refusals import error_code, is_passing, retry_after

#: characters of what an event says of a file
MAX_SAID = 200

#: seconds before Slack is asked again where it names no time
RETRY = 1.0

_ID = re.compile(r"F[A-Z0-9]{1,30}")

#: Slack's ways to say that there is no such file
_GONE = {"file_not_found", "file_deleted"}

#: modes of a file object behind which there is nothing to load
_NOT_THERE = {"tombstone", "hidden_by_limit"}

_OFFICIAL = {"slack.com": "https://files.slack.com", "slack-gov.com": "https://files.slack-gov.com"}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

log = structlog.get_logger()


def announced(event: Mapping[str, Any]) -> tuple[File, ...]:
    """The files of a message, without any address of theirs."""
    given = event.get("files")
    found = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    return tuple(_announced(each) for each in found if _ID.fullmatch(str(each.get("id"))))[:MAX_FILES]


def _announced(file: Mapping[str, Any]) -> File:
    size = file.get("size")
    name, mimetype = (str(file.get(key) or "")[:MAX_SAID] for key in ("name", "mimetype"))
    return File(id=file["id"], name=name, mimetype=mimetype, size=size if isinstance(size, int) else 0)


def origin_of(api_url: str) -> str | None:
    """Where files are kept that belong to a Web API: such as https://files.slack.com; None: nowhere safe."""
    parts = urlsplit(api_url)
    if official := _OFFICIAL.get(parts.hostname or ""):
        return official
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return f"{parts.scheme}://{parts.netloc}" if safe else None


def place_of(found: Mapping[str, Any], origin: str | None, teams: Iterable[str]) -> str:
    """The path under `origin` where the file of one of these teams is kept. Raises Unreadable for all else."""
    address = found.get("url_private_download") or found.get("url_private")
    try:
        parts = urlsplit(str(address))
    except ValueError:
        raise Unreadable(words.FILE_ELSEWHERE) from None
    # the address is put together anew from our own origin, so that no two readers of it can differ
    place = f"{parts.path}?{parts.query}" if parts.query else parts.path
    ours = "|".join(map(re.escape, teams))
    kept = re.fullmatch(rf"/files-pri/({ours})-{found['id']}/[^\s\\#]+", place)
    if f"{parts.scheme}://{parts.netloc}" != origin or not kept or "/.." in place:
        log.warning("a file is kept elsewhere")
        raise Unreadable(words.FILE_ELSEWHERE)
    return place


class SlackFiles:
    """Files of our teams, by the Web API and Slack's host for files."""

    def __init__(
        self,
        clients: Clients,
        pool: aiohttp.ClientSession,
        api_url: str,
        teams: Callable[[str], Awaitable[frozenset[str]]],
    ) -> None:
        """`teams` says of a tenant which are ours: workspaces, and the organisation they belong to."""
        self._clients = clients
        self._pool = pool
        self._teams = teams
        self._origin = origin_of(api_url)

    async def look(self, tenant: str, file: str) -> Found:
        """The file, if it is kept here for our team. Raises Unreadable, Unanswered."""
        client, teams = await self._client(tenant), await self._teams(tenant)
        try:
            answer = (await client.files_info(file=file)).data
        except SlackApiError as error:
            raise _of_api(error) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unanswered(type(error).__name__, wait=RETRY) from None
        found = answer.get("file") if isinstance(answer, dict) else None
        if not isinstance(found, dict) or found.get("id") != file or found.get("mode") in _NOT_THERE:
            raise Unreadable(words.FILE_GONE)
        if found.get("is_external") is not False or found.get("mode") == "external" or not _ours(found, teams):
            raise Unreadable(words.FILE_ELSEWHERE)
        told, uploader = _announced(found), str(found.get("user"))
        if not SLACK_USER.fullmatch(uploader):
            log.warning("nobody says who uploaded a file")
            raise Unreadable(words.FILE_NOT_GIVEN)
        return Found(file, told.name, told.mimetype, told.size, place_of(found, self._origin, teams), uploader)

    async def load(self, tenant: str, found: Found, limit: int) -> bytes:
        """The bytes. Raises Unreadable, Unanswered."""
        token = (await self._client(tenant)).token
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        limits = aiohttp.ClientTimeout(total=TIME_LIMIT)
        try:
            # a redirect is an answer like any other: the token never follows it
            async with self._pool.get(
                f"{self._origin}{found.place}", headers=headers, allow_redirects=False, timeout=limits
            ) as answer:
                _judge(answer)
                return await _body(answer, limit)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unanswered(type(error).__name__, wait=RETRY) from None

    async def _client(self, tenant: str) -> AsyncWebClient:
        try:
            return await self._clients.of(tenant)
        except NotInstalled:
            raise Unreadable(words.FILE_NOT_GIVEN) from None
        except SQLAlchemyError as error:
            raise Unanswered(type(error).__name__, wait=RETRY) from None


def _ours(found: Mapping[str, Any], teams: frozenset[str]) -> bool:
    said = {found.get(key) for key in ("user_team", "source_team", "team")} - {None, ""}
    return said <= teams


def _of_api(error: SlackApiError) -> Exception:
    code = error_code(error)
    if is_passing(error):
        return Unanswered(code, wait=retry_after(error, RETRY))
    if code not in _GONE:
        log.warning("Slack does not tell of a file", error=code)  # such as missing_scope: files:read
    return Unreadable(words.FILE_GONE if code in _GONE else words.FILE_NOT_GIVEN)


def _judge(answer: aiohttp.ClientResponse) -> None:
    """Raises where the answer is not the file."""
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        asked = answer.headers.get("Retry-After", "")
        raise Unanswered(f"http_{status}", wait=float(asked) if asked.isdecimal() else RETRY)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise Unreadable(words.FILE_GONE)
    # who may not read it is led to a page to sign in
    if status != HTTPStatus.OK or "html" in answer.content_type:
        log.warning("Slack does not give a file", status=status, content=answer.content_type)
        raise Unreadable(words.FILE_NOT_GIVEN)


async def _body(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    """Raises Unreadable as soon as it is too large, whatever its length is said to be."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise Unreadable(words.file_too_large(limit))
    return bytes(body)
