"""The questions we ask a SCIM server, and the one thing we tell it.

Promise: what it gives beside what it was asked for is passed over; more than can be read is ToolFailed, never a part.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any, TypeVar, cast

import httpx2
import structlog
from pydantic import SecretStr
from scim2_client import SCIMClientException
from scim2_models import PatchOp, PatchOperation, ResponseParameters, SCIMException, SearchRequest

from tools.backends.directory import ID
from tools.backends.scim.client import CONNECT_S, LIMIT_S, Client, refused, unreadable
from tools.backends.scim.models import Group, Person

R = TypeVar("R", Person, Group)

log = structlog.get_logger()

#: rows of a page, and of an answer
PAGE, MAX_ROWS = 100, 1_000
#: alternatives in one question: an address has an end
TERMS = 20

_PERSON = [
    "userName", "externalId", "displayName", "name", "active", "emails", "addresses", "groups",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
]  # fmt: skip
_GROUP = ["displayName"]


def equal(attribute: str, value: str) -> str:
    """The filter for that; whatever is in the value stays in it (RFC 7644, 3.4.2.2: a JSON string)."""
    return f"{attribute} eq {json.dumps(value, ensure_ascii=False)}"


class Server:
    """One server. Its methods raise ToolFailed where it does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def person(self, key: str) -> Person | None:
        """The person with exactly this id, or None."""
        return await self._one(Person, key, _PERSON)

    async def persons(self, *terms: str) -> list[Person]:
        """Those for whom one of the filters holds."""
        return await self._rows(Person, terms, _PERSON)

    async def group(self, key: str) -> Group | None:
        """The group with exactly this id, or None, with the version that it has now."""
        return await self._one(Group, key, _GROUP)

    async def groups(self, terms: Sequence[str]) -> list[Group]:
        """Those for which one of the filters holds, each once."""
        found: dict[str, Group] = {}
        for start in range(0, len(terms), TERMS):
            rows = await self._rows(Group, terms[start : start + TERMS], _GROUP)
            found |= {str(each.id): each for each in rows}
        return list(found.values())

    async def has(self, group_id: str, person: str) -> bool:
        """The person is a direct member of the group."""
        both = f"{equal('id', group_id)} and {equal('members.value', person)}"
        return any(each.id == group_id for each in await self._rows(Group, [both], _GROUP))

    async def put(self, group: Group, person: str, *, member: bool) -> bool:
        """Make the person a direct member or none; False: the group is another one or gone since it was read.

        Raises NoAnswer where nobody knows whether it was done.
        """
        if member:
            change = PatchOperation[Group](op="add", path="members", value=[{"value": person}])
        else:
            change = PatchOperation[Group](op="remove", path=f"members[{equal('value', person)}]")
        version = group.meta.version if group.meta else None
        headers = {"If-Match": version} if version else {}
        with _understood(passed=(HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED)) as outcome:
            await self._client.modify(Group, str(group.id), PatchOp[Group](operations=[change]), headers=headers)
        return not outcome

    async def _one(self, kind: type[R], key: str, attributes: list[str]) -> R | None:
        if not ID.fullmatch(key):
            return None
        found = None
        with _understood(passed=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)) as outcome:
            wanted: Any = ResponseParameters(attributes=attributes)
            found = cast("R | None", await self._client.query(kind, key, wanted))
        if found is None and not outcome:
            raise unreadable("it is empty")
        if HTTPStatus.BAD_REQUEST in outcome:
            # some answer so to what is not shaped like an id of theirs
            log.warning("the directory takes something for no id at all", kind=kind.__name__)
        return found if found and found.id == key else None

    async def _rows(self, kind: type[R], terms: Sequence[str], attributes: list[str]) -> list[R]:
        found: dict[str, R] = {}
        while True:
            wanted: Any = SearchRequest(
                filter=" or ".join(terms), attributes=attributes, start_index=len(found) + 1, count=PAGE
            )
            page: Any = None
            with _understood():
                page = await self._client.query(kind, query_parameters=wanted)
            total, rows = _page(page)
            new = {str(each.id): each for each in rows}
            if len(new.keys() | found.keys()) < len(rows) + len(found) or (not rows and len(found) < total):
                raise unreadable("its pages do not add up")
            found |= new
            if len(found) >= total:
                # what we could not write into a card or a question of ours is nobody
                return [each for each in found.values() if each.id and ID.fullmatch(each.id)]
            if total > MAX_ROWS:
                raise unreadable("there is too much of it", total=total, limit=MAX_ROWS)


@asynccontextmanager
async def server(url: str, token: SecretStr) -> AsyncIterator[Server]:
    """The server with its connections, which end with the block; nobody is followed elsewhere."""
    headers = {"authorization": f"Bearer {token.get_secret_value()}", "accept": "application/scim+json"}
    limit = httpx2.Timeout(LIMIT_S, connect=CONNECT_S)
    async with httpx2.AsyncClient(base_url=url, timeout=limit, headers=headers) as client:
        yield Server(Client(client))


def _page(page: Any) -> tuple[int, list[Any]]:
    if page is None:
        raise unreadable("it is empty")
    rows = page.resources or []
    return max(page.total_results or 0, len(rows)), rows


@contextmanager
def _understood(passed: Sequence[int] = ()) -> Iterator[list[int]]:
    """What the library raises becomes ToolFailed, or one of the statuses that are passed on."""
    outcome: list[int] = []
    try:
        yield outcome
    except (SCIMException, SCIMClientException) as error:
        status: int | None = getattr(getattr(error, "source", None), "status_code", None)
        # the error's text may hold what was asked
        if status is None or status < HTTPStatus.BAD_REQUEST:
            raise unreadable(type(error).__name__, status=status) from None
        if status not in passed:
            raise refused(status) from None
        outcome.append(status)
