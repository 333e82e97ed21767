"""Requests that Slack would not make, correctly signed: recorded ones that were changed, and bytes that are none.

No one of them may change anything, for one of these reasons: it repeats what was taken already; what it needs to say
is not said, or not in a way that Slack says things; it comes from elsewhere; it presses what does not exist.
"""

import copy
import json
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

Json = dict[str, Any]
Path = tuple[str | int, ...]

#: stands in every text that is made up here
MARK = "q7zk"

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def _deep(levels: int) -> Any:
    nested: Any = None
    for _ in range(levels):
        nested = [nested]
    return nested


#: what is no text, and what no name of Slack's can be
NO_TEXT: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e400,
    float("nan"),
    [],
    {},
    [None],
    {MARK: None},
    [[MARK]],
    _deep(300),
)
UNSTORABLE = (f"{MARK}\ud800", f"\udfff{MARK}", f"{MARK}\0")
NO_NAME = (*NO_TEXT, *UNSTORABLE, "", MARK * 20_000)
NO_ID = (*NO_NAME, MARK, f"U0{MARK}", "U0:ALEX", "U0ALEX\n", "../U0ALEX", "-1", "<@U0ALEX>")
NO_OBJECT = (*NO_NAME, MARK, 7)
NO_TIME = (*NO_ID, "soon", "nan", "1e400", "-1.0", "1.2.3")
ANY = (*NO_TIME, "U0DANA", "approve", "1.000001", MARK * 1_000)

#: what each kind of request cannot do without, and what is not good enough
_GESTURE: dict[Path, tuple[Any, ...]] = {
    ("user",): NO_OBJECT,
    ("user", "id"): NO_ID,
    ("trigger_id",): NO_NAME,
    ("type",): (*NO_NAME, MARK),
}
NEEDED: dict[str, dict[Path, tuple[Any, ...]]] = {
    "event": {
        ("type",): (*NO_NAME, MARK),
        ("event",): NO_OBJECT,
        ("event", "type"): (*NO_NAME, MARK),
        ("event", "ts"): NO_TIME,
        ("event", "channel"): NO_ID,
        ("event", "user"): NO_ID,
        ("event", "text"): (*NO_TEXT, "", "  \n"),
    },
    "block_actions": _GESTURE
    | {
        ("actions",): NO_OBJECT,
        ("actions", 0): NO_OBJECT,
        ("actions", 0, "action_id"): (*NO_NAME, MARK),
        ("actions", 0, "value"): (*NO_NAME, MARK, "f" * 32),
    },
    "view_submission": _GESTURE
    | {
        ("view",): NO_OBJECT,
        ("view", "callback_id"): (*NO_NAME, MARK),
        ("view", "private_metadata"): (*NO_NAME, MARK, f"{'f' * 32} C0IT ", " C0IT home", " " * 3_000),
        ("view", "state"): NO_OBJECT,
    },
    "command": {("command",): ("", MARK), ("user_id",): ("", MARK, "U0:X"), ("trigger_id",): ("", MARK * 20_000)},
}

#: what says that a repeated request is the same one
IDENTITY = {"ts", "channel", "channel_id", "trigger_id", "team", "team_id", "authorizations", "enterprise_id", "event"}


@dataclass(frozen=True)
class Recorded:
    """A request that Slack made, and that was taken."""

    kind: str
    body: Json

    @classmethod
    def of(cls, content_type: str, raw: bytes) -> "Recorded":
        """As it came through the door."""
        if content_type.startswith(JSON):
            return cls("event", json.loads(raw))
        fields = dict(parse_qsl(raw.decode(), keep_blank_values=True))
        if "payload" not in fields:
            return cls("command", fields)
        payload = json.loads(fields["payload"])
        return cls(payload["type"], payload)

    def spoken(self) -> bool:
        """It may do something when it comes with an identity of its own."""
        event = self.body.get("event", {})
        return self.kind in NEEDED and (self.kind != "event" or ("text" in event and "user" in event))


@dataclass(frozen=True)
class Malformed:
    """What is sent, and how it was made."""

    content_type: str
    raw: bytes
    how: str


def malformed(recorded: list[Recorded], fresh: Callable[[], str], chance: random.Random) -> Iterator[Malformed]:
    """No end of them; `fresh` gives a timestamp that no message has."""
    ways = (_broken, _broken, _broken, _repeated, _repeated, _from_elsewhere, _garbled)
    while True:
        yield chance.choice(ways)(recorded, fresh, chance)


