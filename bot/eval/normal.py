"""A prompt without what differs from day to day, so that the same dialog has the same digest tomorrow.

Request numbers depend on what else the log holds: each is called by the order in which they came, in prompts and in
replies, so that a recorded reply names the request of the day it is replayed.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.core.exchange import Opaque, Prompt, PromptItem

#: what stands for the request that came first
_PLACE = "«request {}»"

_REQUEST = re.compile(r"(\brequest\b\"?\s*:?\s*#?)(\d{1,9})\b", re.IGNORECASE)
_PLACED = re.compile(r"«request (\d+)»")

#: moments, Slack's timestamps, random ids and links' tokens
_VOLATILE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
    r"|\b\d\d:\d\d(?::\d\d)?\b"
    r"|\b\d{10}\.\d{6}\b"
    r"|\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}\b"
)

#: characters that a recording keeps of what a prompt shows last, to be found by people
MAX_HINT = 80


def digest(prompt: Prompt) -> str:
    """What a reply is found by: instructions, dialog and what came of calls.

    The list of tools is left out: a new tool would void every recording, and what tools return is in the dialog. So
    are a provider's own items, which no other provider reads, and which recordings do not keep.
    """
    numbers = requests(prompt)
    said = [list(_item(each, numbers)) for each in _named(prompt.items)]
    whole = [_plain(prompt.instructions, numbers), prompt.may_call, said]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, default=str).encode()).hexdigest()[:32]


def hint(prompt: Prompt) -> str:
    """What the model was shown last, in one line and cut, for people who look for a prompt."""
    numbers = requests(prompt)
    texts = [text for item in prompt.items for text in _texts(item)]
    return " ".join(_plain(texts[-1], numbers).split())[:MAX_HINT] if texts else ""


def requests(prompt: Prompt) -> list[str]:
    """The numbers of requests in a prompt, in the order in which they first came."""
    found = (match[2] for item in prompt.items for text in _texts(item) for match in _REQUEST.finditer(text))
    return list(dict.fromkeys(found))


def hidden(text: str, numbers: list[str]) -> str:
    """The text with places for request numbers."""

    def place(match: re.Match[str]) -> str:
        known = match[2] in numbers
        return f"{match[1]}{_PLACE.format(numbers.index(match[2]) + 1)}" if known else match[0]

    return _REQUEST.sub(place, text)


def shown(text: str, numbers: list[str]) -> str:
    """The text with the numbers that requests have now; a place without one stays."""
    return _PLACED.sub(lambda found: dict(enumerate(numbers, 1)).get(int(found[1]), found[0]), text)


def _plain(text: str, numbers: list[str]) -> str:
    return _VOLATILE.sub("…", hidden(text, numbers))


def _named(items: Iterable[PromptItem]) -> Iterator[dict[str, Any]]:
    """The items' fields; ids of calls are counted, as they are places in the log."""
    ids: dict[str, int] = {}
    for item in items:
        if isinstance(item, Opaque):
            continue
        fields = {each.name: getattr(item, each.name) for each in dataclasses.fields(item) if each.repr}
        if "call_id" in fields:
            fields["call_id"] = ids.setdefault(fields["call_id"], len(ids))
        yield {"item": type(item).__name__, **fields}


def _item(fields: dict[str, Any], numbers: list[str]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        yield name, _plain(value, numbers) if isinstance(value, str) else value


def _texts(item: PromptItem) -> Iterator[str]:
    if not isinstance(item, Opaque):
        values = (getattr(item, each.name) for each in dataclasses.fields(item) if each.name != "call_id")
        yield from (value for value in values if isinstance(value, str))
