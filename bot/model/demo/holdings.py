"""How the demo model words what people have: access to groups, and devices.

Promise: any shape a backend may return gives a sentence, and the sentence says no more than that result.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.model.demo.record import Deed, first, listed

#: groups or devices named in one answer
_MOST = 20

_UNCHANGED = ("already_member", "was_member", "already")
_CHANGED = ("added", "changed", "removed", "wiped")
_UNTIL = ("until", "expires_at", "expires", "ends", "end")


def said(deed: Deed) -> str:
    """The answer in the result of one of the tools about access and devices; "" for another tool or no such answer."""
    if isinstance(deed.result, str):
        return deed.result.strip()
    match deed.tool:
        case "grant_access":
            return _granted(deed)
        case "revoke_access":
            return _revoked(deed)
        case "list_my_access":
            return _access(deed.result)
        case "find_device":
            return _devices(deed)
        case "wipe_device":
            return _wiped(deed)
    return ""


def moment(value: str) -> str:
    """An ISO time as people write it; anything else as it stands."""
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{when.astimezone(UTC):%d %B %Y, %H:%M} UTC".lstrip("0") if when.tzinfo else f"{when:%d %B %Y, %H:%M}"


def _granted(deed: Deed) -> str:
    who, group, until = _person(deed), _field(deed, "group"), first(deed.result, *_UNTIL)
    if _says(deed.result, _UNCHANGED, True) or _says(deed.result, _CHANGED, False):
        return f"{who} is in {group} already, so nothing was changed."
    return f"{who} has access to {group}{f' until {moment(until)}' if until else ''}." if group else ""


def _revoked(deed: Deed) -> str:
    who, group = _person(deed), _field(deed, "group")
    if _says(deed.result, ("was_member",), False) or _says(deed.result, _CHANGED, False):
        return f"{who} was not in {group}, so nothing was changed."
    return f"{who} has no access to {group} any more." if group else ""


def _access(result: Any) -> str:
    lines = [f"- {line}" for line in _entries(result)][:_MOST]
    more = ["- and maybe more"] if _says(result, ("complete",), False) or len(lines) == _MOST else []
    return "\n".join(["You have access to:", *lines, *more]) if lines else "You are in no group that I know of."


def _entries(result: Any) -> Iterator[str]:
    found = list(result.values()) if isinstance(result, Mapping) else [result]
    for each in (item for value in found if isinstance(value, list) for item in value):
        name, until = first(each, "group", "name"), first(each, *_UNTIL)
        if isinstance(each, str) or name:
            yield f"{name or each}{f' until {moment(until)}' if until else ''}"


def _devices(deed: Deed) -> str:
    found = deed.result.get("devices", deed.result) if isinstance(deed.result, Mapping) else deed.result
    devices = [found] if isinstance(found, Mapping) else listed(found)
    named = [text for each in devices[:_MOST] if (text := _device(each))]
    if not named:
        return f"I know of no device of {deed.arguments.get('user_id', 'this person')}."
    return f"{deed.arguments.get('user_id', 'This person')} has {' and '.join(named)}."


def _device(device: Mapping[str, Any]) -> str:
    model, key = first(device, "model", "name", "device"), first(device, "device_id", "id")
    return f"{model} ({key})" if model and key else model or key


def _wiped(deed: Deed) -> str:
    told = first(deed.result, "message", "what_happens_next", "note")
    state = first(deed.result, "status", "state").replace("_", " ")
    return told or f"{_field(deed, 'device_id')}: {state or 'the wipe is ordered'}."


def _person(deed: Deed) -> str:
    return first(deed.result, "name", "user_id", "id") or str(deed.arguments.get("user_id") or "This person")


def _field(deed: Deed, name: str) -> str:
    return first(deed.result, name) or str(deed.arguments.get(name) or "")


def _says(result: Any, names: tuple[str, ...], what: bool) -> bool:
    return isinstance(result, Mapping) and any(result.get(name) is what for name in names)
