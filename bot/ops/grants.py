"""The access that the log says the bot gave, compared with the access that the system behind says it gave."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from tools.backends.access import Lasting

#: the tools that give access and take it
GRANT, REVOKE = "grant_access", "revoke_access"

_BOTH = text(f"""
SELECT conversation, seq, call, kind, tool, body FROM log
WHERE tool IN ('{GRANT}', '{REVOKE}') AND kind IN ('call', 'tool_start', 'tool_result') ORDER BY conversation, seq
""")  # noqa: S608 -- our own words


@dataclass(frozen=True, slots=True)
class Known:
    """What the log says of grants: the keys under which access was ever asked for, and what should last."""

    keys: frozenset[str]
    lasting: tuple[Lasting, ...]


class Compared(NamedTuple):
    """`unknown`: the log knows nothing of them. `missing`: they should last, and the access system has none of them."""

    unknown: list[Lasting]
    missing: list[Lasting]


def compared(known: Known, there: Sequence[Lasting], now: datetime) -> Compared:
    """What the log and the access system do not agree about."""
    held = {each.key for each in there}
    unknown = [each for each in there if each.key not in known.keys]
    lasting = [each for each in known.lasting if each.until is None or each.until > now]
    return Compared(unknown, [each for each in lasting if each.key not in held])


def known(connection: Connection) -> Known:
    """What the log says, from its first item to its last."""
    keys: set[str] = set()
    lasting: list[Lasting] = []
    talk = _Talk("")
    for conversation, *item in connection.execute(_BOTH, execution_options={"stream_results": True}):
        if conversation != talk.conversation:
            keys |= talk.started
            lasting += talk.given.values()
            talk = _Talk(conversation)
        talk.follow(*item)
    return Known(frozenset(keys | talk.started), (*lasting, *talk.given.values()))


@dataclass(slots=True)
class _Talk:
    """One conversation while its items are looked at, in order."""

    conversation: str
    calls: dict[int, dict[str, Any]] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    given: dict[int, Lasting] = field(default_factory=dict)

    def follow(self, seq: int, call: int, kind: str, tool: str, body: str | None) -> None:
        said = json.loads(body) if body else {}
        if kind == "call":
            self.calls[seq] = said
        elif kind == "tool_start" and tool == GRANT:
            self.started.add(self._key(call))
        elif kind == "tool_result" and said.get("outcome") == "done":
            self._done(call, tool, json.loads(said["output"]))

    def _key(self, call: int) -> str:
        return f"{self.conversation}#{call}"

    def _done(self, call: int, tool: str, output: Any) -> None:
        if tool == REVOKE:
            for over in [*self._taken(self.calls.get(call, {}))]:
                del self.given[over]
        elif output["added"]:
            until = datetime.fromisoformat(output["until"]) if output["until"] else None
            self.given[call] = Lasting(self._key(call), output["user_id"], output["group_id"], until)

    def _taken(self, call: dict[str, Any]) -> Iterator[int]:
        """The grants of this conversation that are over by this call."""
        if call.get("of") is not None:
            yield from {call["of"]} & self.given.keys()
            return
        arguments = json.loads(call.get("arguments", "{}"))
        for number, each in self.given.items():
            names = (each.group_id, json.loads(self.calls.get(number, {}).get("arguments", "{}")).get("group"))
            if arguments.get("user_id") == each.person and arguments.get("group") in names:
                yield number
