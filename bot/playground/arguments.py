"""The arguments of one Web API call, however they came: JSON body, form fields or query."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.schema import complaint


class Arguments:
    """Named values; forms carry everything as text, so structures and flags are parsed where they are read."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def need(self, *names: str) -> None:
        """Refuse a call that lacks one of these."""
        missing = [name for name in names if self.values.get(name) in (None, "")]
        if missing:
            raise ApiError("invalid_arguments", [f"[ERROR] missing required field: {name}" for name in missing])

    def text(self, name: str) -> str:
        """A string, empty if it was not given."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            raise ApiError("invalid_arguments", [complaint("must be a string", f"/{name}")])
        return str(value)

    def flag(self, name: str) -> bool:
        """A boolean; aiohttp's client sends 1 and 0 in queries."""
        return str(self.values.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`."""
        given = self.values.get(name, default)
        if not str(given).isdigit() or not 1 <= int(given) <= most:
            raise ApiError("invalid_arguments", [complaint(f"must be between 1 and {most}", f"/{name}")])
        return int(given)

    def structure(self, name: str, unreadable: str = "invalid_arguments") -> Any:
        """A JSON value, given as such or as text; `unreadable` is the code for text that is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError(unreadable) from None


async def read(request: Request) -> tuple[str, Arguments]:
    """The token, from header or field, and all other arguments."""
    values: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("application/json"):
        values |= _json_object(await request.body())
    elif content_type.startswith("application/x-www-form-urlencoded"):
        values |= _fields(await request.body())
    field = str(values.pop("token", ""))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return (token if scheme.lower() == "bearer" else field), Arguments(values)


def _json_object(body: bytes) -> Json:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise ApiError("invalid_json") from None
    if not isinstance(values, dict):
        raise ApiError("json_not_object")
    return values


def _fields(body: bytes) -> Json:
    # Starlette's own form parser needs python-multipart, which nothing else here needs.
    return dict(parse_qsl(body.decode(), keep_blank_values=True))


def page(args: Arguments, items: list[Json], default: int = 100) -> tuple[list[Json], Json]:
    """One page of a list, and the `response_metadata` that leads to the next one."""
    cursor = args.text("cursor")
    if cursor and not (cursor.startswith("from:") and cursor[5:].isdigit()):
        raise ApiError("invalid_cursor")
    start = int(cursor[5:]) if cursor else 0
    end = start + args.number("limit", default, 1000)
    return items[start:end], {"next_cursor": f"from:{end}" if end < len(items) else ""}
