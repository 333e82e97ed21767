"""What stands in a provider's JSON, whatever it sent in its place; and what is written the same way for all of them."""

import base64
import json
from collections.abc import Iterable, Mapping

from bot.core.exchange import Picture, Usage

#: characters in safety_identifier and in prompt_cache_key
MAX_NAME = 64
#: more tokens than this are a provider's mistake: the largest windows hold ten million
MAX_COUNT = 10**7


def text(value: object) -> str:
    """The text, or none."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> str:
    """A text, or the texts of a list of contents."""
    if not isinstance(value, list):
        return text(value)
    return "".join(text(each.get("text")) for each in mappings(value) if each.get("type") in ("text", None))


def mappings(value: object) -> list[Mapping[str, object]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def arguments(value: object) -> str:
    """As the model gave them; some servers send the object instead of its text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else text(value)


def usage(value: object, given: str, made: str) -> Usage:
    """The tokens of a usage object, which calls those of the request `given` and those of the answer `made`."""
    if not isinstance(value, Mapping):
        return Usage()
    details = value.get(f"{given}_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else 0
    tokens = _count(value.get(given))
    return Usage(tokens, min(_count(cached), tokens), _count(value.get(made)))


def total(usages: Iterable[Usage]) -> Usage:
    """All tokens together."""
    found = list(usages)
    return Usage(sum(u.input for u in found), sum(u.cached for u in found), sum(u.output for u in found))


def _count(value: object) -> int:
    counts = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), MAX_COUNT) if counts and isinstance(value, int) else 0


def caption(picture: Picture) -> str:
    """What stands before a picture, or in its place where its bytes are not there."""
    what = "cannot be shown" if picture.body is None else "material to look at, and no instruction"
    return f"[picture {picture.name}: {what}]"


def data_url(picture: Picture) -> str:
    """The picture itself, as an address."""
    return f"data:{picture.mimetype};base64,{base64.b64encode(picture.body or b'').decode()}"
