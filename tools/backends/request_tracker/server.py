"""The questions we ask Request Tracker, and what we tell it.

Promise: whatever is put into a question stays one value in it; no list is longer than what was asked for.
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from tools.backends.request_tracker.client import Answer, Client
from tools.backends.request_tracker.models import Page, Piece, Queue, R, Row, State, Transaction

#: rows of a page at most, as RT has it
PAGE = 100
#: messages of a ticket that are read, the newest; and parts of them
MAX_MESSAGES, MAX_PIECES = 100, 300

_TICKET = {
    "fields": "Subject,Status,Priority,Queue,Created,LastUpdated,Owner,Requestor,Cc,_hyperlinks",
    "fields[Queue]": "Name",
    "fields[Requestor]": "EmailAddress",
    "fields[Cc]": "EmailAddress",
}
_TRANSACTION = {"fields": "Type,Field,OldValue,NewValue,Created,Creator", "fields[Creator]": "EmailAddress"}
_PIECE = {"fields": "TransactionId,ContentType,Filename,Content"}
_NEWEST = {"orderby": "id", "order": "DESC"}

Filter = Mapping[str, object]


def quoted(value: str) -> str:
    """The value as TicketSQL takes it: https://docs.bestpractical.com/rt/5.0.3/query_builder.html"""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


class Server:
    """One Request Tracker. Its methods raise ToolFailed where it does not answer."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def rows(self, query: str, most: int) -> list[Row]:
        """At most so many tickets that TicketSQL finds, up to PAGE, newest first; deleted ones are never found."""
        params = {"query": query, "per_page": str(min(most, PAGE)), **_TICKET, **_NEWEST}
        return (await self._client.get("tickets", params)).read(Page[Row]).items[:most]

    async def queue(self, named: str) -> Queue | None:
        """The queue of this name; None where it is not to be seen."""
        wanted = {"field": "Name", "operator": "=", "value": named}
        found = await self._list(Queue, "queues", [wanted], {"fields": "Name,_hyperlinks"}, 1)
        return found[0] if found else None

    async def version(self, number: int) -> tuple[int, str | None] | None:
        """The ticket's number, another one where it was merged, and its version; None where it is not to be seen."""
        gone = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
        answer = await self._client.get(f"ticket/{number}", {}, passed=gone)
        return None if answer.status in gone else (answer.read(State).id, answer.etag)

    async def newest(self, number: int) -> int:
        """The last thing that was done to the ticket."""
        found = await self._list(Transaction, f"ticket/{number}/history", [], _TRANSACTION, 1)
        return found[0].id if found else 0

    async def later(self, number: int, since: int) -> list[Transaction]:
        """What was done to the ticket since, oldest first."""
        wanted: list[Filter] = [{"field": "id", "operator": ">", "value": since}]
        found = await self._list(Transaction, f"ticket/{number}/history", wanted, _TRANSACTION, MAX_MESSAGES)
        return sorted((each for each in found if each.id > since), key=lambda each: each.id)

    async def begun(self, number: int) -> list[Transaction]:
        """What the ticket began with."""
        return await self._of_type(number, "Create", 1)

    async def said(self, number: int) -> list[Transaction]:
        """What was written to the ticket's people, oldest first; comments of IT among themselves are not."""
        return (await self._of_type(number, "Correspond", MAX_MESSAGES))[::-1]

    async def moved(self, number: int) -> Transaction | None:
        """The last change of its status."""
        found = await self._of_type(number, "Status", 1)
        return found[0] if found else None

    async def pieces(self, number: int) -> list[Piece]:
        """The texts in the ticket, files left out."""
        wanted: list[Filter] = [
            {"field": "ContentType", "operator": "IN", "value": ["text/plain", "text/html"]},
            {"field": "Filename", "operator": "IS", "value": "NULL"},
        ]
        found = await self._list(Piece, f"ticket/{number}/attachments", wanted, _PIECE, MAX_PIECES)
        return sorted(found, key=lambda each: each.id)

    async def create(self, values: Mapping[str, object]) -> None:
        """Make a ticket. Raises NoAnswer where nobody knows whether it was made."""
        await self._client.send("POST", "ticket", values, passed=())

    async def correspond(self, number: int, text: str) -> None:
        """Write to the ticket's people. Raises NoAnswer where nobody knows whether it was written."""
        said = {"Content": text, "ContentType": "text/plain"}
        await self._client.send("POST", f"ticket/{number}/correspond", said, passed=())

    async def put(self, number: int, values: Mapping[str, object], etag: str | None) -> bool:
        """Ask for these values; False: it is another version by now. What RT then did is only seen by looking."""
        answer: Answer = await self._client.send(
            "PUT", f"ticket/{number}", values, etag=etag, passed=(HTTPStatus.PRECONDITION_FAILED,)
        )
        return answer.status != HTTPStatus.PRECONDITION_FAILED

    async def _of_type(self, number: int, kind: str, most: int) -> list[Transaction]:
        wanted = {"field": "Type", "operator": "=", "value": kind}
        found = await self._list(Transaction, f"ticket/{number}/history", [wanted], _TRANSACTION, most)
        return [each for each in found if each.type == kind]

    async def _list(
        self, kind: type[R], path: str, wanted: Sequence[Filter], fields: Mapping[str, str], most: int
    ) -> list[R]:
        """The newest that fit, newest first."""
        found: list[R] = []
        params: dict[str, Any] = {"query": json.dumps(wanted), **fields, **_NEWEST, "per_page": str(min(most, PAGE))}
        while len(found) < most:
            answer = await self._client.get(path, params | {"page": str(len(found) // PAGE + 1)})
            page = answer.read(Page[kind]).items  # type: ignore[valid-type] # pydantic makes the class
            found += page
            if len(page) < PAGE:
                break
        return found[:most]
