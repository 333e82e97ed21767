"""How the demo model words what people have: access to groups, and devices.

Promise: whatever a tool gave, the sentence says no more than that.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.model.demo.record import Deed, first, mappings

#: groups or devices named in one answer
_MOST = 20


def said(deed: Deed) -> str:
    """The answer in the result of one of the tools about access and devices; "" for another tool or no such answer."""
    if isinstance(deed.result, str):
        return deed.result.strip()
    match deed.tool, deed.result:
        case "grant_access", Mapping():
            return _granted(deed)
        case "list_my_access", Mapping():
            return _access(deed.result)
        case "find_device", Mapping():
            return _devices(deed)
    return ""


def _granted(deed: Deed) -> str:
    who, group = deed.arguments.get("user_id", "This person"), deed.arguments.get("group", "the group")
    if deed.result.get("added") is False:
        return f"{who} is in {group} already, so nothing was changed."
    return f"{who} has access to {group}{_until(deed.result)}."


def _access(result: Mapping[str, Any]) -> str:
    lines = [f"- {first(each, 'group')}{_until(each)}" for each in mappings(result.get("groups"))][:_MOST]
    more = ["- and maybe more"] if result.get("complete") is False or len(lines) == _MOST else []
    return "\n".join(["You have access to:", *lines, *more]) if lines else "You are in no group that I know of."


def _until(held: Mapping[str, Any]) -> str:
    ends = first(held, "until")
    return f" until {_moment(ends)}" if ends else ""


def _moment(value: str) -> str:
    """An ISO time as people write it; anything else as it stands."""
    try:
        return f"{datetime.fromisoformat(value).astimezone(UTC):%d %B %Y, %H:%M} UTC".lstrip("0")
    except ValueError:
        return value


def _devices(deed: Deed) -> str:
    who = deed.arguments.get("user_id", "This person")
    named = [*_named(deed.result)]
    return f"{who} has {' and '.join(named)}." if named else f"I know of no device of {who}."


def _named(result: Mapping[str, Any]) -> Iterator[str]:
    for each in mappings(result.get("devices"))[:_MOST]:
        yield f"{first(each, 'model')} ({first(each, 'device_id')})"
