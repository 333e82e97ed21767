"""What an item says about itself, of whatever kind and version it is, and however little of it is left."""

import json
from collections.abc import Callable
from typing import Any

from bot.ops.audit.chain import Record
from bot.store.log import ERASED

_SKELETON = ("kind", "seq", "turn", "call", "tool", "actor")

Look = Callable[[object], "Fields | None"]

#: the newest version of a request for this call, of those before this item
Latest = Callable[[object, object], "Fields | None"]


class Fields:
    """What an item says: its content over its skeleton; None where it has no such field, "[erased]" where it had."""

    def __init__(self, record: Record, look: Look = lambda _: None, latest: Latest = lambda *_: None) -> None:
        self.erased = record.body is None
        self.seq = record.seq
        self._look, self._latest = look, latest
        self._fields = {name: getattr(record, name) for name in _SKELETON if getattr(record, name) is not None}
        self._fields |= _content(record.body)

    def __getitem__(self, name: str) -> Any:
        return self._fields.get(name, ERASED if self.erased else None)

    def of(self, name: str) -> "Fields | None":
        """The item of the same conversation that this field names."""
        return self._look(self[name])

    @property
    def asked(self) -> "Fields | None":
        """The first version of the request that this is about."""
        if self["kind"] == "request":
            return (self.of("number") if isinstance(self["number"], int) else None) or self
        return self.of("request")

    @property
    def called(self) -> "Fields | None":
        """The call that this is about."""
        return self.of("call") or (self.asked and self.asked is not self and self.asked.of("call")) or None

    def version_of(self, call: object) -> "Fields | None":
        """What was last asked for as that call, when this happened; None where nobody was asked."""
        return self._latest(call, self.seq)

    @property
    def names(self) -> list[str]:
        return list(self._fields)


def tool_of(fields: Fields) -> object:
    """The tool that this is about; None where it is about none."""
    about = (fields, fields.called, fields.asked)
    return next((each["tool"] for each in about if each and isinstance(each["tool"], str)), None)


def request_of(fields: Fields) -> object:
    """The number of the request that this, or the call it is about, belongs to; None where there is none."""
    if fields["kind"] == "request":
        return fields["number"] if isinstance(fields["number"], int) else fields.seq
    return fields["request"]


def _content(body: object) -> dict[str, Any]:
    try:
        found = json.loads(body) if isinstance(body, str) else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
