"""The questions we ask a SCIM server, and the two things we tell it: who is in a group, and a new password.

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

from tools.backends.access import NO_PERSON
from tools.backends.accounts import PasswordRefused
from tools.backends.directory import ID
from tools.backends.elsewhere.members import Group
from tools.backends.failures import DIRECTORY
from tools.backends.scim import models
from tools.backends.scim.client import CONNECT_S, LIMIT_S, Client, refusal
from tools.backends.scim.models import Person
from tools.spec import NotPossible

R = TypeVar("R", Person, models.Group)

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

    async def active(self, person: str) -> bool:
        """See Members."""
        found = await self.person(person)
        return found is not None and active(found)

    async def group(self, key: str) -> Group | None:
        """See Members; it is found again by its version."""
        found = await self._one(models.Group, key, _GROUP)
        return _group(found) if found else None

    async def groups(self, terms: Sequence[str]) -> list[Group]:
        """Those for which one of the filters holds, each once."""
        found: dict[str, Group] = {}
        for start in range(0, len(terms), TERMS):
            rows = await self._rows(models.Group, terms[start : start + TERMS], _GROUP)
            found |= {str(each.id): _group(each) for each in rows}
        return list(found.values())

    async def groups_named(self, named: str) -> list[Group]:
        """See Members."""
        return await self.groups([equal("id", named), equal("displayName", named)])

    async def groups_of(self, person: str) -> list[Group]:
        """See Members."""
        return await self.groups([equal("members.value", person)])

    async def groups_around(self, inner: Sequence[Group]) -> list[Group]:
        """See Members."""
        return await self.groups([equal("members.value", each.id) for each in inner])

    async def has(self, group_id: str, person: str) -> bool:
        """See Members."""
        both = f"{equal('id', group_id)} and {equal('members.value', person)}"
        return any(each.id == group_id for each in await self._rows(models.Group, [both], _GROUP))

    async def put(self, group: Group, person: str, *, member: bool) -> bool:
        """See Members."""
        if member:
            change = PatchOperation[models.Group](op="add", path="members", value=[{"value": person}])
        else:
            change = PatchOperation[models.Group](op="remove", path=f"members[{equal('value', person)}]")
        headers = {"If-Match": group.handle} if group.handle else {}
        with _understood(passed=(HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED)) as outcome:
            await self._client.modify(
                models.Group, group.id, PatchOp[models.Group](operations=[change]), headers=headers
            )
        return not outcome

    async def set_password(self, person: str, password: SecretStr) -> None:
        """See SetsPasswords: a server gives no password back, so it is set where it says so."""
        change = PatchOperation[Person](op="replace", path="password", value=password.get_secret_value())
        with _understood(passed=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)) as outcome:
            await self._client.modify(Person, person, PatchOp[Person](operations=[change]))
        if HTTPStatus.NOT_FOUND in outcome:
            raise NotPossible(NO_PERSON.format(person))
        if "invalidValue" in outcome:
            raise PasswordRefused("The directory does not take this password. Choose another one.")
        if outcome:
            raise refusal(HTTPStatus.BAD_REQUEST)

    async def _one(self, kind: type[R], key: str, attributes: list[str]) -> R | None:
        if not ID.fullmatch(key):
            return None
        found = None
        with _understood(passed=(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)) as outcome:
            wanted: Any = ResponseParameters(attributes=attributes)
            found = cast("R | None", await self._client.query(kind, key, wanted))
        if found is None and not outcome:
            raise DIRECTORY.unreadable("it is empty")
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
                raise DIRECTORY.unreadable("its pages do not add up")
            found |= new
            if len(found) >= total:
                # what we could not write into a card or a question of ours is nobody
                return [each for each in found.values() if each.id and ID.fullmatch(each.id)]
            if total > MAX_ROWS:
                raise DIRECTORY.unreadable("there is too much of it", total=total, limit=MAX_ROWS)


@asynccontextmanager
async def server(url: str, token: SecretStr) -> AsyncIterator[Server]:
    """The server with its connections, which end with the block; nobody is followed elsewhere."""
    headers = {"authorization": f"Bearer {token.get_secret_value()}", "accept": "application/scim+json"}
    limit = httpx2.Timeout(LIMIT_S, connect=CONNECT_S)
    async with httpx2.AsyncClient(base_url=url, timeout=limit, headers=headers) as client:
        yield Server(Client(client))


def active(found: Person) -> bool:
    """What the server does not say of its people is taken for granted: many leave it out."""
    return found.active is not False


def _group(found: models.Group) -> Group:
    return Group(str(found.id), found.display_name, (found.meta and found.meta.version) or "")


def _page(page: Any) -> tuple[int, list[Any]]:
    if page is None:
        raise DIRECTORY.unreadable("it is empty")
    rows = page.resources or []
    return max(page.total_results or 0, len(rows)), rows


@contextmanager
def _understood(passed: Sequence[int] = ()) -> Iterator[list[int | str]]:
    """What the library raises becomes ToolFailed, or a status that is passed on, with SCIM's word for it."""
    outcome: list[int | str] = []
    try:
        yield outcome
    except (SCIMException, SCIMClientException) as error:
        status: int | None = getattr(getattr(error, "source", None), "status_code", None)
        # the error's text may hold what was asked
        if status is None or status < HTTPStatus.BAD_REQUEST:
            raise DIRECTORY.unreadable(type(error).__name__, status=status) from None
        if status not in passed:
            raise refusal(status) from None
        outcome += [status, getattr(error, "scim_type", "")]