def _broken(recorded: list[Recorded], fresh: Callable[[], str], chance: random.Random) -> Malformed:
    """A new request in which something is missing or wrong that it cannot do without; and more of it is odd."""
    found = chance.choice([each for each in recorded if each.spoken()])
    body = _anew(found, fresh)
    path = chance.choice([each for each in NEEDED[found.kind] if _has(body, each)])
    for _ in range(chance.randrange(3)):
        _put(body, chance.choice(list(_paths(body))), _junk(found, ANY, chance))
    if not _has(body, path) or chance.random() < 0.2:
        _drop(body, path)
    else:
        _put(body, path, _junk(found, NEEDED[found.kind][path], chance))
    return _sent(found, body, f"broken {found.kind} {path}")


def _repeated(recorded: list[Recorded], _: Callable[[], str], chance: random.Random) -> Malformed:
    """Something that was taken already, and all but who and when it was is odd."""
    found = chance.choice(recorded)
    body = copy.deepcopy(found.body)
    odd = [path for path in _paths(body) if path[-1] not in IDENTITY and not {"team", "authorizations"} & set(path)]
    for path in chance.sample(odd, min(len(odd), chance.randrange(1, 5))):
        if _has(body, path):
            _put(body, path, _junk(found, ANY, chance))
    return _sent(found, body, f"repeated {found.kind}")


def _from_elsewhere(recorded: list[Recorded], fresh: Callable[[], str], chance: random.Random) -> Malformed:
    """A good message from a workspace that is not ours."""
    found = chance.choice([each for each in recorded if each.spoken() and each.kind in ("event", "command")])
    body = _anew(found, fresh)
    other = chance.choice(("T0OTHER", "E0OTHER", MARK, "t0demo", "T0DEMO2"))
    body["team_id"] = other
    if found.kind == "event":
        body["authorizations"] = chance.choice(([], [{"team_id": other, "enterprise_id": None}]))
    return _sent(found, body, f"from {other} {found.kind}")


def _garbled(recorded: list[Recorded], _: Callable[[], str], chance: random.Random) -> Malformed:
    """Bytes that are no request at all, or one under a wrong name."""
    sent = _sent(found := chance.choice(recorded), found.body, "")
    cut = sent.raw[: chance.randrange(len(sent.raw) - 1)]
    raws = (
        *(cut, cut + bytes(9), sent.raw[::-1], b"", b"null", b"[]", b"7", b"1e999", b'"x"', b"NaN", b"\xff" * 99),
        *(b"[" * 90_000, b'{"a":' * 90_000, b"payload=", b"payload=null", b"payload=[]", b"payload=" + b"[" * 90_000),
        *(b"payload=%7B%22type%22%3A%22block_actions%22%7D", b"&=&=" * 999, MARK.encode() * 9_999),
    )
    kind = chance.choice((JSON, FORM, "text/plain", "multipart/form-data", ""))
    return Malformed(kind, chance.choice(raws), "garbled")


def _anew(found: Recorded, fresh: Callable[[], str]) -> Json:
    """The request with an identity that was never seen."""
    body = copy.deepcopy(found.body)
    if found.kind == "event":
        body["event"]["ts"] = fresh()
        body["event_id"] = f"Ev{secrets.token_hex(5).upper()}"
    else:
        body["trigger_id"] = secrets.token_hex(16)
    return body


def _junk(found: Recorded, values: tuple[Any, ...], chance: random.Random) -> Any:
    """A form's fields are texts, and none is half a character."""
    if found.kind != "command":
        return copy.deepcopy(chance.choice(values))
    return chance.choice([each for each in values if isinstance(each, str) and each not in UNSTORABLE])


def _sent(found: Recorded, body: Json, how: str) -> Malformed:
    if found.kind == "event":
        return Malformed(JSON, json.dumps(body).encode(), how)
    fields = body if found.kind == "command" else {"payload": json.dumps(body)}
    return Malformed(FORM, urlencode(fields).encode(), how)


def _paths(value: Any, at: Path = ()) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*at, key)
        yield from _paths(inner, (*at, key))


def _has(body: Any, path: Path) -> bool:
    return path in set(_paths(body))


def _put(body: Any, path: Path, value: Any) -> None:
    for key in path[:-1]:
        body = body[key]
    body[path[-1]] = value


def _drop(body: Any, path: Path) -> None:
    """Without it, or without what holds it, which may be gone already."""
    while path and not _has(body, path):
        path = path[:-1]
    for key in path[:-1]:
        body = body[key]
    if path:
        del body[path[-1]]
